// W x + b for one sample, if every second row of W begins in the middle of a cache line.
#pragma once

#include <tenon/kernels/map.hpp>
#include <tenon/simd/across.hpp>

#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether V is as wide as a cache line, and a row of Out values ends in the middle of a register.
template <class V, std::size_t Out>
inline constexpr bool has_rows_in_half_lines =
    lane_count<V> * sizeof(math::Scalar<V>) == 64 && Out % lane_count<V> == lane_count<V> / 2;

/// Whether w is where a cache line or its second half begins.
template <class T> bool starts_in_line_or_half(const T* w) noexcept {
    return reinterpret_cast<std::uintptr_t>(w) % 32 == 0;
}

/// Computes the registers of W x + b and calls finish(index, register) for each. The rows that begin in the
/// middle of a line are loaded from where the line begins, and have sums of their own, in which values are
/// half a register later: no register is loaded from two lines. Demands has_rows_in_half_lines and
/// starts_in_line_or_half(w), in an array that begins with a line. 64-56 on Zen 5: 38 ns, by panel 50.
template <class V, std::size_t In, std::size_t Out, bool Bias, class T, class Finish>
TENON_INLINE constexpr void panel_by_lines(const T* w, const T* x, Finish finish) noexcept {
    constexpr std::size_t lanes = lane_count<V>, half = lanes / 2, count = registers<V>(Out),
                          streams = count < 4 ? 2 : 1, rows_at_once = 2 * streams,
                          remaining = In % rows_at_once;
    const bool starts_in_half = reinterpret_cast<std::uintptr_t>(w) % 64 != 0;
    const T *even_row = starts_in_half ? w - half : w, *odd_row = w + Out - (starts_in_half ? 0 : half);

    V even[streams][count], odd[streams][count]; // the sums over these rows
    unrolled<streams>([&](auto s) TENON_INLINE_LAMBDA {
        unrolled<count>([&](auto r) TENON_INLINE_LAMBDA { even[s][r] = odd[s][r] = T(0); });
    });
    const auto add = [&](V(&sum)[count], T value, const T* row) TENON_INLINE_LAMBDA {
        const V broadcast = value;
        unrolled<count>([&](auto r) TENON_INLINE_LAMBDA {
            sum[r] = math::fma(broadcast, load<V>(row + r * lanes), sum[r]);
        });
    };
    const auto add_row = [&](std::size_t k, auto i) TENON_INLINE_LAMBDA {
        if constexpr (i % 2 == 0) add(even[i / 2], x[k + i], even_row + i * Out);
        else add(odd[i / 2], x[k + i], odd_row + (i - 1) * Out);
    };
    for (std::size_t k = 0; k + rows_at_once <= In; k += rows_at_once) {
        unrolled<rows_at_once>([&](auto i) TENON_INLINE_LAMBDA { add_row(k, i); });
        even_row += rows_at_once * Out;
        odd_row += rows_at_once * Out;
    }
    unrolled<remaining>([&](auto i) TENON_INLINE_LAMBDA { add_row(In - remaining, i); });

    if constexpr (streams == 2)
        unrolled<count>([&](auto r)
                            TENON_INLINE_LAMBDA { even[0][r] += even[1][r], odd[0][r] += odd[1][r]; });
    V sum[count];
    const auto add_up = [&](V(&whole)[count], V(&shifted)[count]) TENON_INLINE_LAMBDA {
        unrolled<count>([&](auto r) TENON_INLINE_LAMBDA {
            sum[r] = whole[r] + math::joined_halves(shifted[r], shifted[r + 1 < count ? r + 1 : r]);
        });
    };
    if (starts_in_half) add_up(odd[0], even[0]);
    else add_up(even[0], odd[0]);
    unrolled<count>([&](auto r) TENON_INLINE_LAMBDA {
        finish(r, Bias ? V(sum[r] + load<V>(w + In * Out + r * lanes)) : sum[r]);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
