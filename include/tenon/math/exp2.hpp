// Powers of 2 for the gates of recurrent cells: for registers of floats, in few operations.
#pragma once

#include <tenon/math/math.hpp>

#include <bit>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::math {

#if defined(TENON_SCALAR) || !defined(__AVX2__)
/// 2^(factor z / 8) for |factor z| < 1000, for registers of floats. Relative error 2e-7. NaN for NaN.
template <bool OfBlock, class V> TENON_INLINE V exp2_of_eighths(V z, V factor) noexcept {
    constexpr float rounder = 8 * parts::rounder<float>;
    const V t = z * factor;
    const V sum = rounded(t + V(rounder)), r = t - rounded(sum - V(rounder)), r2 = r * r;
    // 2^(r/8) by Estrin's scheme: a step waits for this
    const V low = fma(r, V(6.93146978e-01f / 8), V(1.f)),
            middle = fma(r, V(5.55073375e-02f / 512), V(2.40222421e-01f / 64)),
            high = fma(r, V(1.32647269e-03f / 32768), V(9.67151291e-03f / 4096));
    return fma(fma(high, r2, middle), r2, low) * parts::power_of_two(sum);
}
#else
namespace parts {

/// Entry j is the bits of 2^(j/8), less j << 20: with n << 20, entry n mod 8 adds up to the bits of 2^(n/8).
struct PowerTable {
    alignas(32) std::uint32_t entries[8];
    consteval PowerTable() : entries{} {
        constexpr float powers[8]{1.f,         1.09050775f, 1.18920708f, 1.29683959f,
                                  1.41421354f, 1.54221082f, 1.68179286f, 1.8340081f};
        for (std::uint32_t j = 0; j < 8; ++j)
            entries[j] = std::bit_cast<std::uint32_t>(powers[j]) - (j << 20);
    }
};
inline constexpr PowerTable power_table;

} // namespace parts

// As in primitives.hpp: g++ 12 warns about its own AVX-512 intrinsics.
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// 2^(factor z / 8) for |factor z| < 1000, for registers of floats. Relative error 2e-7. NaN for NaN. The CPU
/// permutes a table of eight floats beside the units that multiply, which a polynomial alone would keep
/// busier. OfBlock: one operation fewer, and more of them depend on one another, which many independent
/// values hide.
template <bool OfBlock, class V> TENON_INLINE V exp2_of_eighths(V z, V factor) noexcept {
    using Bits = std::remove_const_t<decltype(to_bits(z))>;
    V r; // the fraction of factor z = n + r
    Bits n, entry;
    if constexpr (OfBlock) {
        constexpr float rounder = 0x1.8p23f; // rounds to integers, which are then the lowest bits
        const V sum = rounded(fma(z, factor, V(rounder)));
        r = fma(z, factor, rounded(V(rounder) - sum));
        n = to_bits(sum);
    } else {
        constexpr int nearest = _MM_FROUND_CUR_DIRECTION | _MM_FROUND_NO_EXC; // as in the conversion
        const V t = z * factor;
        const auto x = t.batch.data;
        if constexpr (lane_count<V> == 4) {
            r = t - V::of(_mm_round_ps(x, nearest));
            n = Bits(_mm_cvtps_epi32(x));
        } else if constexpr (lane_count<V> == 8) {
            r = t - V::of(_mm256_round_ps(x, nearest));
            n = Bits(_mm256_cvtps_epi32(x));
        } else {
#ifdef __AVX512F__
            r = t - V::of(_mm512_roundscale_ps(x, nearest));
            n = Bits(_mm512_cvtps_epi32(x));
#endif
        }
    }
    const __m256i table = _mm256_load_si256(reinterpret_cast<const __m256i*>(parts::power_table.entries));
    if constexpr (lane_count<V> == 4)
        entry = Bits(_mm256_castsi256_si128(_mm256_permutevar8x32_epi32(table, _mm256_castsi128_si256(n))));
    else if constexpr (lane_count<V> == 8) entry = Bits(_mm256_permutevar8x32_epi32(table, n));
    else {
#ifdef __AVX512F__
        entry = Bits(_mm512_permutexvar_epi32(n, _mm512_broadcast_i64x4(table)));
#endif
    }
    const V power = from_bits<V>(entry + shift_left(n, 20));
    // the polynomial of degree 3 with the smallest relative error, 2.5e-8, found by linear programming
    const V slope = fma(fma(r, V(1.08391061e-04f), V(3.75402556e-03f)), r, V(8.66434053e-02f));
    return fma(power * r, slope, power);
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
