// Polynomials by Estrin's scheme, and the coefficients and constants of the functions in math.hpp.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {
namespace math {

namespace parts {
template <class T> inline constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
template <class T> inline constexpr int bias = std::numeric_limits<T>::max_exponent - 1;

/// x^P for a power of two P.
template <std::size_t P, class V> constexpr V power(V x) noexcept {
    if constexpr (P == 1) return x;
    else if constexpr (P == 2) return rounded(x * x);
    else return power<2>(power<P / 2>(x));
}
} // namespace parts

/// c[First] + c[First + 1] x + c[First + 2] x^2 + ... with Count coefficients. Halves are combined with
/// powers x, x^2, x^4, ..., so that the longest chain of dependent products has length log2(Count).
template <std::size_t First, std::size_t Count, class V, class T, std::size_t N>
constexpr V polynomial(V x, const T (&c)[N]) noexcept {
    static_assert(Count > 0 && First + Count <= N);
    if constexpr (Count == 1) return V(c[First]);
    else if constexpr (Count == 2) return rounded(fma(x, c[First + 1], c[First]));
    else {
        // The lower part is as short as it can be: a power of two, because of x^low, that leaves at most
        // bit_ceil(Count) / 2 coefficients. The factor x^low makes the upper part's rounding errors small.
        constexpr std::size_t low = std::max(std::bit_ceil(Count - std::bit_ceil(Count) / 2), std::size_t{2});
        return rounded(fma(parts::power<low>(x), polynomial<First + low, Count - low>(x, c),
                           polynomial<First, low>(x, c)));
    }
}
template <class V, class T, std::size_t N> constexpr V polynomial(V x, const T (&c)[N]) noexcept {
    return polynomial<0, N>(x, c);
}

/// Constants for each scalar type. tests/reference/math_coefficients.py computes the coefficients and the two
/// parts of ln 2. Beyond exp_min and exp_max e^x is 0 or infinity; from tanh_max on tanh(x) is 1, from
/// cdf_limit on Phi(-x) is 0.
template <class T> struct Constants;

template <> struct Constants<float> {
    static constexpr float log2_e = 1.44269504f, ln2_high = 0.693145751953125f, ln2_low = 1.42860677e-6f,
                           ln2 = 0.693147182f;
    // sigmoid's constants differ a little: to include (n ln2_low)^2 / 2, and to make r too large rather than
    // too small
    static constexpr float sigmoid_log2_e = 1.4414f, sigmoid_ln2_low = 1.42850e-6f;
    static constexpr float exp_min = -104, exp_max = 89, tanh_max = 10, cdf_limit = 13.28f, cdf_middle = 4;
    static constexpr std::uint32_t sqrt_half = 0x3f3504f3, upper_half = 0xfffff000;
    // e^r = 1 + r + r^2 h(r)
    static constexpr float exp[]{5.0e-1f,        1.66666687e-1f, 4.16662842e-2f,
                                 8.33258312e-3f, 1.39463553e-3f, 2.03486779e-4f};
    // for tanh: with an error of 1.4e-8 in e^r - 1, which is enough there
    static constexpr float exp_short[]{4.9999997e-1f, 1.6666539e-1f, 4.16677557e-2f, 8.36711843e-3f,
                                       1.38354418e-3f};
    // log((1 + s) / (1 - s)) = 2 s + s z l(z), z = s^2
    static constexpr float log[]{6.66666627e-1f, 4.00009722e-1f, 2.84987926e-1f, 2.42788568e-1f};
    // Phi(-t) = e^(-t^2/2) g(y) / (t + 5/4), y = (t - a) / (t + a), a = cdf_middle
    static constexpr float cdf[]{4.95655864e-1f,  -1.39302909e-1f, 4.5094423e-2f,   1.06735304e-2f,
                                 -2.44810637e-2f, 1.58131383e-2f,  -4.88013262e-3f, -1.29198801e-4f,
                                 6.63297251e-4f,  -8.69380601e-5f, -9.4469513e-5f,  -9.70215569e-6f};
};

template <> struct Constants<double> {
    static constexpr double log2_e = 1.4426950408889634, ln2_high = 0.69314718055989033019,
                            ln2_low = 5.4979230187083712e-14, ln2 = 0.69314718055994531,
                            sigmoid_log2_e = log2_e, sigmoid_ln2_low = ln2_low;
    static constexpr double exp_min = -746, exp_max = 710, tanh_max = 22, cdf_limit = 37.65, cdf_middle = 5;
    static constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd, upper_half = 0xfffffffff8000000;
    static constexpr double exp[]{5.0e-1,
                                  1.6666666666666677e-1,
                                  4.1666666666666512e-2,
                                  8.3333333333216932e-3,
                                  1.3888888888962325e-3,
                                  1.9841269885961476e-4,
                                  2.4801587172582473e-5,
                                  2.7557244378471606e-6,
                                  2.7557402638124505e-7,
                                  2.5108977429592664e-8,
                                  2.0875323514495894e-9};
    static constexpr auto& exp_short = exp;
    static constexpr double log[]{6.666666666666734e-1,  3.9999999999416636e-1, 2.8571428742029426e-1,
                                  2.2222198604950011e-1, 1.818356285486975e-1,  1.5314084808606732e-1,
                                  1.4795633013352713e-1};
    static constexpr double cdf[]{
        4.8074565609378933e-1,  -1.2741667065001197e-1, 6.0047571397470439e-2,  -1.0218616930808493e-2,
        -1.4437204895585743e-2, 1.8683488121904849e-2,  -1.2922572758141598e-2, 5.9272895775998478e-3,
        -1.6211847322582802e-3, 4.1360802523358671e-5,  1.6722772179341127e-4,  -5.3367136500661359e-5,
        -8.2367008651448193e-6, 8.7415895919277445e-6,  -2.3501131028861083e-7, -1.2443394868992739e-6,
        1.4102877142415241e-7,  1.8235855797621562e-7,  -2.3677085574056034e-8, -2.5310061809106874e-8,
        1.7163717827991478e-9,  2.0996416593821113e-9};
};

} // namespace math
} // namespace tenon

#include <tenon/config/epilogue.hpp>
