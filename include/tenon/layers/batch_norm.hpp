// BatchNorm: normalises each channel over the samples of a minibatch.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/math/math.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <ratio>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = (x - mean) / sqrt(variance + Epsilon) * weight + bias for each channel (Ioffe and Szegedy, 2015);
/// PyTorch's BatchNorm1d and BatchNorm2d: weight is gamma, bias is beta. Neither exists if Affine is false.
///
/// In training, mean and variance are those of a group: the trainer's batch_size samples of the minibatch,
/// one group after another. So they are PyTorch's for minibatches of up to batch_size samples, and ghost
/// batch normalisation (Hoffer et al., 2017) for larger ones. A group with a single value per channel has no
/// variance; it is normalised as outside training.
///
/// Outside training, and in Frozen, they are running_mean and running_var. Each step moves these by Momentum
/// towards mean and unbiased variance of the whole minibatch, as PyTorch does; a minibatch with a single
/// value per channel leaves them. initialize sets running_var and weight to 1, running_mean and bias to 0.
template <class Values, class Momentum = std::ratio<1, 10>, class Epsilon = std::ratio<1, 100000>,
          bool Affine = true>
struct BatchNorm : LayerDefaults {
    using Channels = detail::ChannelsOf<Values>;
    static constexpr std::size_t channels = Channels::count, positions = Channels::positions;
    using InputShape = Values;
    using OutputShape = Values;

    static constexpr std::size_t trainable = Affine ? 2 * channels : 0,
                                 parameter_count = trainable + 2 * channels, multiply_adds = Values::size,
                                 trace = 2 * channels;
    static constexpr bool uses_step = true, uses_batch_statistics = true;
    static constexpr auto tensors = [] {
        constexpr Tensor mean{
            .name = "running_mean", .offset = trainable, .shape = {channels}, .strides = {1}},
            variance{.name = "running_var",
                     .offset = trainable + channels,
                     .shape = {channels},
                     .strides = {1},
                     .initial = 1};
        if constexpr (Affine)
            return std::array{Tensor{.name = "weight", .shape = {channels}, .strides = {1}, .initial = 1},
                              Tensor{.name = "bias", .offset = channels, .shape = {channels}, .strides = {1}},
                              mean, variance};
        else return std::array{mean, variance};
    }();

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        for (std::size_t c = 0; c < channels; ++c) {
            const Moments<T> moments = moments_of<Context::is_training>(parameters, x, c);
            if constexpr (Context::keeps_trace) {
                context.trace.data[2 * c * Y::stride] = moments.mean;
                context.trace.data[(2 * c + 1) * Y::stride] = moments.scale;
            }
            const T factor = moments.scale * weight(parameters, c), bias = bias_of(parameters, c);
            map_channel(
                c, y,
                [=](auto v) {
                    using V = decltype(v);
                    return math::fma(v - V(moments.mean), V(factor), V(bias));
                },
                x);
        }
    }

    /// With h = (x - mean) scale, scale = 1 / sqrt(variance + Epsilon), and n values per channel: dbias = sum
    /// dy, dweight = sum dy h, dx = scale weight (dy - dbias / n - h dweight / n). If mean and variance are
    /// constants, dx = scale weight dy.
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y, Context context, Dy dy, Dx dx, Scratch,
                                   Gradient gradient, bool add) noexcept {
        const std::size_t count = x.samples * positions;
        const bool over_group = Context::is_training && count > 1;
        for (std::size_t c = 0; c < channels; ++c) {
            const T mean = context.trace.data[2 * c * Dy::stride],
                    scale = context.trace.data[(2 * c + 1) * Dy::stride];
            const auto sums = detail::sums_of_channel<Channels, 2>(
                c,
                [=](auto g, auto v) {
                    using V = decltype(v);
                    return std::array<V, 2>{g, g * (v - V(mean))};
                },
                dy, x);
            const T sum = sums[0], product = scale * sums[1];
            if constexpr (!std::is_same_v<Gradient, NoView>) {
                const auto add_to = [&](std::size_t p, T value) {
                    gradient[p] = add ? gradient[p] + value : value;
                };
                if constexpr (Affine) {
                    add_to(c, product);
                    add_to(channels + c, sum);
                }
                if constexpr (Context::is_training) {
                    // Differences from the running mean, which is near: the variance is then not a small
                    // difference of large numbers.
                    const T running = parameters[trainable + c], n = static_cast<T>(count);
                    const T total = over_group ? n * (mean - running)
                                               : detail::sum_channel<Channels>(
                                                     c, [=](auto v) { return v - decltype(v)(running); }, x);
                    const T squares = over_group ? n * (T(1) / (scale * scale) - epsilon<T>)
                                                 : T(0); // about the group's mean
                    add_to(trainable + c, total);
                    add_to(trainable + channels + c, (squares > 0 ? squares : T(0)) + total * total / n);
                }
            }
            if constexpr (!std::is_same_v<Dx, NoView>) {
                const T factor = scale * weight(parameters, c);
                const T n = static_cast<T>(count), mean_dy = over_group ? sum / n : T(0),
                        slope = over_group ? product * scale / n : T(0);
                map_channel(
                    c, dx,
                    [=](auto g, auto v) {
                        using V = decltype(v);
                        return V(factor) * (g - V(mean_dy) - (v - V(mean)) * V(slope));
                    },
                    dy, x);
            }
        }
    }

    /// sums are, for each channel, those of x - running_mean and of its square over the minibatch.
    template <class T>
    static constexpr void settle(T* parameters, const T* sums, std::size_t samples) noexcept {
        constexpr T momentum = static_cast<T>(Momentum::num) / static_cast<T>(Momentum::den);
        const T n = static_cast<T>(samples * positions);
        if (n < T(2)) return;
        for (std::size_t c = 0; c < channels; ++c) {
            T &mean = parameters[trainable + c], &variance = parameters[trainable + channels + c];
            const T shift = sums[trainable + c] / n,
                    unbiased = (sums[trainable + channels + c] - n * shift * shift) / (n - 1);
            mean = mean + momentum * shift;
            variance = variance + momentum * ((unbiased > 0 ? unbiased : T(0)) - variance);
        }
    }

