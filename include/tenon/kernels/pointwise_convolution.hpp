// 1 x 1 convolutions of one sample as products of matrices.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether the convolution is a product of matrices, channels by channels and channels by positions, whose
/// last tile has the registers of a whole one.
template <class S, class V>
inline constexpr bool is_pointwise =
    S::taps == 1 && S::Rows::stride == 1 && S::Columns::stride == 1 && S::in_positions == S::out_positions &&
    !S::Rows::clipped && !S::Columns::clipped && 1 < lane_count<V> &&
    (S::out_positions % lane_count<V> == 0 || S::out_positions >= 3 * lane_count<V>);

/// A group of which is_pointwise is true. The positions of a tile are read for all outputs before the next
/// ones, so that they come from the first-level cache. The last tile begins earlier, to end with the image.
/// Not inlined, because of g++ (see ChannelStrip).
template <class S, bool Bias, class V, class T, class F>
[[gnu::noinline]] void convolve_points(const T* w, const T* b, const T* x, T* y, F f) noexcept {
    constexpr std::size_t lanes = lane_count<V>, positions = S::out_positions;
    for_parts<registers<V>(positions), 3>([&]<std::size_t Columns>(std::size_t n) {
        constexpr std::size_t last = positions - Columns * lanes;
        const std::size_t first = n * lanes < last ? n * lanes : last;
        for_parts<S::out_of_group, tile_rows<V> * tile_columns<V> / Columns>(
            [&]<std::size_t Rows>(std::size_t m) {
                tile<V, Rows, Columns, 1, S::out>(
                    S::in_of_group, w + m, x + first, positions,
                    [&](auto r, auto) TENON_INLINE_LAMBDA -> V { return Bias ? b[m + r] : T(0); },
                    [&](auto r, auto c, V z)
                        TENON_INLINE_LAMBDA { store(y + (m + r) * positions + first + c * lanes, f(z)); });
            });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
