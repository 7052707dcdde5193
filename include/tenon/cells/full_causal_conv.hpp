// FullCausalConv: a causal convolution without groups, with a bias and a stride of 1.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/ring.hpp>
#include <tenon/kernels/causal_convolution.hpp>
#include <tenon/kernels/cell_sums.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/convolution_options.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Each output reads all inputs, and there is a bias.
template <std::size_t In, std::size_t Out, class Size, class... Options>
struct FullCausalConv : CellDefaults {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Out>;
    using OutputActivation = typename ActivationIn<Identity, Options...>::type;
    using A = OutputActivation;
    static constexpr std::size_t kernel = option_of<Size>.numbers[0] > 0 ? option_of<Size>.numbers[0] : 1,
                                 dilation = options_in<Options...>.dilation[0];
    static constexpr std::size_t column = kernel * In; // the inputs of an output
    static constexpr std::size_t parameter_count = (column + 1) * Out, multiply_adds = column * Out;
    static constexpr auto tensors =
        std::array{Tensor{"weight", 0, 3, {Out, In, kernel}, {1, Out, In* Out}, column, kernel* Out},
                   Tensor{"bias", column* Out, 1, {Out}, {1}}};

    /// State of a stream: the inputs of the last `past` steps.
    static constexpr std::size_t past = (kernel - 1) * dilation;
    using Ring = detail::Ring<past, In>;
    static constexpr std::size_t state_count = Ring::count, state_size = Ring::size;
    /// Of `Steps` steps of one sample, if they are computed at once: the distance of the inputs of two taps
    /// of the kernel, in steps. If the dilation is larger than the window, the inputs are gathered, tap by
    /// tap.
    template <std::size_t Steps>
    static constexpr std::size_t tap_distance = dilation < Steps ? dilation : Steps;
    /// The values that this takes on the stack, of floats and of doubles.
    template <std::size_t Steps>
    static constexpr std::size_t window_values =
        ((kernel - 1) * tap_distance<Steps> + Steps) * In + Steps * padded(Out) +
        (prefers_pairs<float, Steps, In, column, Out> || prefers_pairs<double, Steps, In, column, Out>
             ? max_pair_values<float>
             : 0);
    template <std::size_t Steps>
    static constexpr bool fits_window = Steps <= max_window && window_values<Steps> <= max_window_values;
    static constexpr std::size_t activations = padded(column) + 2 * padded(Out);
    /// Trace of each step of a sequence: z, for activations that need it, later dz.
    static constexpr std::size_t trace = padded(Out), scratch = padded(In);

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (OfStream<Context> || past == 0) {
            alignas(64) T values[Y::buffer_size(column)];
            const auto inputs = y.rebind(values + 0);
            for (std::size_t s = 0; s < y.samples; ++s) {
                if constexpr (past > 0 && dilation == 1 && Y::stride == 1)
                    Ring::template copy_inputs<past>(context.state.data, past, values + 0);
                else if constexpr (past > 0)
                    for (std::size_t k = 0; k + 1 < kernel; ++k) {
                        const T* const state = context.state.data + s;
                        const std::size_t offset =
                            Ring::offset_of(state, Y::stride, (kernel - 1 - k) * dilation);
                        for (std::size_t i = 0; i < In; ++i)
                            values[(k * In + i) * Y::stride + s] = state[(offset + i) * Y::stride];
                    }
                for (std::size_t i = 0; i < In; ++i)
                    values[((kernel - 1) * In + i) * Y::stride + s] = x.data[i * X::stride + s];
                if constexpr (past > 0) Ring::push(context.state.data + s, Y::stride, x.data + s, X::stride);
            }
            activated_sums(parameters, inputs, y);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        if constexpr (optimized && View::stride == 1 && !Context::keeps_trace && fits_window<Steps> &&
                      (OfStream<Context> || window_values<Steps> <= max_window_values / 4))
            if (!std::is_constant_evaluated()) return forward_window<Steps>(parameters, x, y, context);
        alignas(64) T values[View::buffer_size(column)];
        const auto inputs = y(0).rebind(values + 0);
        for (std::size_t t = 0; t < Steps; ++t) {
            for (std::size_t k = 0; k < kernel; ++k) {
                const std::size_t lag = (kernel - 1 - k) * dilation;
                if (lag <= t) copy_exactly<In>(inputs.subview(k * In), x(t - lag));
                else read_earlier(context, lag - t, inputs.subview(k * In));
            }
            write_exactly<Out>(y(t), [&](auto to) {
                if constexpr (Context::keeps_trace && keeps_z<A>) {
                    const auto z = context.trace.subview(t * trace);
                    cell_sums<column, 0, Out>(parameters, inputs.read_only(), inputs.read_only(), z);
                    activate<A, Out>(z.read_only(), to);
                } else activated_sums(parameters, inputs, to);
            });
        }
        Ring::push_window(context, Steps, x);
    }

