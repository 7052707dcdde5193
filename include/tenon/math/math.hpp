// exp, log, tanh and related functions, written once for one number, for Lanes and for constant expressions.
//
// What holds for all of them:
// - "Max error" is the largest error found, in ulp, for results that are normal numbers. For float, all
//   numbers were tried; for double, about 10^7 random ones.
// - NaN gives NaN.
// - No tables. One branch, for arguments of unusual size (sigmoid).
// - The same holds under -ffast-math: `rounded` marks results whose rounding later operations depend on, and
//   functions that compare preserve NaN.
// - In a constant expression, an overflow, as in exp(100.f), is a compile error.
#pragma once

#include <tenon/math/logarithm.hpp>
#include <tenon/math/polynomial.hpp>

#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {
namespace math {

namespace parts {

/// Adding this large number to x rounds x to an integer n; the lowest bits of the sum are then n + bias.
template <class T>
inline constexpr T rounder = static_cast<T>(Unsigned<T>{3} << (mantissa_bits<T> - 1)) + bias<T>;

/// 2^n, where t = n + rounder and -bias < n <= bias. Returns 0 if n is -bias, infinity if n is bias + 1.
template <class V> constexpr V power_of_two(V t) noexcept {
    return from_bits<V>(shift_left(to_bits(t), mantissa_bits<Scalar<V>>));
}

/// Up to this |x|, x / ln2 rounds to an exponent, -bias to bias.
template <class T>
inline constexpr T exponent_limit =
    static_cast<T>((std::numeric_limits<T>::max_exponent - 0.55) / 1.4426950408889634);

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's scheme.
template <class T, std::size_t N, std::size_t... I>
constexpr T horner(T x, const T (&c)[N], std::index_sequence<I...>) noexcept {
    T y = c[N - 1];
    ((y = y * x + c[N - 2 - I]), ...);
    return y;
}

/// Splits x = n ln2 + u + c, where t = n + rounder and |u + c| <= ln2 / 2. The product n ln2_high and the
/// subtraction are exact, so that u is the same with and without FMA. The caller computes c = -n ln2_low, |c|
/// < 2e-4, which it may need later than u.
template <class V> struct Reduced {
    V n, u;
};
template <class V> constexpr Reduced<V> reduce(V x, V t) noexcept {
    using T = Scalar<V>;
    const V n = rounded(rounded(t) - V(rounder<T>));
    return {n, rounded(fma(n, -Constants<T>::ln2_high, x))};
}

/// e^r - 1, for c the coefficients of (e^r - 1 - r) / r^2.
template <class V, class T, std::size_t N> constexpr V expm1_reduced(V r, const T (&c)[N]) noexcept {
    return rounded(fma(rounded(r * r), polynomial(r, c), r));
}

/// Returns a with the lower half of its mantissa cleared: the product of two such numbers is exact.
template <class V> constexpr V upper_half(V a) noexcept {
    const auto bits = to_bits(a);
    return from_bits<V>(bits & decltype(to_bits(a))(Constants<Scalar<V>>::upper_half));
}

} // namespace parts

/// e^x.
/// Max error: float 1.01 ulp (without FMA 0.97), double 1.01 (0.97).
/// Range: all x. Subnormal results are correct, too; infinity above 88.72 (double 709.78), 0 below -103.97
/// (-745.13).
template <class V> constexpr V exp(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(C::exp_min), min(V(C::exp_max), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    const V p = V(1) + parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp);
    // 2^n as the product of two powers: n may be out of the range of exponents
    const V half_n = rounded(fma(n, T(0.5), parts::rounder<T>));
    const V other_half = rounded(n - rounded(half_n - V(parts::rounder<T>))) + V(parts::rounder<T>);
    return rounded(rounded(p) * parts::power_of_two(half_n)) * parts::power_of_two(rounded(other_half));
}

/// e^x for x <= 0, in fewer operations than exp.
/// Max error: as exp.
/// Range: all x <= 0. Returns 0 below -87.68 (double -708.74), where e^x is subnormal.
template <class V> constexpr V exp_nonpositive(V x) noexcept {
    using C = Constants<Scalar<V>>;
    x = max(V(-parts::bias<Scalar<V>> * C::ln2), x);
    const V t = rounded(fma(x, C::log2_e, parts::rounder<Scalar<V>>));
    const auto [n, u] = parts::reduce(x, t);
    return rounded(V(1) + parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp)) *
           parts::power_of_two(t);
}

