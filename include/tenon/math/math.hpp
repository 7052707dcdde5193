// exp, log, tanh and their kin, written once for one number, for Lanes and for constant expressions.
// Errors are the largest found: float, of all numbers; double, of some 10^7 random ones; in ulp where the
// result is a normal number, with FMA / without. NaN stays NaN. No tables, no branches but one that numbers
// of common size never take. All of it holds under -ffast-math, too: what counts on a rounding is `rounded`,
// and what decides by comparing keeps NaN. In a constant expression an overflow, as of exp(100.f), is the
// compiler's error.
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

/// So large that adding it rounds to a whole number n, which then stands, with the bias, in the lowest bits.
template <class T>
inline constexpr T rounder = static_cast<T>(Unsigned<T>{3} << (mantissa_bits<T> - 1)) + bias<T>;

/// 2^n of t = n + rounder, -bias < n <= bias; 0 for n = -bias, infinity for bias + 1.
template <class V> constexpr V power_of_two(V t) noexcept {
    return from_bits<V>(shift_left(to_bits(t), mantissa_bits<Scalar<V>>));
}

/// |x| up to which x / ln2 rounds to an exponent.
template <class T>
inline constexpr T exponent_limit = static_cast<T>((std::numeric_limits<T>::max_exponent - 0.55) /
                                                   1.4426950408889634);

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's scheme.
template <class T, std::size_t N, std::size_t... I>
constexpr T horner(T x, const T (&c)[N], std::index_sequence<I...>) noexcept {
    T y = c[N - 1];
    ((y = y * x + c[N - 2 - I]), ...);
    return y;
}

/// x = n ln2 + u + c of t = n + rounder, |u + c| <= ln2 / 2. n ln2_high is exact and the subtraction too, so
/// that u is the same with and without FMA; c < 2e-4 is left to the caller, who may need it later than u.
template <class V> struct Reduced { V n, u; };
template <class V> constexpr Reduced<V> reduce(V x, V t) noexcept {
    using T = Scalar<V>;
    const V n = rounded(rounded(t) - V(rounder<T>));
    return {n, rounded(fma(n, -Constants<T>::ln2_high, x))};
}

/// e^r - 1, where c are the coefficients of (e^r - 1 - r) / r^2.
template <class V, class T, std::size_t N> constexpr V expm1_reduced(V r, const T (&c)[N]) noexcept {
    return rounded(fma(rounded(r * r), polynomial(r, c), r));
}

/// a with the lower half of its digits zero, so that the product of two such numbers is exact.
template <class V> constexpr V upper_half(V a) noexcept {
    const auto bits = to_bits(a);
    return from_bits<V>(bits & decltype(to_bits(a))(Constants<Scalar<V>>::upper_half));
}

} // namespace parts

/// e^x; subnormal results are right, too. float 1.01 / 0.97 ulp, double 1.01 / 0.97.
template <class V> constexpr V exp(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(C::exp_least), min(V(C::exp_most), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    const V p = V(1) + parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp);
    // 2^n in two factors: n may be beyond the exponents
    const V half = rounded(fma(n, T(0.5), parts::rounder<T>));
    const V other = rounded(n - rounded(half - V(parts::rounder<T>))) + V(parts::rounder<T>);
    return rounded(rounded(p) * parts::power_of_two(half)) * parts::power_of_two(rounded(other));
}

/// e^x of x <= 0, as exact; 0 where that is well below the normal numbers.
template <class V> constexpr V exp_nonpositive(V x) noexcept {
    using C = Constants<Scalar<V>>;
    x = max(V(-parts::bias<Scalar<V>> * C::ln2), x);
    const V t = rounded(fma(x, C::log2_e, parts::rounder<Scalar<V>>));
    const auto [n, u] = parts::reduce(x, t);
    return rounded(V(1) + parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp)) *
           parts::power_of_two(t);
}

/// e^x - 1, as exact near 0 as elsewhere. float 1.45 / 1.57 ulp, double 1.92 / 2.10.
template <class V> constexpr V expm1(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    x = max(V(-60), min(V(C::exp_most), x));
    const auto [n, u] = parts::reduce(x, fma(x, C::log2_e, parts::rounder<T>));
    const V half =
        parts::power_of_two(rounded(n + V(parts::rounder<T> - 1))); // of 2^n, which may be too large
    const V e = parts::expm1_reduced(rounded(fma(n, -C::ln2_low, u)), C::exp);
    return rounded(fma(half, e, rounded(half - V(T(0.5))))) * V(2);
}