    /// The gradient of all steps: dz of each step is written to the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const auto dz = [&](std::size_t t) { return context.trace.subview(t * trace).read_only(); };
        for (std::size_t t = 0; t < Steps; ++t) {
            const auto z = context.trace.subview(t * trace);
            alignas(64) T outputs[padded(Out)], gradients[padded(Out)];
            const auto y_t = in_whole_registers<Out>(y(t), outputs);
            const auto dy_t = in_whole_registers<Out>(dy(t), gradients);
            if constexpr (keeps_z<A>)
                map<Out>(
                    z, [](auto g, auto v, auto out) { return g * A::derivative(v, out); }, dy_t,
                    z.read_only(), y_t);
            else {
                map<Out>(z, [](auto g) { return g; }, dy_t);
                activation_gradient<A, Out>(NoView{}, y_t.read_only(), z);
            }
        }
        if constexpr (!std::is_same_v<Dx, NoView>)
            for (std::size_t t = 0; t < Steps; ++t)
                write_exactly<In>(dx(t), [&](auto to) {
                    affine_input_gradient<In, Out>(parameters + (kernel - 1) * In * Out, dz(t), to);
                    for (std::size_t k = 0; k + 1 < kernel; ++k)
                        if (const std::size_t lag = (kernel - 1 - k) * dilation; t + lag < Steps) {
                            affine_input_gradient<In, Out>(parameters + k * In * Out, dz(t + lag),
                                                           scratch_view);
                            add_exactly<In>(to, scratch_view);
                        }
                });
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            alignas(64) T values[Scratch::buffer_size(In)];
            for (std::size_t k = 0; k < kernel; ++k) {
                const std::size_t lag = (kernel - 1 - k) * dilation;
                const auto input = [&](std::size_t t) {
                    if constexpr (OfStream<Context>)
                        if (t < lag) {
                            read_earlier(context, lag - t, scratch_view.rebind(values + 0));
                            auto earlier = x(0);
                            earlier.data = values;
                            return earlier;
                        }
                    return x(t - lag);
                };
                weight_gradient_over_steps<In, Out>(OfStream<Context> ? 0 : lag, Steps, input, dz,
                                                    gradient + k * In * Out, add);
            }
            bias_gradient_over_steps<Out>(0, Steps, dz, gradient + column * Out, add);
        }
    }

private:
    /// All steps of a short sequence of one sample, at once.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_window(const T* parameters, X x, Y y, const Context& context) noexcept {
        using V = Value<T, lanes_for<T>(Out)>;
        constexpr std::size_t earlier = (kernel - 1) * tap_distance<Steps>,
                              row = registers<V>(Out) * lane_count<V>;
        alignas(64) T inputs[padded((earlier + Steps) * In)];
        if constexpr (!OfStream<Context>)
            for (std::size_t i = 0; i < earlier * In; ++i) inputs[i] = 0;
        else if constexpr (dilation > Steps)
            for (std::size_t k = 0; k + 1 < kernel; ++k)
                Ring::template copy_inputs<Steps>(context.state.data, (kernel - 1 - k) * dilation,
                                                  inputs + k * Steps * In);
        else if constexpr (past > 0) Ring::template copy_inputs<past>(context.state.data, past, inputs + 0);
        T* const window = inputs + earlier * In;
        for (std::size_t t = 0; t < Steps; ++t) copy_values<In>(x(t).data, In, window + t * In);
        if constexpr (OfStream<Context> && past > 0)
            Ring::template push_inputs<Steps>(context.state.data, window);

        alignas(64) T z[Steps * row];
        // if the rows are one after another, the inputs of an output are one column
        if constexpr (tap_distance<Steps> == 1 && prefers_pairs<T, Steps, In, column, Out>)
            causal_convolution_in_pairs<Steps, In, column, Out>(parameters, inputs + 0, z + 0);
        else if constexpr (tap_distance<Steps> == 1)
            causal_convolution<V, Steps, column, Out, 1, In>(parameters, inputs + 0, 1, z + 0);
        else
            causal_convolution<V, Steps, In, Out, kernel>(parameters, inputs + 0, tap_distance<Steps>, z + 0);
        if constexpr (Elementwise<A>) activate<A, Steps * row>(Sample<const T>{z}, Sample<T>{z});
        for (std::size_t t = 0; t < Steps; ++t) {
            T* const values = z + t * row;
            if constexpr (!Elementwise<A>) activate<A, Out>(Sample<const T>{values}, Sample<T>{values});
            copy_values<Out>(values, Out, y(t).data);
        }
    }

    /// The input `lag` steps before the sequence.
    template <class Context, class View>
    static constexpr void read_earlier(const Context& context, std::size_t lag, View to) noexcept {
        for (std::size_t i = 0; i < In; ++i)
            for (std::size_t s = 0; s < to.samples; ++s)
                to.data[i * View::stride + s] =
                    Ring::template before_window<typename View::Scalar>(context, lag, i, s);
    }
    template <class T, class View, class Y>
    static constexpr void activated_sums(const T* parameters, View inputs, Y y) noexcept {
        affine<column, Out, true>(parameters, inputs.read_only(), y, [](auto v) { return v; });
        activate<A, Out>(y.read_only(), y);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
