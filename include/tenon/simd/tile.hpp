// Products of matrices held in registers by tiles: what every pass over a block of samples is made of.
#pragma once

#include <tenon/simd/transpose.hpp>
#include <tenon/simd/views.hpp>

#include <cstddef>
#include <type_traits>

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
    for (std::size_t k = 0; k < depth; ++k) {
        V right[Columns];
        unrolled<Columns>([&](auto n) __attribute__((always_inline)) {
            right[n] = load<V>(b + k * b_step + n * width<V>);
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

/// Registers side by side in a tile, and accumulators in all: measured best on Zen 5 with 32 registers
/// (12 x 2) and with 16 (4 x 3: 98% of the FMA peak on 784-128; 6 x 2: 93%).
template <class V> inline constexpr bool many_registers = width<V> * sizeof(math::Scalar<V>) == 64;
template <class V> inline constexpr std::size_t tile_columns = width<V> == 1 ? 1 : many_registers<V> ? 2 : 3;
template <class V> inline constexpr std::size_t tile_sums = width<V> == 1 ? 4 : many_registers<V> ? 24 : 12;

/// Rows of a tile `Columns` wide.
template <class V, std::size_t Columns>
inline constexpr std::size_t tile_rows = tile_sums<V> / Columns < 12 ? tile_sums<V> / Columns : 12;

/// Calls strip<Columns>(n) for strips of tiles that cover `columns` registers.
template <class V, class Strip>
[[gnu::always_inline]] constexpr void for_strips(std::size_t columns, Strip strip) noexcept {
    std::size_t n = 0;
    for (; n + tile_columns<V> <= columns; n += tile_columns<V>)
        strip.template operator()<tile_columns<V>>(n);
    if constexpr (2 < tile_columns<V>)
        if (columns - n == 2) strip.template operator()<2>(n);
    if constexpr (1 < tile_columns<V>)
        if (columns - n == 1) strip.template operator()<1>(n);
}

/// Calls run<Rows, Columns>(m, n) for tiles that cover `AllRows` rows and `columns` registers.
template <class V, std::size_t AllRows, class Run>
[[gnu::always_inline]] constexpr void for_tiles(std::size_t columns, Run run) noexcept {
    for_strips<V>(
        columns, [&]<std::size_t Columns>(std::size_t n) __attribute__((always_inline)) {
            constexpr std::size_t most = tile_rows<V, Columns>;
            for (std::size_t m = 0; m < AllRows / most * most; m += most)
                run.template operator()<most, Columns>(m, n);
            if constexpr (AllRows % most != 0)
                run.template operator()<AllRows % most, Columns>(AllRows / most * most, n);
        });
}

/// The same for `rows` rows, a number that is known at run time only.
template <class V, class Run>
[[gnu::always_inline]] constexpr void for_tiles(std::size_t rows, std::size_t columns, Run run) noexcept {
    for_strips<V>(
        columns, [&]<std::size_t Columns>(std::size_t n) __attribute__((always_inline)) {
            constexpr std::size_t most = tile_rows<V, Columns>;
            std::size_t m = 0;
            for (; m + most <= rows; m += most) run.template operator()<most, Columns>(m, n);
            if constexpr (most > 4)
                for (; m + 4 <= rows; m += 4) run.template operator()<4, Columns>(m, n);
            for (; m < rows; ++m) run.template operator()<1, Columns>(m, n);
        });
}

} // namespace tenon
