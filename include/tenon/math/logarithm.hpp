// log and log1p, as in math.hpp, which says how their errors were measured.
#pragma once

#include <tenon/math/polynomial.hpp>

#include <bit>
#include <cstdint>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {
namespace math {

namespace parts {

/// log(u + rest) + shift ln2, u positive and normal, |rest| <= ulp(u).
template <class V> constexpr V log_of_sum(V u, V rest, V shift) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    using U = Unsigned<T>;
    using Bits = decltype(to_bits(u));
    constexpr int bits = mantissa_bits<T>;
    constexpr U mantissa = (U{1} << bits) - 1, one = U{bias<T>} << bits;
    constexpr T whole = static_cast<T>(U{1} << bits); // its lowest bit is worth 1
    // u = 2^k m, sqrt(1/2) <= m < sqrt(2)
    u = max(u, V(std::numeric_limits<T>::min())); // 0 would make infinities below, and NaN as well
    const Bits raised = to_bits(u) + Bits(one - C::sqrt_half);
    const V biased = from_bits<V>(shift_right(raised, bits) | Bits(std::bit_cast<U>(whole)));
    const V k = rounded(rounded(biased - V(whole + bias<T>)) + shift);
    const V m = from_bits<V>((raised & Bits(mantissa)) + Bits(C::sqrt_half));
    const V twice_down =
        from_bits<V>(Bits(U{2 * bias<T> + 1} << bits) - (raised & Bits(~mantissa))); // 2^(1 - k)
    const V f = rounded(fma(rest, rounded(twice_down * V(T(0.5))), rounded(m - V(1))));
    // log(1 + f) = f - f^2/2 + s (f^2/2 + z l(z)), s = f / (2 + f), z = s^2 (fdlibm)
    const V s = rounded(f / rounded(f + V(2))), z = rounded(s * s), half = rounded(f * V(T(0.5)));
    const V bracket = rounded(fma(half, f, rounded(z * polynomial(z, C::log))));
    const V low = rounded(fma(s, bracket, rounded(k * V(C::ln2_low))));
    return rounded(fma(k, C::ln2_high, rounded(f - rounded(fma(half, f, -low)))));
}

} // namespace parts

/// The natural logarithm, of subnormal numbers too; log(0) is -infinity, of negative numbers NaN.
/// float 0.76 / 0.84 ulp, double 0.76 / 0.82.
template <class V> constexpr V log(V x) noexcept {
    using T = Scalar<V>;
    using L = std::numeric_limits<T>;
    const auto subnormal = x < V(L::min());
    constexpr T up = static_cast<T>(std::uint64_t{1} << L::digits);
    V y = parts::log_of_sum(select(subnormal, min(x, V(1)) * V(up), x), V(0),
                            select(subnormal, V(-L::digits), V(0)));
    y = select(x < V(infinite<T>()), y, x);
    y = select(x < V(0), V(not_a_number<T>()), y);
    return keep_nan(select(x == V(0), V(-infinite<T>()), y), x);
}

/// log(1 + x), as exact near 0 as elsewhere; log1p(-1) is -infinity, below that NaN.
/// float 1.34 / 1.40 ulp, double 1.32 / 1.39.
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
