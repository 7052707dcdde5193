// CausalConv2D: a convolution over time and over the features of a frame, which reads no later frames.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/ring.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/convolution.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The Conv2D that a CausalConv2D is at each step: over an image of K rows, the frames that the step reads.
template <class Frame, std::size_t Out, class Size, class... Options> struct CausalPlan {
    using Image = ImageOf<Frame>;
    static constexpr ConvolutionOptions options = options_in<Options...>;
    static constexpr std::size_t kernel = AxisOf<0, 1, Size, Options...>::kernel;
    using Columns = typename AxisOf<1, Image::width, Size, Options...>::type;
    using Step =
        Convolution<Shape<Image::channels, kernel, Image::width>, Shape<Out, 1, Columns::out>,
                    ConvolutionShape<Image::channels, Out, options.groups, Axis<kernel, kernel>, Columns>,
                    typename ActivationIn<Identity, Options...>::type, options.bias>;
    /// The frames within reach of a step, as an image, of which Conv2D's sentences tell what does not fit.
    using Frames = Shape<Image::channels, AxisOf<0, 1, Size, Options...>::span, Image::width>;
};

/// Whether a CausalConv2D takes frames, and neither pads nor strides over time; a sentence says if not.
template <class Frame, class Size, class... Options> consteval bool causal_conv_2d_fits() {
    constexpr ConvolutionOptions options = options_in<Options...>;
    constexpr bool fits =
        ImageOf<Frame>::axes == 1 && option_of<Size>.kind == OptionKind::kernel &&
        option_of<Size>.count == 2 &&
        ((option_of<Options>.kind != OptionKind::stride || option_of<Options>.numbers[0] == 1) && ...) &&
        (options.same || options.padding[0] == 0);
    return misfit::causal_conv_2d<std::bool_constant<fits>,
                                  misfit::but_found<Frame, Size, Options...>>::passes();
}

} // namespace detail

/// A Conv2D over time and features, step by step: y_t = A(b + the sum over k of W_k * x_s),
/// s = t - (K - 1 - k) D, where x_t is a frame, Shape<channels, features>, frames before the first are zero,
/// and W_k is convolved with a frame along its features; PyTorch's Conv2d of images [channels, time,
/// features] with (K - 1) D rows of zeros before the first. Options in any order, their numbers for time and
/// features: an activation, Dilation<D, E>, Stride<1, S>, Padding<0, P> or Same of the features, Groups,
/// NoBias. Parameters as of Conv2D: `weight`, [Out, channels / groups, K, kernel over features], and `bias`,
/// [Out].
///     CausalConv2D<Shape<2, 19>, 3, Kernel<4, 3>, Relu, Stride<1, 2>, Same>      gives Shape<3, 10>
template <class Frame, std::size_t Out, class Size, class... Options>
    requires(
        detail::causal_conv_2d_fits<Frame, Size, Options...>() &&
        detail::convolution_fits<2, false, typename detail::CausalPlan<Frame, Out, Size, Options...>::Frames,
                                 Out, Size, Options...>())
struct CausalConv2D : detail::CellDefaults {
    using Plan = detail::CausalPlan<Frame, Out, Size, Options...>;
    using Step = typename Plan::Step;
    using InputShape = Frame;
    using OutputShape = Shape<Out, Plan::Columns::out>;
    using OutputActivation = typename Step::OutputActivation;
    static constexpr std::size_t kernel = Plan::kernel, dilation = Plan::options.dilation[0],
                                 channels = Plan::Image::channels, features = Plan::Image::width;
    static constexpr std::size_t in = InputShape::size, out = OutputShape::size, image = kernel * in;
    static constexpr std::size_t parameter_count = Step::parameter_count, multiply_adds = Step::multiply_adds;
    static constexpr auto tensors = Step::tensors;

    /// State of a stream: the last `past` frames.
    static constexpr std::size_t past = (kernel - 1) * dilation;
    using Ring = detail::Ring<past, in>;
    static constexpr std::size_t state_count = Ring::count, state_size = Ring::size;
    static constexpr std::size_t activations = detail::padded(image) + detail::padded(out);
    /// Trace of each step of a sequence.
    static constexpr std::size_t trace = detail::padded(Step::trace);
    static constexpr std::size_t scratch = 2 * detail::padded(image) + 2 * detail::padded(out);

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (detail::OfStream<Context> || past == 0) {
            alignas(64) T values[Y::buffer_size(image)];
            const auto frames = y.rebind(values + 0);
            copy_frame(kernel - 1, x, frames);
            if constexpr (past > 0) {
                for (std::size_t k = 0; k + 1 < kernel; ++k)
                    copy_earlier(context, (kernel - 1 - k) * dilation, k, frames);
                for (std::size_t s = 0; s < y.samples; ++s)
                    Ring::push(context.state.data + s, Y::stride, x.data + s, X::stride);
            }
            Step::forward(parameters, frames.read_only(), y, tenon::Context<>{});
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        alignas(64) T values[View::buffer_size(image)];
        const auto frames = y(0).rebind(values + 0);
        for (std::size_t t = 0; t < Steps; ++t) {
            gather(context, t, x, frames);
            detail::write_exactly<out>(y(t), [&](auto to) {
                if constexpr (trace > 0 && Context::keeps_trace) {
                    const auto z = context.trace.subview(t * trace);
                    Step::forward(parameters, frames.read_only(), to, tenon::Context<decltype(z)>{z});
                } else Step::forward(parameters, frames.read_only(), to, tenon::Context<>{});
            });
        }
        Ring::push_window(context, Steps, x);
    }