/// 1 / (1 + e^-x); 0 once that is well below the normal numbers. One division, 39 to 44 cycles from x to
/// y on Zen 5. float 1.96 / 1.98 ulp (2.00 in constant expressions), double 2.17 / 2.40.
template <class V> constexpr V sigmoid(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    using L = std::numeric_limits<T>;
    constexpr T limit = parts::exponent_limit<T>;
    if constexpr (width<V> == 1)
        if (std::is_constant_evaluated()) {
            if (x > limit || x < -limit) return x < 0 ? 0 : 1;
            // the same without a call, at under half the operations for the compiler that trains a net
            const V t = x * -C::sigmoid_log2_e + parts::rounder<T>, n = t - parts::rounder<T>;
            const V r = -x - n * C::ln2_high - n * C::sigmoid_ln2_low;
            const V s = std::bit_cast<V>(std::bit_cast<Unsigned<T>>(t) << parts::mantissa_bits<T>);
            const V p = parts::horner(r, C::exp, std::make_index_sequence<std::size(C::exp) - 1>{});
            return 1 / (s + (1 + s * (p * r * r + r))); // s last, for 1 + s may lose the 1's lowest bits
        }
    x = rounded(x); // which may be a sum
    const V t = rounded(fma(x, -C::sigmoid_log2_e, parts::rounder<T>)), n = rounded(t - V(parts::rounder<T>));
    const V u = rounded(fma(n, -C::ln2_high, -x)), s = parts::power_of_two(t);
    // 1 + s is exact or 1 does not count, but for s = 2^digits, where half an ulp would be lost: that is
    // added to c
    const V c = rounded(fma(n, -C::sigmoid_ln2_low,
                            select(t == V(parts::rounder<T> + L::digits), V(L::epsilon() / 2), V(0))));
    // e^(u + c) - 1 = q + c q: what needs c is kept off the longest path
    const V z = rounded(u * u), low = rounded(fma(polynomial<0, 2>(u, C::exp), z, rounded(u + c)));
    const V q = rounded(fma(polynomial<2, std::size(C::exp) - 2>(u, C::exp), rounded(z * z), low));
    const V y = V(1) / rounded(fma(rounded(fma(s, c, s)), q, rounded(s + V(1))));
    if (any(abs(x) > V(limit))) [[unlikely]]
        return select(abs(x) > V(limit), max(V(0), min(V(1), x)), y);
    return y;
}

/// tanh(x) = (1 - e^-2x) / (1 + e^-2x), as exact near 0 as elsewhere. One division.
/// float 1.91 / 1.97 ulp, double 2.14 / 2.11.
template <class V> constexpr V tanh(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    const V a = min(V(C::tanh_most), abs(x)); // from there on 1
    const V t = rounded(fma(a, -2 * C::log2_e, parts::rounder<T>)), n = rounded(t - V(parts::rounder<T>));
    // e^-2a = s (1 + q). As n is small, its product with ln 2 is exact enough where it is not rounded
    const V twice = rounded(-a - a);
    const V r = has_fma && !std::is_constant_evaluated()
                    ? fma(n, -C::ln2, twice)
                    : fma(n, -C::ln2_low, rounded(fma(n, -C::ln2_high, twice)));
    const V s = parts::power_of_two(t), sq = rounded(s * parts::expm1_reduced(rounded(r), C::exp_short));
    return with_sign((rounded(V(1) - s) - sq) / (rounded(V(1) + s) + sq), x);
}

/// Phi(x) = erfc(-x / sqrt(2)) / 2, the normal distribution, to the end of its tail.
/// float 1.99 / 2.19 ulp (without FMA 11 of all floats are above 2), double 2.18 / 2.40.
template <class V> constexpr V normal_cdf(V x) noexcept {
    using T = Scalar<V>;
    using C = Constants<T>;
    const V a = min(V(C::cdf_limit), abs(x));
    // e^(-a^2/2) = s (1 + q): a^2 = h^2 + (a - h) (a + h), h^2 exact
    const V h = parts::upper_half(a);
    const V t = rounded(fma(rounded(a * a), T(-0.5) * C::log2_e, parts::rounder<T>));
    const auto [n, u] = parts::reduce(h * h * V(T(-0.5)), t);
    const V s = parts::power_of_two(t), low = rounded(n * V(-C::ln2_low));
    const V rest = rounded(fma(rounded(rounded(a - h) * V(T(-0.5))), rounded(a + h), low));
    const V q = parts::expm1_reduced(rounded(u + rest), C::exp);
    // Phi(-a) = s (1 + q) g / (a + 5/4). Its roundings would make three ulp: g, the sum and the quotient w
    // come in two parts each, and the second part of w is the remainder by the sum
    const V d(T(1.25)), sum = rounded(a + d), middle = rounded(a + V(C::cdf_middle));
    const V inverse = rounded(V(1) / rounded(sum * middle));
    const V y = rounded(rounded(a - V(C::cdf_middle)) * rounded(sum * inverse));
    const V derivative = polynomial<1, std::size(C::cdf) - 1>(y, C::cdf);
    const V g = rounded(fma(y, derivative, C::cdf[0]));
    const V g_low = rounded(fma(y, derivative, rounded(V(C::cdf[0]) - g)));
    const V of_a = rounded(sum - d), of_d = rounded(sum - of_a), sum_high = parts::upper_half(sum);
    const V lost = rounded(rounded(a - of_a) + rounded(d - of_d));
    const V sum_low = rounded(rounded(sum - sum_high) + lost);
    const V w = parts::upper_half(g / sum);
    const V remainder = rounded(fma(w, -sum_low, rounded(rounded(fma(w, -sum_high, g)) + g_low)));
    const V w_low = rounded(remainder * rounded(middle * inverse));
    const V tail = rounded(w + rounded(fma(q, rounded(w + w_low), w_low)));
    const auto right = x > V(0);
    return fma(select(right, -s, s), tail, select(right, V(1), V(0)));
}

} // namespace math
} // namespace tenon

#include <tenon/config/epilogue.hpp>
