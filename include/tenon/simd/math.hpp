// exp, log, tanh and their kin, written once for one number, for Lanes and for constant expressions.
#pragma once

#include <tenon/simd/polynomial.hpp>

#include <bit>
#include <iterator>
#include <limits>

namespace tenon::inline TENON_ABI {
namespace math {

namespace parts {

template <class T> inline constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
template <class T> inline constexpr int bias = std::numeric_limits<T>::max_exponent - 1;

/// So large that adding it rounds to a whole number n, which then stands, with the bias, in the lowest bits.
template <class T> inline constexpr T rounder = static_cast<T>(Unsigned<T>{3} << (mantissa_bits<T> - 1)) + bias<T>;

/// 2^n of t = n + rounder, -bias < n <= bias; 0 for n = -bias, infinity for bias + 1.
template <class V> constexpr V power_of_two(V t) noexcept {
    return from_bits<V>(shift_left(to_bits(t), mantissa_bits<Scalar<V>>));
}

/// |x| up to which x / ln2 rounds to an exponent.
template <class T>
inline constexpr T exponent_limit = static_cast<T>((std::numeric_limits<T>::max_exponent - 0.55) / 1.4426950408889634);

/// Whether a constant expression must stop here: infinity - infinity is an error in it. Elsewhere select() mends it.
template <class V> constexpr bool constant_beyond(V x, Scalar<V> limit) noexcept {
    if constexpr (width<V> == 1) return std::is_constant_evaluated() && (x > limit || x < -limit);
    else return false;
}

/// x = n ln2 + u + c of t = n + rounder, |u + c| <= ln2 / 2. n ln2_high is exact and the subtraction too, so that u
/// is the same with and without FMA; c < 2e-4 is left to the caller, who may need it later than u.
template <class V> struct Reduced { V n, u; };
template <class V> constexpr Reduced<V> reduce(V x, V t) noexcept {
    using T = Scalar<V>;
    const V n = t - V(rounder<T>);
    return {n, fma(n, -Constants<T>::ln2_high, x)};
}

/// e^r - 1.
template <class V> constexpr V expm1_reduced(V r) noexcept {
    return fma(r * r, polynomial(r, Constants<Scalar<V>>::exp), r);
}

/// a with the lower half of its digits zero, so that the product of two such numbers is exact.
template <class V> constexpr V upper_half(V a) noexcept {
    const auto bits = to_bits(a);
    return from_bits<V>(bits & decltype(to_bits(a))(Constants<Scalar<V>>::upper_half));
}

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
    u = max(V(std::numeric_limits<T>::min()), u); // 0 would make infinities below
    const Bits raised = to_bits(u) + Bits(one - C::sqrt_half);
    const V k = from_bits<V>(shift_right(raised, bits) | Bits(std::bit_cast<U>(whole))) - V(whole + bias<T>) + shift;
    const V m = from_bits<V>((raised & Bits(mantissa)) + Bits(C::sqrt_half));
    const V twice_down = from_bits<V>(Bits(U{2 * bias<T> + 1} << bits) - (raised & Bits(~mantissa))); // 2^(1 - k)
    const V f = fma(rest, twice_down * V(T(0.5)), m - V(1));
    // log(1 + f) = f - f^2/2 + s (f^2/2 + z l(z)), s = f / (2 + f), z = s^2 (fdlibm)
    const V s = f / (f + V(2)), z = s * s, half = f * V(T(0.5));
    const V bracket = fma(half, f, z * polynomial(z, C::log));
    return fma(k, C::ln2_high, f - fma(half, f, -fma(s, bracket, k * V(C::ln2_low))));
}

} // namespace parts

/// e^x.
template <class V> constexpr V exp(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(C::exp_least), min(V(C::exp_most), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    const V p = V(1) + parts::expm1_reduced(fma(n, -C::ln2_low, u));
    const V half = fma(n, T(0.5), parts::rounder<T>); // 2^n in two factors: n may be beyond the exponents
    const V other = n - (half - V(parts::rounder<T>)) + V(parts::rounder<T>);
    return p * parts::power_of_two(half) * parts::power_of_two(other);
}

/// e^x - 1.
template <class V> constexpr V expm1(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(-60), min(V(C::exp_most), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    const V half = parts::power_of_two(n + V(parts::rounder<T> - 1)); // of 2^n, which may be too large
    return fma(half, parts::expm1_reduced(fma(n, -C::ln2_low, u)), half - V(T(0.5))) * V(2);
}

/// 1 / (1 + e^-x).
template <class V> constexpr V sigmoid(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    using L = std::numeric_limits<T>;
    constexpr T limit = parts::exponent_limit<T>;
    if (parts::constant_beyond(x, limit)) return select(x < V(0), V(0), V(1));
    const V t = fma(x, -C::sigmoid_log2_e, parts::rounder<T>), n = t - V(parts::rounder<T>);
    const V u = fma(n, -C::ln2_high, -x), s = parts::power_of_two(t);
    // 1 + s is exact or 1 does not count, but for s = 2^digits, where half an ulp would be lost: that is added to c
    const V c = fma(n, -C::sigmoid_ln2_low, select(n == V(L::digits), V(L::epsilon() / 2), V(0)));
    // e^(u + c) - 1 = q + c q: what needs c is kept off the longest path
    const V z = u * u, low = fma(polynomial<0, 2>(u, C::exp), z, u + c);
    const V q = fma(polynomial<2, std::size(C::exp) - 2>(u, C::exp), z * z, low);
    const V y = V(1) / fma(fma(s, c, s), q, s + V(1));
    if (std::is_constant_evaluated()) return y;
    return select(abs(x) > V(limit), select(x < V(0), V(0), V(1)), y);
}

/// (1 - e^-2x) / (1 + e^-2x).
template <class V> constexpr V tanh(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    constexpr T limit = 40;
    if (parts::constant_beyond(x, limit)) return select(x < V(0), V(-1), V(1));
    const V a = abs(x), sign = select(x < V(0), V(-1), V(1));
    const V t = fma(a, -2 * C::log2_e, parts::rounder<T>), n = t - V(parts::rounder<T>);
    const V r = fma(n, -C::ln2_low, fma(n, -C::ln2_high, a * V(-2)));
    const V s = parts::power_of_two(t), signed_s = sign * s, q = parts::expm1_reduced(r);
    const V y = fma(-signed_s, q, sign - signed_s) / fma(s, q, s + V(1));
    if (std::is_constant_evaluated()) return y;
    return select(a > V(limit), sign, y);
}

/// The natural logarithm.
template <class V> constexpr V log(V x) noexcept {
    using T = Scalar<V>;
    using L = std::numeric_limits<T>;
    const auto subnormal = x < V(L::min());
    constexpr T up = static_cast<T>(std::uint64_t{1} << L::digits);
    V y = parts::log_of_sum(select(subnormal, min(x, V(1)) * V(up), x), V(0), select(subnormal, V(-L::digits), V(0)));
    y = select(x < V(L::infinity()), y, x);
    y = select(x < V(0), V(L::quiet_NaN()), y);
    return select(x == V(0), V(-L::infinity()), y);
}

/// log(1 + x).
template <class V> constexpr V log1p(V x) noexcept {
    using L = std::numeric_limits<Scalar<V>>;
    const V u = x + V(1);
    V y = parts::log_of_sum(u, x - (u - V(1)), V(0));
    y = select(x < V(L::infinity()), y, x);
    y = select(x < V(-1), V(L::quiet_NaN()), y);
    return select(x == V(-1), V(-L::infinity()), y);
}

/// Phi(x) = erfc(-x / sqrt(2)) / 2, the normal distribution.
template <class V> constexpr V normal_cdf(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    const V a = min(V(C::cdf_limit), abs(x));
    // e^(-a^2/2) = s (1 + q): a^2 = h^2 + (a - h) (a + h), h^2 exact
    const V h = parts::upper_half(a);
    const V t = fma(a * a, T(-0.5) * C::log2_e, parts::rounder<T>);
    const auto [n, u] = parts::reduce(h * h * V(T(-0.5)), t);
    const V s = parts::power_of_two(t);
    // Phi(-a) = s (1 + q) g / (a + 5/4), and what the sum loses by rounding goes to q
    const V d(T(1.25)), sum = a + d, middle = a + V(C::cdf_middle), inverse = V(1) / (sum * middle);
    const V of_a = sum - d, lost = (a - of_a) + (d - (sum - of_a));
    const V r = u + fma((a - h) * V(T(-0.5)), a + h, fma(n, -C::ln2_low, -lost * (middle * inverse)));
    const V y = (a - V(C::cdf_middle)) * (sum * inverse);
    const V slope = polynomial<1, std::size(C::cdf) - 1>(y, C::cdf), g = fma(y, slope, C::cdf[0]);
    const V g_low = fma(y, slope, V(C::cdf[0]) - g);
    const V tail = (g + fma(parts::expm1_reduced(r), g, g_low)) / sum;
    const auto right = x > V(0);
    return fma(select(right, -s, s), tail, select(right, V(1), V(0)));
}

} // namespace math
} // namespace tenon
