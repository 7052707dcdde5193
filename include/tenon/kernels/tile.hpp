// Products of matrices held in registers by tiles: what every pass over a block of samples is made of.
#pragma once

#include <tenon/kernels/transpose.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// sum[m][n] = start(m, n) + sum over k of a(m, k) * b(k, n) for Rows x Columns registers held at once, where
/// a(m, k) = a[m * ARow + k * AStep], broadcast, and b(k, n) is the register at b + k * BStep + n * lanes.
/// Ends with finish(m, n, sum). Each sum is one chain in the order of k, whatever the tile's size.
template <class V, std::size_t Rows, std::size_t Columns, std::size_t ARow, std::size_t AStep, class T,
          class Start, class Finish>
[[gnu::always_inline]] constexpr void tile(std::size_t depth, const T* a, const T* b, std::size_t b_step,
                                           Start start, Finish finish) noexcept {
    V sum[Rows][Columns];
    const auto each = [](auto f) __attribute__((always_inline)) {
        unrolled<Rows>([&](auto m) __attribute__((always_inline)) {
            unrolled<Columns>([&](auto n) __attribute__((always_inline)) { f(m, n); });
        });
    };
    each([&](auto m, auto n) __attribute__((always_inline)) { sum[m][n] = start(m, n); });
#ifdef __clang__ // which else writes out four or more rounds, 5 kB more for mnist's trainer and no faster
#pragma clang loop unroll_count(2)
#endif
    for (std::size_t k = 0; k < depth; ++k) {
        V right[Columns];
        unrolled<Columns>([&](auto n) __attribute__((always_inline)) {
            right[n] = math::keep_in_register(load<V>(b + k * b_step + n * width<V>));
        });
        unrolled<Rows>([&](auto m) __attribute__((always_inline)) {
            const V left = a[m * ARow + k * AStep];
            unrolled<Columns>([&](auto n) __attribute__((always_inline)) {
                sum[m][n] = math::fma(left, right[n], sum[m][n]);
            });
        });
    }
    each([&](auto m, auto n) __attribute__((always_inline)) { finish(m, n, sum[m][n]); });
}

/// Registers side by side in a tile, and rows of a tile so wide: as many sums as leave room for the operands,
/// 6 x 2 in 16 registers (98% of the FMA peak on Zen 3), 12 x 2 in 32.
template <class V> inline constexpr bool many_registers = width<V> * sizeof(math::Scalar<V>) == 64;
template <class V> inline constexpr std::size_t tile_columns = width<V> == 1 ? 1 : 2;
template <class V> inline constexpr std::size_t tile_rows = many_registers<V> ? 12 : 6;

/// Calls run<Columns>(n) for strips of tiles that cover `columns` registers.
template <class V, class Run>
[[gnu::always_inline]] constexpr void for_strips(std::size_t columns, Run run) noexcept {
    std::size_t n = 0;
    for (; n + tile_columns<V> <= columns; n += tile_columns<V>) run.template operator()<tile_columns<V>>(n);
    if constexpr (1 < tile_columns<V>)
        if (n < columns) run.template operator()<1>(n);
}

/// Calls run<Rows>(m) for tiles that cover `AllRows` rows, which are shared out evenly: a tile of few has too
/// few sums to hide a multiply-add's latency.
template <class V, std::size_t AllRows, class Run>
[[gnu::always_inline]] constexpr void for_rows(Run run) noexcept {
    constexpr std::size_t tiles = (AllRows + tile_rows<V> - 1) / tile_rows<V>;
    constexpr std::size_t rows = AllRows / tiles, higher = AllRows % tiles * (rows + 1);
    if constexpr (higher > 0)
        for (std::size_t m = 0; m < higher; m += rows + 1) run.template operator()<rows + 1>(m);
    for (std::size_t m = higher; m < AllRows; m += rows) run.template operator()<rows>(m);
}

/// The same for a number of rows that is known at run time only, in tiles of two heights, or one by one where
/// they are fewer. The last tile may go over rows of the one before it again.
template <class V, class Run> constexpr void for_rows(std::size_t all, Run run) noexcept {
    constexpr std::size_t high = tile_rows<V>, low = high / 3 * 2;
    if (all < low) {
        for (std::size_t m = 0; m < all; ++m) run.template operator()<1>(m);
        return;
    }
    for (std::size_t m = 0; m < all;) {
        const std::size_t left = all - m;
        if (left >= high && (left % high == 0 || left % (high - low) != 0)) {
            run.template operator()<high>(m);
            m += high;
        } else {
            run.template operator()<low>(left < low ? all - low : m);
            m += low;
        }
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
