// z = W x + U h + b, the sums of a recurrent cell, for one sample and for a block.
#pragma once

#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/panel.hpp>

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

/// Of one sample: as many sums as there are registers for at a time, in two chains each if they are few.
template <std::size_t In, std::size_t Hidden, std::size_t Row, class T, bool Padded>
constexpr void cell_sums(const T* w, Sample<const T, Padded> x, Sample<const T> h, Sample<T> z) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain_cell_sums<In, Hidden, Row>(w, x, h, z);
    using V = Value<T, lanes_for<T>(Row)>;
    constexpr std::size_t most = tile_rows<V> * tile_columns<V>;
    for_parts<registers<V>(Row), most>([&]<std::size_t Columns>(std::size_t n) {
        constexpr std::size_t chains = 2 * Columns <= most && Hidden > 1 ? 2 : 1;
        const T* const column = w + n * lane_count<V>;
        V sum[chains][Columns];
        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
            sum[0][c] = load<V>(column + (In + Hidden) * Row + c * lane_count<V>);
            if constexpr (chains > 1) sum[1][c] = T(0);
        });
        const auto add = [&](T value, const T* row, auto chain) TENON_INLINE_LAMBDA {
            const V broadcast = value;
            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                sum[chain][c] = math::fma(broadcast, load<V>(row + c * lane_count<V>), sum[chain][c]);
            });
        };
        repeated<In>([&](std::size_t k)
                         TENON_INLINE_LAMBDA { add(x.data[k], column + k * Row, Index<0>{}); });
        const T* row = column + In * Row;
        for (std::size_t k = 0; k + chains <= Hidden; k += chains, row += chains * Row)
            unrolled<chains>([&](auto chain)
                                 TENON_INLINE_LAMBDA { add(h.data[k + chain], row + chain * Row, chain); });
        if constexpr (Hidden % chains != 0) add(h.data[Hidden - 1], row, Index<0>{});
        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
            if constexpr (chains > 1) sum[0][c] += sum[1][c];
            store(z.data + (n + c) * lane_count<V>, sum[0][c]);
        });
    });
}
template <std::size_t In, std::size_t Hidden, std::size_t Row, class T, std::size_t Stride>
constexpr void cell_sums(const T* w, Block<const T, Stride> x, Block<const T, Stride> h,
                         Block<T, Stride> z) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain_cell_sums<In, Hidden, Row>(w, x, h, z);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(z.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, Row>([&]<std::size_t Rows>(std::size_t m) {
            const auto at = [=](std::size_t o, std::size_t c) {
                return (m + o) * Stride + (n + c) * lane_count<V>;
            };
            const auto keep = [&](auto o, auto c, V sum) { store(z.data + at(o, c), sum); };
            tile<V, Rows, Columns, 1, Row>(
                In, w + m, x.data + n * lane_count<V>, Stride,
                [&](auto o, auto) -> V { return w[(In + Hidden) * Row + m + o]; }, keep);
            if constexpr (Hidden > 0)
                tile<V, Rows, Columns, 1, Row>(
                    Hidden, w + In * Row + m, h.data + n * lane_count<V>, Stride,
                    [&](auto o, auto c) -> V { return load<V>(z.data + at(o, c)); }, keep);
        });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
