// Convolutions of one sample: the lanes run along output channels, or along positions.
#pragma once

#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/convolution_along_channels.hpp>
#include <tenon/kernels/convolution_along_positions.hpp>
#include <tenon/kernels/convolution_holding_weights.hpp>
#include <tenon/kernels/padded_copy.hpp>
#include <tenon/kernels/pointwise_convolution.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether the lanes run along positions: whichever wastes fewer of them, and along channels if they fill
/// two registers of 8 (Zen 4: prototypes of both on twenty shapes).
template <class S, class T> consteval bool prefers_positions() {
    using P = PositionRegisters<S, Value<T, widest<T>>>;
    using C = Value<T, lanes_for<T>(S::out_of_group)>;
    if constexpr (!P::possible) return false;
    else {
        if (S::out_of_group % 16 == 0) return false;
        // lanes computed for each lane needed
        const double by_channel =
                         static_cast<double>(rounded_up(S::out_of_group, widest<T>)) / S::out_of_group,
                     by_position = static_cast<double>(P::count * widest<T>) / S::out_positions;
        return by_position <= 1.1 * by_channel || lane_count<C> == 1;
    }
}

/// Whether convolve_points is faster (Zen 3: prototypes of both on fourteen shapes): unless too many lanes of
/// the last positions are wasted, or weights, which it reads for all positions of a tile, leave the cache.
template <class S, class T> consteval bool prefers_points() {
    using V = Value<T, widest<T>>;
    if constexpr (!is_pointwise<S, V>) return false;
    else
        return 20 * rounded_up(S::out_positions, widest<T>) * S::out_of_group <=
                   23 * S::out_positions * rounded_up(S::out_of_group, widest<T>) &&
               S::weights * sizeof(T) <= 256 * 1024;
}

/// Whether images are copied with their padding for lanes along channels. Otherwise the positions at the ends
/// of a row are computed one by one, with too few sums at once: up to half the speed for small images. For
/// one such position in a row the copy is not worth its time.
template <class S, class T> consteval bool copies_padding() {
    using C = typename S::Columns;
    const std::size_t first = C::outputs(0).first, end = C::outputs(C::kernel - 1).end,
                      whole = end > first ? end - first : 0;
    return C::out - whole >= 2 && sizeof(T) * ShapeOfPadded<S>::in_positions * S::in <= 32 * 1024;
}

/// y = f(W * x + b) for one sample, or the adjoint, as Order says; see convolve for blocks.
template <class Order, bool Bias, class T, bool Padded, class F>
constexpr void convolve(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::convolve<Order, Bias>(w, x, y, f);
    if constexpr (!optimized) return plain::convolve<Order, Bias>(w, x, y, f);
    else {
        using S = typename Order::Shape;
        constexpr bool forward = std::is_same_v<Order, ForwardOrder<S>>;
        if constexpr (forward && prefers_points<S, T>()) {
            for (std::size_t g = 0; g < S::groups; ++g)
                convolve_points<S, Bias, Value<T, widest<T>>>(
                    w + g * S::out_of_group, w + S::weights + g * S::out_of_group,
                    x.data + g * S::in_of_group * S::in_positions,
                    y.data + g * S::out_of_group * S::out_positions, f);
        } else if constexpr (forward && prefers_positions<S, T>()) {
            using V = Value<T, widest<T>>;
            const auto group = [&](std::size_t g, const T* image) TENON_INLINE_LAMBDA {
                const T *const weights = w + g * S::out_of_group, *const bias = weights + S::weights;
                T* const to = y.data + g * S::out_of_group * S::out_positions;
                if constexpr (holds_weights<S, V>)
                    convolve_holding_weights<S, Bias, V>(weights, bias, image, to, f);
                else convolve_along_positions<S, Bias, V>(weights, bias, image, to, f);
            };
            if constexpr (reads_in_place<S, V>)
                for (std::size_t g = 0; g < S::groups; ++g)
                    group(g, x.data + g * S::in_of_group * S::in_positions);
            else with_padding<S, V>(x.data, group);
        } else if constexpr (forward && 1 < widest<T> && 1 < S::out_of_group) {
            if constexpr (copies_padding<S, T>())
                with_zeros_around<S, Value<T, widest<T>>>(x.data, [&](const T* image) {
                    convolve_along_channels<ShapeOfPadded<S>, Bias>(w, image, y.data, f);
                });
            else convolve_along_channels<S, Bias>(w, x.data, y.data, f);
        } else
            for (std::size_t g = 0; g < Order::groups; ++g)
                convolve_group<Order, Bias, T, 1>(
                    w + g * S::out_of_group, w + S::weights + g * Order::rows,
                    x.data + g * Order::depth * Order::from_rows * Order::from_columns,
                    y.data + g * Order::rows * Order::to_rows * Order::to_columns, 1, f);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
