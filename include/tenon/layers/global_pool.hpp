// GlobalAveragePool, GlobalMaxPool: the mean and the maximum of each channel.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/global_pool.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = the mean of each channel, of Shape<channels, length> or Shape<channels, height, width>, as
/// Shape<channels>. PyTorch's AdaptiveAvgPool2d(1) and Flatten; Keras' GlobalAveragePooling2D.
template <class Values> struct GlobalAveragePool : LayerDefaults {
    using Channels = detail::ChannelsOf<Values>;
    using InputShape = Values;
    using OutputShape = Shape<Channels::count>;
    static constexpr std::size_t parameter_count = 0, multiply_adds = Values::size;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::global_average_pool<Channels>(x, y);
    }
    /// dx = dy / the number of positions
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) detail::global_average_pool_gradient<Channels>(dy, dx);
    }
};

/// y = the maximum of each channel, of Shape<channels, length> or Shape<channels, height, width>, as
/// Shape<channels>; the first of equal ones. PyTorch's AdaptiveMaxPool2d(1) and Flatten; Keras'
/// GlobalMaxPooling2D.
template <class Values> struct GlobalMaxPool {
    using Channels = detail::ChannelsOf<Values>;
    using InputShape = Values;
    using OutputShape = Shape<Channels::count>;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0, trace = Channels::count, scratch = 0;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context context) noexcept {
        detail::global_max_pool<Channels>(x, y, context.trace);
    }
    /// dx = dy where the maximum is, else 0
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::global_max_pool_gradient<Channels>(context.trace, dy, dx);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
