// log and log1p. math.hpp states how errors were measured and what holds for all functions.
#pragma once

#include <tenon/math/polynomial.hpp>

#include <bit>
#include <cstdint>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {
namespace math {

namespace parts {

/// log(u + u_low) + shift ln2 for positive, normal u and |u_low| <= ulp(u).
template <class V> constexpr V log_of_sum(V u, V u_low, V shift) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    using U = Unsigned<T>;
    using Bits = decltype(to_bits(u));
    constexpr int bits = mantissa_bits<T>;
    constexpr U mantissa_mask = (U{1} << bits) - 1, one = U{bias<T>} << bits;
    constexpr T unit_ulp = static_cast<T>(U{1} << bits); // 2^bits, whose last place is worth 1
    u = max(u, V(std::numeric_limits<T>::min()));        // 0 would lead to infinities below, and to NaN
    // u = 2^k m, sqrt(1/2) <= m < sqrt(2): the exponent field of `raised` is k + bias, its mantissa m's
    // offset from sqrt(1/2)
    const Bits raised = to_bits(u) + Bits(one - C::sqrt_half);
    const V k_biased = from_bits<V>(shift_right(raised, bits) | Bits(std::bit_cast<U>(unit_ulp)));
    const V k = rounded(rounded(k_biased - V(unit_ulp + bias<T>)) + shift);
    const V m = from_bits<V>((raised & Bits(mantissa_mask)) + Bits(C::sqrt_half));
    // f = (u + u_low) / 2^k - 1
    const V two_over_2_to_k =
        from_bits<V>(Bits(U{2 * bias<T> + 1} << bits) - (raised & Bits(~mantissa_mask)));
    const V f = rounded(fma(u_low, rounded(two_over_2_to_k * V(T(0.5))), rounded(m - V(1))));
    // log(1 + f) = f - f^2/2 + s (f^2/2 + z l(z)), s = f / (2 + f), z = s^2 (fdlibm)
    const V s = rounded(f / rounded(f + V(2))), z = rounded(s * s), half_f = rounded(f * V(T(0.5)));
    const V bracket = rounded(fma(half_f, f, rounded(z * polynomial(z, C::log))));
    const V low_terms = rounded(fma(s, bracket, rounded(k * V(C::ln2_low))));
    return rounded(fma(k, C::ln2_high, rounded(f - rounded(fma(half_f, f, -low_terms)))));
}

} // namespace parts

/// The natural logarithm.
/// Max error: float 0.76 ulp (without FMA 0.84), double 0.76 (0.82).
/// Range: all x >= 0, subnormal numbers included. Returns -infinity for 0, NaN for x < 0.
template <class V> constexpr V log(V x) noexcept {
    using T = Scalar<V>;
    using L = std::numeric_limits<T>;
    const auto subnormal = x < V(L::min());
    constexpr T scale = static_cast<T>(std::uint64_t{1} << L::digits);
    V y = parts::log_of_sum(select(subnormal, min(x, V(1)) * V(scale), x), V(0),
                            select(subnormal, V(-L::digits), V(0)));
    y = select(x < V(infinite<T>()), y, x);
    y = select(x < V(0), V(not_a_number<T>()), y);
    return keep_nan(select(x == V(0), V(-infinite<T>()), y), x);
}

/// log(1 + x), as accurate near 0 as elsewhere.
/// Max error: float 1.34 ulp (without FMA 1.40), double 1.32 (1.39).
/// Range: all x >= -1. Returns -infinity for -1, NaN for x < -1.
template <class V> constexpr V log1p(V x) noexcept {
    using T = Scalar<V>;
    x = rounded(x);
    const V u = rounded(x + V(1));
    V y = parts::log_of_sum(u, rounded(x - rounded(u - V(1))), V(0));
    y = select(x < V(infinite<T>()), y, x);
    y = select(x < V(-1), V(not_a_number<T>()), y);
    return keep_nan(select(x == V(-1), V(-infinite<T>()), y), x);
}

} // namespace math
} // namespace tenon

#include <tenon/config/epilogue.hpp>
