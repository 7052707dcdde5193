// Matrix products by tiles of registers, of which every pass over a block of samples is made.
#pragma once

#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Calls f(m, n) for each sum of a tile.
template <std::size_t Rows, std::size_t Columns, class F>
TENON_INLINE constexpr void for_each_sum(F f) noexcept {
    unrolled<Rows>(
        [&](auto m) TENON_INLINE_LAMBDA { unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA { f(m, n); }); });
}

/// Adds the sum over k of a(m, k) * b(k, n) to each sum[m][n] of Rows x Columns registers, where
/// a(m, k) = a[m * ARow + k * AStep], broadcast, and b(k, n) is the register at b + k * b_step + n * lanes.
/// Each sum is one chain in the order of k, whatever the tile's size.
template <std::size_t ARow, std::size_t AStep, class V, std::size_t Rows, std::size_t Columns, class T>
TENON_INLINE constexpr void add_products(V (&sum)[Rows][Columns], std::size_t depth, const T* a, const T* b,
                                         std::size_t b_step) noexcept {
#ifdef __clang__
    // clang would otherwise unroll four or more iterations: 5 kB more for mnist's trainer, and no faster
#pragma clang loop unroll_count(2)
#endif
    for (std::size_t k = 0; k < depth; ++k) {
        V b_row[Columns];
        unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
            b_row[n] = math::keep_in_register(load<V>(b + k * b_step + n * lane_count<V>));
        });
        unrolled<Rows>([&](auto m) TENON_INLINE_LAMBDA {
            const V a_broadcast = a[m * ARow + k * AStep];
            unrolled<Columns>(
                [&](auto n) TENON_INLINE_LAMBDA { sum[m][n] = math::fma(a_broadcast, b_row[n], sum[m][n]); });
        });
    }
}

/// The same for sums that begin as start(m, n); ends with finish(m, n, sum).
template <class V, std::size_t Rows, std::size_t Columns, std::size_t ARow, std::size_t AStep, class T,
          class Start, class Finish>
TENON_INLINE constexpr void tile(std::size_t depth, const T* a, const T* b, std::size_t b_step, Start start,
                                 Finish finish) noexcept {
    V sum[Rows][Columns];
    for_each_sum<Rows, Columns>([&](auto m, auto n) TENON_INLINE_LAMBDA { sum[m][n] = start(m, n); });
    add_products<ARow, AStep>(sum, depth, a, b, b_step);
    for_each_sum<Rows, Columns>([&](auto m, auto n) TENON_INLINE_LAMBDA { finish(m, n, sum[m][n]); });
}

/// Whether the CPU has 32 registers of this size, as with AVX-512, and not 16.
template <class V> inline constexpr bool many_registers = lane_count<V> * sizeof(math::Scalar<V>) == 64;
/// Columns of a tile, in registers, and its rows: as many sums as leave registers for the operands, 6 x 2 in
/// 16 registers (98% of the FMA peak on Zen 3), 12 x 2 in 32.
template <class V> inline constexpr std::size_t tile_columns = lane_count<V> == 1 ? 1 : 2;
template <class V> inline constexpr std::size_t tile_rows = many_registers<V> ? 12 : 6;

/// Divides `columns` registers into strips as wide as a tile and calls run<Columns>(n) for each, n being its
/// first register. The last strip may have a single register.
template <class V, class Run> TENON_INLINE constexpr void for_strips(std::size_t columns, Run run) noexcept {
    std::size_t n = 0;
    for (; n + tile_columns<V> <= columns; n += tile_columns<V>) run.template operator()<tile_columns<V>>(n);
    if constexpr (1 < tile_columns<V>)
        if (n < columns) run.template operator()<1>(n);
}

/// Divides AllRows rows into tiles and calls run<Rows>(m) for each, m being its first row. The rows are
/// divided evenly, because a short tile has too few independent sums to hide the latency of a multiply-add.
template <class V, std::size_t AllRows, class Run> TENON_INLINE constexpr void for_rows(Run run) noexcept {
    for_parts<AllRows, tile_rows<V>>(run);
}

/// The same for a number of rows that is known only at run time, in tall and low tiles, or row by row if
/// there are fewer than a low tile has. The last tile may repeat rows of the one before it. Low tiles come
/// first if they make this unnecessary. With tiles of 6 and 4 rows: 8 = 4 + 4, 10 = 4 + 6, 12 = 6 + 6, 9 = 6
/// + 4 with one row repeated.
template <class V, class Run> constexpr void for_rows(std::size_t rows, Run run) noexcept {
    constexpr std::size_t tall = tile_rows<V>, low = tall / 3 * 2;
    if (rows < low) {
        for (std::size_t m = 0; m < rows; ++m) run.template operator()<1>(m);
        return;
    }
    for (std::size_t m = 0; m < rows;) {
        const std::size_t remaining = rows - m;
        if (remaining >= tall && (remaining % tall == 0 || remaining % (tall - low) != 0)) {
            run.template operator()<tall>(m);
            m += tall;
        } else {
            run.template operator()<low>(remaining < low ? rows - low : m);
            m += low;
        }
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
