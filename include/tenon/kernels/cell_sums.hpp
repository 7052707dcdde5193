// z = W x + U h + b, the sums of a recurrent cell, for one sample and for a block.
#pragma once

#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/tensor.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// W is [In][Row], followed by U [Hidden][Row] and b. Hidden may be 0: z = W x + b.
template <std::size_t In, std::size_t Hidden, std::size_t Row, class X, class H, class Z>
constexpr void plain_cell_sums(const typename Z::Scalar* w, X x, H h, Z z) noexcept {
    for (std::size_t s = 0; s < z.samples; ++s)
        for (std::size_t o = 0; o < Row; ++o) {
            auto sum = w[(In + Hidden) * Row + o];
            for (std::size_t k = 0; k < In; ++k)
                sum = math::fma(x.data[k * X::stride + s], w[k * Row + o], sum);
            for (std::size_t k = 0; k < Hidden; ++k)
                sum = math::fma(h.data[k * H::stride + s], w[(In + k) * Row + o], sum);
            z.data[o * Z::stride + s] = sum;
        }
}

/// The registers of sums of one sample that are computed at a time.
template <class V> inline constexpr std::size_t max_cell_sums = tile_rows<V> * tile_columns<V>;

/// How many chains of multiply-adds each of Columns sums has, to hide their latency, if there are registers
/// for them: 1, 2 or 4.
template <class V, std::size_t Hidden, std::size_t Columns> consteval std::size_t cell_chains() {
    const auto fit = [](std::size_t chains) {
        return chains * Columns <= max_cell_sums<V> && chains <= Hidden;
    };
    return fit(4) && 2 * Columns < sums_in_flight ? 4 : fit(2) ? 2 : 1;
}

/// Of one sample, the registers place(c) of the sums, c < Columns.
template <class V, std::size_t In, std::size_t Hidden, std::size_t Row, std::size_t Columns, class T,
          bool Padded, class Place>
TENON_INLINE constexpr void cell_sums_at(Place place, const T* w, Sample<const T, Padded> x,
                                         Sample<const T> h, Sample<T> z) noexcept {
    constexpr std::size_t chains = cell_chains<V, Hidden, Columns>();
    V sum[chains][Columns];
    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
        sum[0][c] = load<V>(w + (In + Hidden) * Row + place(c) * lane_count<V>);
        unrolled<chains - 1>([&](auto chain) TENON_INLINE_LAMBDA { sum[chain + 1][c] = T(0); });
    });
    const auto add = [&](T value, const T* row, auto chain) TENON_INLINE_LAMBDA {
        const V broadcast = value;
        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
            sum[chain][c] = math::fma(broadcast, load<V>(row + place(c) * lane_count<V>), sum[chain][c]);
        });
    };
    repeated<In>([&](std::size_t k) TENON_INLINE_LAMBDA { add(x.data[k], w + k * Row, Index<0>{}); });
    const T* row = w + In * Row;
    const auto add_from = [&](std::size_t k, auto chain)
                              TENON_INLINE_LAMBDA { add(h.data[k + chain], row + chain * Row, chain); };
#ifndef __clang__
    // g++ would otherwise unroll small cells completely, keep h in registers from one call to the next, and
    // have too few for the sums
#pragma GCC unroll 1
#endif
    for (std::size_t k = 0; k + chains <= Hidden; k += chains, row += chains * Row)
        unrolled<chains>([&](auto chain) TENON_INLINE_LAMBDA { add_from(k, chain); });
    unrolled<Hidden % chains>([&](auto chain)
                                  TENON_INLINE_LAMBDA { add_from(Hidden / chains * chains, chain); });
    unrolled<Columns>(
        [&](auto c) TENON_INLINE_LAMBDA { store(z.data + place(c) * lane_count<V>, sum_pairwise<c>(sum)); });
}

/// Of one sample: as many sums as there are registers for at a time.
template <std::size_t In, std::size_t Hidden, std::size_t Row, class T, bool Padded>
constexpr void cell_sums(const T* w, Sample<const T, Padded> x, Sample<const T> h, Sample<T> z) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain_cell_sums<In, Hidden, Row>(w, x, h, z);
    using V = Value<T, lanes_for<T>(Row)>;
    for_parts<registers<V>(Row), max_cell_sums<V>>([&]<std::size_t Columns>(std::size_t n) {
        cell_sums_at<V, In, Hidden, Row, Columns>([](std::size_t c) { return c; }, w + n * lane_count<V>, x,
                                                  h, z.subview(n * lane_count<V>));
        // Compilers would otherwise keep these sums in registers, and those of the next part would lack them.
        if constexpr (Columns < registers<V>(Row)) asm volatile("" : : "r"(z.data) : "memory");
    });
}

template <std::size_t In, std::size_t Hidden, std::size_t Row, class T, std::size_t Stride>
constexpr void cell_sums(const T* w, Block<const T, Stride> x, Block<const T, Stride> h,
                         Block<T, Stride> z) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain_cell_sums<In, Hidden, Row>(w, x, h, z);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(z.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, Row>([&]<std::size_t Rows>(std::size_t m) {
            V sum[Rows][Columns];
            for_each_sum<Rows, Columns>(
                [&](auto o, auto c) TENON_INLINE_LAMBDA { sum[o][c] = w[(In + Hidden) * Row + m + o]; });
            add_products<1, Row>(sum, In, w + m, x.data + n * lane_count<V>, Stride);
            add_products<1, Row>(sum, Hidden, w + In * Row + m, h.data + n * lane_count<V>, Stride);
            for_each_sum<Rows, Columns>([&](auto o, auto c) TENON_INLINE_LAMBDA {
                store(z.data + (m + o) * Stride + (n + c) * lane_count<V>, sum[o][c]);
            });
        });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
