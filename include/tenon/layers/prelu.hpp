// PRelu: a leaky ReLU whose slope is trained.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = x if x > 0, else a x, with a trained factor a for each channel (He et al., 2015); PyTorch's
/// PReLU(channels). initialize sets a to 0.25, as PyTorch does.
template <class Values> struct PRelu : LayerDefaults {
    using Channels = detail::ChannelsOf<Values>;
    using InputShape = Values;
    using OutputShape = Values;
    static constexpr std::size_t parameter_count = Channels::count, multiply_adds = Values::size;
    static constexpr std::array tensors{
        Tensor{.name = "weight", .shape = {Channels::count}, .strides = {1}, .initial = 0.25}};

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* factors, X x, Y y, Context) noexcept {
        detail::map_channels<Channels>(
            y,
            [=](auto of_channel, auto v) {
                using V = decltype(v);
                return math::select(v > V(T(0)), v, of_channel(factors) * v);
            },
            x);
    }

    /// dx = dy if x > 0, else a dy; da = the sum of x dy over x <= 0
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* factors, X x, Y, Context, Dy dy, Dx dx, Scratch,
                                   Gradient gradient, bool add) noexcept {
        if constexpr (!std::is_same_v<Gradient, NoView>)
            for (std::size_t c = 0; c < Channels::count; ++c) {
                const T sum = detail::sum_channel<Channels>(
                    c,
                    [](auto v, auto g) {
                        using V = decltype(v);
                        return math::select(v > V(T(0)), V(T(0)), v * g);
                    },
                    x, dy);
                gradient[c] = add ? gradient[c] + sum : sum;
            }
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::map_channels<Channels>(
                dx,
                [=](auto of_channel, auto v, auto g) {
                    using V = decltype(v);
                    return math::select(v > V(T(0)), g, of_channel(factors) * g);
                },
                x, dy);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