private:
    template <class T>
    static constexpr T epsilon = static_cast<T>(Epsilon::num) / static_cast<T>(Epsilon::den);

    template <class T> struct Moments {
        T mean, scale; ///< scale = 1 / sqrt(variance + Epsilon)
    };

    template <class T> static constexpr T weight(const T* parameters, std::size_t c) noexcept {
        if constexpr (Affine) return parameters[c];
        else return T(1);
    }
    template <class T> static constexpr T bias_of(const T* parameters, std::size_t c) noexcept {
        if constexpr (Affine) return parameters[channels + c];
        else return T(0);
    }

    template <bool Training, class T, class X>
    static constexpr Moments<T> moments_of(const T* parameters, X x, std::size_t c) noexcept {
        const std::size_t count = x.samples * positions;
        if (!Training || count == 1)
            return {parameters[trainable + c],
                    T(1) / math::sqrt(parameters[trainable + channels + c] + epsilon<T>)};
        const T n = static_cast<T>(count);
        const T mean = detail::sum_channel<Channels>(c, [](auto v) { return v; }, x) / n;
        const T squares = detail::sum_channel<Channels>(
            c,
            [=](auto v) {
                const auto difference = v - decltype(v)(mean);
                return difference * difference;
            },
            x);
        return {mean, T(1) / math::sqrt(squares / n + epsilon<T>)};
    }

    /// map over the values of channel c alone
    template <class To, class F, class... From>
    static constexpr void map_channel(std::size_t c, To to, F f, From... from) noexcept {
        const std::size_t first = c * positions;
        detail::map_channels<detail::ChannelsOf<Shape<1, positions>>>(
            to.subview(first), [=](auto, auto... values) { return f(values...); }, from.subview(first)...);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