/// e^x - 1, as accurate near 0 as elsewhere.
/// Max error: float 1.45 ulp (without FMA 1.57), double 1.92 (2.10).
/// Range: all x; infinity above 88.72 (double 709.78).
template <class V> constexpr V expm1(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(-60), min(V(C::exp_max), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    // 2^(n - 1), because 2^n may be infinity
    const V half_power = parts::power_of_two(rounded(n + V(parts::rounder<T> - 1)));
    const V e = parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp);
    return rounded(fma(half_power, e, rounded(half_power - V(T(0.5))))) * V(2);
}

/// 1 / (1 + e^-x). One division; a latency of 39 to 44 cycles on Zen 5.
/// Max error: float 1.96 ulp (without FMA 1.98, in constant expressions 2.00), double 2.17 (2.40).
/// Range: all x. Returns 0 below -88.34 (double -709.40), where the result is subnormal.
template <class V> constexpr V sigmoid(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    using L = std::numeric_limits<T>;
    constexpr T limit = parts::exponent_limit<T>;
    if constexpr (lane_count<V> == 1)
        if (std::is_constant_evaluated()) {
            if (x > limit || x < -limit) return x < 0 ? 0 : 1;
            // The same without calls: less than half the operations for a compiler that trains a net.
            const V t = x * -C::sigmoid_log2_e + parts::rounder<T>, n = t - parts::rounder<T>;
            const V r = -x - n * C::ln2_high - n * C::sigmoid_ln2_low;
            const V s = std::bit_cast<V>(std::bit_cast<Unsigned<T>>(t) << parts::mantissa_bits<T>);
            const V p = parts::horner(r, C::exp, std::make_index_sequence<std::size(C::exp) - 1>{});
            // s is added last, because 1 + s may lose the lowest bits of 1
            return 1 / (s + (1 + s * (p * r * r + r)));
        }
    x = rounded(x); // x may be a sum, which -ffast-math would reorder
    const V t = rounded(fma(x, -C::sigmoid_log2_e, parts::rounder<T>)), n = rounded(t - V(parts::rounder<T>));
    const V u = rounded(fma(n, -C::ln2_high, -x)), s = parts::power_of_two(t);
    // 1 + s is exact, or 1 is too small to matter, except for s = 2^digits, which would lose half an ulp: add
    // that to c
    const V c = rounded(fma(n, -C::sigmoid_ln2_low,
                            select(t == V(parts::rounder<T> + L::digits), V(L::epsilon() / 2), V(0))));
    // e^(u + c) - 1 = q + c q: c is not used on the longest chain of operations
    const V z = rounded(u * u), low = rounded(fma(polynomial<0, 2>(u, C::exp), z, rounded(u + c)));
    const V q = rounded(fma(polynomial<2, std::size(C::exp) - 2>(u, C::exp), rounded(z * z), low));
    const V y = V(1) / rounded(fma(rounded(fma(s, c, s)), q, rounded(s + V(1))));
    if (any(abs(x) > V(limit))) [[unlikely]]
        return select(abs(x) > V(limit), max(V(0), min(V(1), x)), y);
    return y;
}

