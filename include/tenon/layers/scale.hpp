// Scale: standardises inputs by a mean and a deviation that are stored with the net.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = (x - mean) / deviation, with a mean and a deviation for each value. They are not trained: set them, or
/// let standardize (standardize.hpp) compute them from samples. initialize sets them to 0 and 1. fold takes
/// them into the next layer.
template <class Values> struct Scale : LayerDefaults {
    static constexpr std::size_t size = Values::size;
    using InputShape = Values;
    using OutputShape = Values;
    static constexpr std::size_t parameter_count = 2 * size, multiply_adds = size, trainable = 0;
    static constexpr std::array tensors{
        Tensor{.name = "mean", .shape = {size}, .strides = {1}},
        Tensor{.name = "deviation", .offset = size, .shape = {size}, .strides = {1}, .initial = 1}};

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* mean, X x, Y y, Context) noexcept {
        detail::map_channels<detail::ChannelsOf<Shape<size>>>(
            y, [=](auto of, auto v) { return (v - of(mean)) / of(mean + size); }, x);
    }

    /// dx = dy / deviation
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* mean, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::map_channels<detail::ChannelsOf<Shape<size>>>(
                dx, [=](auto of, auto g) { return g / of(mean + size); }, dy);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