    /// The gradient of all steps. That of the parameters is summed in a buffer first.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        static_assert(
            parameter_count * sizeof(T) <= detail::max_stack_bytes / 4,
            "a CausalConv2D, or a CausalConv with Groups or NoBias, that is trained has at most 64 kB of "
            "parameters");
        constexpr bool has_gradient = !std::is_same_v<Gradient, NoView>, has_dx = !std::is_same_v<Dx, NoView>;
        const auto frames = scratch_view, d_frames = frames.subview(detail::padded(image)),
                   y_copy = d_frames.subview(detail::padded(image)),
                   dy_copy = y_copy.subview(detail::padded(out));
        alignas(64) T sum[has_gradient ? detail::padded(parameter_count) + detail::padded(1) : 1] = {};
        if constexpr (has_dx)
            for (std::size_t t = 0; t < Steps; ++t)
                each_value([&](std::size_t, std::size_t p, std::size_t s) { dx(t).data[p + s] = 0; }, dx(t),
                           0);
        for (std::size_t t = 0; t < Steps; ++t) {
            gather(context, t, x, frames);
            detail::copy_exactly<out>(dy_copy, dy(t));
            const auto y_t = detail::in_whole_registers<out>(y(t), y_copy.data).read_only();
            const auto step_backward = [&](auto d_image, auto of_parameters) {
                if constexpr (trace > 0) {
                    const auto z = context.trace.subview(t * trace);
                    Step::backward(parameters, frames.read_only(), y_t, tenon::Context<decltype(z)>{z},
                                   dy_copy, d_image, NoView{}, of_parameters, t > 0);
                } else
                    Step::backward(parameters, frames.read_only(), y_t, tenon::Context<>{}, dy_copy, d_image,
                                   NoView{}, of_parameters, t > 0);
            };
            const auto with_parameters = [&](auto d_image) {
                if constexpr (has_gradient) step_backward(d_image, sum + 0);
                else step_backward(d_image, NoView{});
            };
            if constexpr (has_dx) {
                with_parameters(d_frames);
                for (std::size_t k = 0; k < kernel; ++k)
                    if (const std::size_t lag = (kernel - 1 - k) * dilation; lag <= t) {
                        const auto to = dx(t - lag);
                        each_value([&](std::size_t i, std::size_t p,
                                       std::size_t s) { to.data[p + s] += d_frames.data[i + s]; },
                                   to, k);
                    }
            } else with_parameters(NoView{});
        }
        if constexpr (has_gradient)
            for (std::size_t p = 0; p < parameter_count; ++p)
                gradient[p] = sum[p] + (add ? gradient[p] : T(0));
    }

private:
    /// Calls f(image, frame, sample) for each value of row k of the image and its place in a frame.
    template <class F, class View> static constexpr void each_value(F f, View frame, std::size_t k) noexcept {
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t p = 0; p < features; ++p)
                for (std::size_t s = 0; s < frame.samples; ++s)
                    f(((c * kernel + k) * features + p) * View::stride, (c * features + p) * View::stride, s);
    }
    template <class X, class View>
    static constexpr void copy_frame(std::size_t k, X x, View frames) noexcept {
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t p = 0; p < features; ++p)
                for (std::size_t s = 0; s < frames.samples; ++s)
                    frames.data[((c * kernel + k) * features + p) * View::stride + s] =
                        x.data[(c * features + p) * X::stride + s];
    }
    /// Row k of the image: the frame `lag` steps before.
    template <class Context, class View>
    static constexpr void copy_earlier(const Context& context, std::size_t lag, std::size_t k,
                                       View frames) noexcept {
        each_value(
            [&](std::size_t i, std::size_t p, std::size_t s) {
                frames.data[i + s] =
                    Ring::template before_window<typename View::Scalar>(context, lag, p / View::stride, s);
            },
            frames, k);
    }
    /// The frames that step t of a sequence reads.
    template <class Context, class X, class View>
    static constexpr void gather(const Context& context, std::size_t t, X x, View frames) noexcept {
        for (std::size_t k = 0; k < kernel; ++k)
            if (const std::size_t lag = (kernel - 1 - k) * dilation; lag <= t)
                copy_frame(k, x(t - lag), frames);
            else copy_earlier(context, lag - t, k, frames);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