/// tanh(x) = (1 - e^-2x) / (1 + e^-2x), as accurate near 0 as elsewhere. One division.
/// Max error: float 1.91 ulp (without FMA 1.97), double 2.14 (2.11).
/// Range: all x.
template <class V> constexpr V tanh(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    const V a = min(V(C::tanh_max), abs(x));
    const V t = rounded(fma(a, -2 * C::log2_e, parts::rounder<T>)), n = rounded(t - V(parts::rounder<T>));
    // e^-2a = s (1 + q). n is small: with FMA, which does not round the product, n ln2 is accurate enough
    const V twice = rounded(-a - a);
    const V r = has_fma && !std::is_constant_evaluated()
                    ? fma(n, -C::ln2, twice)
                    : fma(n, -C::ln2_low, rounded(fma(n, -C::ln2_high, twice)));
    const V s = parts::power_of_two(t), sq = rounded(s * parts::expm1_reduced(rounded(r), C::exp_short));
    return with_sign((rounded(V(1) - s) - sq) / (rounded(V(1) + s) + sq), x);
}

/// Phi(x) = erfc(-x / sqrt(2)) / 2, the distribution function of the normal distribution.
/// Max error: float 1.99 ulp (without FMA 2.19; 11 of all floats are above 2), double 2.18 (2.40).
/// Range: all x. Returns 0 below -13.24 (double -37.65); results are normal numbers down to -12.95 (-37.52).
template <class V> constexpr V normal_cdf(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    const V a = min(V(C::cdf_limit), abs(x));
    // Phi(-a) = e^(-a^2/2) g / (a + 5/4). Rounding each part once would add up to three ulp: g, the sum a +
    // 5/4 and the quotient w are each computed as a high and a low part.

    // e^(-a^2/2) = s (1 + q): a^2 = h^2 + (a - h) (a + h), h^2 exact
    const V h = parts::upper_half(a);
    const V t = rounded(fma(rounded(a * a), T(-0.5) * C::log2_e, parts::rounder<T>));
    const auto [n, u] = parts::reduce(h * h * V(T(-0.5)), t);
    const V s = parts::power_of_two(t), c = rounded(n * V(-C::ln2_low));
    const V u_low = rounded(fma(rounded(rounded(a - h) * V(T(-0.5))), rounded(a + h), c));
    const V q = parts::expm1_reduced(rounded(u + u_low), C::exp);

    // y = (a - middle) / (a + middle); its division also provides 1 / sum, for w_low
    const V d(T(1.25)), sum = rounded(a + d), y_divisor = rounded(a + V(C::cdf_middle));
    const V inverse = rounded(V(1) / rounded(sum * y_divisor));
    const V y = rounded(rounded(a - V(C::cdf_middle)) * rounded(sum * inverse));

    // g + g_low = c[0] + y higher_terms: Fast2Sum (Dekker 1971, "A floating-point technique for extending the
    // available precision")
    const V higher_terms = polynomial<1, std::size(C::cdf) - 1>(y, C::cdf);
    const V g = rounded(fma(y, higher_terms, C::cdf[0]));
    const V g_low = rounded(fma(y, higher_terms, rounded(V(C::cdf[0]) - g)));

    // a + d = sum + sum_error exactly: TwoSum (Knuth, "The Art of Computer Programming" 2, 4.2.2). sum is
    // split so that w_high sum_high is exact
    const V a_in_sum = rounded(sum - d), d_in_sum = rounded(sum - a_in_sum);
    const V sum_high = parts::upper_half(sum);
    const V sum_error = rounded(rounded(a - a_in_sum) + rounded(d - d_in_sum));
    const V sum_low = rounded(rounded(sum - sum_high) + sum_error);

    // w = w_high + w_low, where w_low = remainder / sum (Dekker's division)
    const V w_high = parts::upper_half(g / sum);
    const V remainder = rounded(fma(w_high, -sum_low, rounded(rounded(fma(w_high, -sum_high, g)) + g_low)));
    const V w_low = rounded(remainder * rounded(y_divisor * inverse));

    // Phi(-a) = s (1 + q) w, and Phi(a) = 1 - Phi(-a)
    const V tail = rounded(w_high + rounded(fma(q, rounded(w_high + w_low), w_low)));
    const auto positive = x > V(0);
    return fma(select(positive, -s, s), tail, select(positive, V(1), V(0)));
}

} // namespace math
} // namespace tenon

#include <tenon/config/epilogue.hpp>
