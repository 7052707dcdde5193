// The residual layers of a WaveNet as a cell.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/layer_rings.hpp>
#include <tenon/cells/skip_layers.hpp>
#include <tenon/cells/skip_layers_window.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// SkipLayers L in a WaveNet of Inputs inputs. Takes In values x; behind the first layers of a WaveNet also
/// the sum of the layers before, of Before values, and the inputs c. Gives its head; if it is not the last,
/// the values of its last layer, the head, and c. With s = the sum before, or 0:
///
///     x = rechannel x, and for each layer l, of dilation D:
///     u_t = b + the sum over k of W_k x_(t - (K - 1 - k) D) + V c_t
///     z = A(u), or A(first half of u) sigmoid(second half)
///     s = s + z, or s + S z + e,  x = x + R z + d
///     head = H s + g
template <std::size_t Inputs, std::size_t In, std::size_t Before, class L, bool IsLast>
struct SkipLayersCell : CellDefaults {
    using Layers = L;
    using Table = SkipLayersTable<In, Inputs, L>;
    using A = typename L::A;
    static constexpr bool is_first = Before == 0, is_last = IsLast;
    static constexpr std::size_t in = In, given = Inputs;
    static constexpr std::size_t channels = L::channels, kernel = L::kernel, layers = L::layers,
                                 skip = L::skip, head = L::head, conv_out = Table::conv_out,
                                 pointwise_out = Table::pointwise_out, condition = Table::condition;
    using InputShape = Shape<is_first ? In : In + Before + Inputs>;
    using OutputShape = Shape<IsLast ? head : channels + head + Inputs>;
    static constexpr std::size_t parameter_count = Table::parameter_count,
                                 multiply_adds = Table::multiply_adds;
    static constexpr auto tensors = Table::tensors;

    /// Of a stream: the inputs of each layer in the last steps.
    using Rings = LayerRings<L>;
    /// The values that run_skip_layers takes on the stack, and whether `Steps` steps of one stream are
    /// computed at once.
    template <std::size_t Steps>
    static constexpr std::size_t window_values =
        Steps * (InputShape::size + (kernel + 2) * channels + skip + padded(conv_out) + padded(channels) +
                 padded(pointwise_out) + padded(head));
    template <std::size_t Steps>
    static constexpr bool fits_window = Steps <= max_window && window_values<Steps> <= max_window_values;
    static constexpr std::size_t state_count = Rings::count, state_size = Rings::size;

    /// Working memory of a step: the inputs of the cell, the column of a convolution, x, z, u, s, and the
    /// outputs of the pointwise convolutions, or the head.
    static constexpr std::size_t row = padded(channels), conv_row = padded(conv_out), skip_row = padded(skip),
                                 pointwise_row = padded(channels + skip) + padded(1),
                                 column_offset = padded(InputShape::size),
                                 x_offset = column_offset + padded(Table::conv_in), z_offset = x_offset + row,
                                 u_offset = z_offset + row, s_offset = u_offset + conv_row,
                                 pointwise_offset = s_offset + skip_row,
                                 activations = pointwise_offset +
                                               (pointwise_row > padded(head) ? pointwise_row : padded(head));
    /// Of each step of a sequence: x and z of each layer, u of each, later du, and s; then the gradients of x
    /// and s side by side, of the head, and of c.
    static constexpr std::size_t trace_z = layers * row, trace_u = 2 * layers * row,
                                 trace_s = trace_u + layers * conv_row, trace_dxs = trace_s + skip_row,
                                 trace_dhead = trace_dxs + pointwise_row,
                                 trace_dc = trace_dhead + padded(head), trace = trace_dc + padded(Inputs);
    static constexpr std::size_t scratch_row = padded(In > Inputs ? In : Inputs) + row,
                                 scratch = 2 * scratch_row;

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (state_size == 0) step(parameters, x, y, NoView{}, [](std::size_t, auto, auto) {});
        else if constexpr (OfStream<Context>)
            step(parameters, x, y, NoView{}, [&](std::size_t l, auto column, auto layer_x) {
                Rings::exchange(l, context.state, column, layer_x);
            });
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        if constexpr (Context::keeps_trace) {
            for (std::size_t t = 0; t < Steps; ++t)
                step(parameters, x(t), y(t), context.trace.subview(t * trace),
                     [&](std::size_t l, auto column, auto) {
                         for (std::size_t k = 0; k + 1 < kernel; ++k) {
                             const std::size_t lag = (kernel - 1 - k) * L::dilations[l];
                             const auto to = column.subview(k * channels);
                             if (lag <= t)
                                 copy_exactly<channels>(to,
                                                        context.trace.subview((t - lag) * trace + l * row));
                             else Rings::read_before_window(context, l, lag - t, to);
                         }
                     });
            Rings::push_window(context, Steps, [&](std::size_t l, std::size_t t) {
                return context.trace.subview(t * trace + l * row);
            });
        } else {
            if constexpr (optimized && OfStream<Context> && View::stride == 1 && fits_window<Steps>)
                if (!std::is_constant_evaluated())
                    return run_skip_layers<SkipLayersCell, Steps>(parameters, x, y, context.state.data);
            alignas(64) T values[OfStream<Context> ? 1 : View::buffer_size(state_size + 1)] = {};
            const auto state = [&] {
                if constexpr (OfStream<Context>) return context.state;
                else return y(0).rebind(values + 0);
            }();
            for (std::size_t t = 0; t < Steps; ++t)
                step(parameters, x(t), y(t), NoView{}, [&](std::size_t l, auto column, auto layer_x) {
                    Rings::exchange(l, state, column, layer_x);
                });
        }
    }

    /// The gradient of all steps: du of each layer and step replaces u in the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y, const Context& context, Dy dy, Dx dx,
                                         Scratch partial, Gradient gradient, bool add) noexcept {
        constexpr bool wants_dx = !std::is_same_v<Dx, NoView>,
                       wants_gradient = !std::is_same_v<Gradient, NoView>;
        const auto views = [trace_view = context.trace](std::size_t offset) { // views of each step
            return [=](std::size_t t) { return trace_view.subview(t * trace + offset); };
        };
        const auto read_only = [trace_view = context.trace](std::size_t offset) {
            return [=](std::size_t t) { return trace_view.subview(t * trace + offset).read_only(); };
        };
        const auto c = [&](std::size_t t) { return x(t).subview(is_first ? 0 : In + Before); };
        const auto dxs = views(trace_dxs), dhead = views(trace_dhead), dc = views(trace_dc);

        for (std::size_t t = 0; t < Steps; ++t) { // ds = H^T dhead
            copy_exactly<head>(dhead(t), dy(t).subview(IsLast ? 0 : channels));
            affine_input_gradient<skip, head>(parameters + Table::head_offset, dhead(t).read_only(),
                                              dxs(t).subview(channels));
            if constexpr (IsLast) fill_exactly_with_zero<channels>(dxs(t));
            else copy_exactly<channels>(dxs(t), dy(t));
            if constexpr (IsLast) fill_exactly_with_zero<Inputs>(dc(t));
            else copy_exactly<Inputs>(dc(t), dy(t).subview(channels + head));
        }
        if constexpr (wants_gradient) {
            weight_gradient_over_steps<skip, head>(0, Steps, read_only(trace_s), read_only(trace_dhead),
                                                   gradient + Table::head_offset, add);
            bias_gradient_over_steps<head>(0, Steps, read_only(trace_dhead),
                                           gradient + Table::head_offset + skip * head, add);
        }
        for (std::size_t l = layers; l-- > 0;) {
            const std::size_t first = Table::layers_offset + l * Table::layer_size;
            const auto du = read_only(trace_u + l * conv_row), z = read_only(trace_z + l * row),
                       layer_x = read_only(l * row);
            for (std::size_t t = 0; t < Steps; ++t) {
                affine_input_gradient<channels, pointwise_out>(parameters + first + Table::pointwise_offset,
                                                               dxs(t).read_only(), partial);
                if constexpr (!L::has_skip_conv) add_exactly<channels>(partial, dxs(t).subview(channels));
                const auto u = views(trace_u + l * conv_row)(t), da = partial.subview(scratch_row);
                if constexpr (L::has_gate) {
                    gate_gradient<A, channels>(u, u.subview(channels), partial, da, u.subview(channels));
                    copy_exactly<channels>(u, da);
                } else if constexpr (keeps_z<A>)
                    map<channels>(
                        u, [](auto g, auto v, auto out) { return g * A::derivative(v, out); }, partial, u,
                        z(t));
                else
                    map<channels>(
                        u, [](auto g, auto out) { return g * A::derivative(out, out); }, partial, z(t));
            }
            if constexpr (wants_gradient) {
                const auto to = gradient + first;
                alignas(64) T values[Scratch::buffer_size(channels)];
                for (std::size_t k = 0; k < kernel; ++k) {
                    const std::size_t lag = (kernel - 1 - k) * L::dilations[l];
                    const auto input = [&](std::size_t t) {
                        if constexpr (OfStream<Context>)
                            if (t < lag) {
                                const auto earlier = partial.rebind(values + 0);
                                Rings::read_before_window(context, l, lag - t, earlier);
                                return earlier.read_only();
                            }
                        return layer_x(t - lag);
                    };
                    weight_gradient_over_steps<channels, conv_out>(OfStream<Context> ? 0 : lag, Steps, input,
                                                                   du, to + k * channels * conv_out, add);
                }
                if constexpr (condition > 0)
                    weight_gradient_over_steps<Inputs, conv_out>(0, Steps, c, du,
                                                                 to + kernel * channels * conv_out, add);
                bias_gradient_over_steps<conv_out>(0, Steps, du, to + Table::conv_in * conv_out, add);
                weight_gradient_over_steps<channels, pointwise_out>(0, Steps, z, read_only(trace_dxs),
                                                                    to + Table::pointwise_offset, add);
                bias_gradient_over_steps<pointwise_out>(
                    0, Steps, read_only(trace_dxs), to + Table::pointwise_offset + channels * pointwise_out,
                    add);
            }
            for (std::size_t t = 0; t < Steps; ++t) {
                for (std::size_t k = 0; k < kernel; ++k)
                    if (const std::size_t lag = (kernel - 1 - k) * L::dilations[l]; t + lag < Steps) {
                        affine_input_gradient<channels, conv_out>(
                            parameters + first + k * channels * conv_out, du(t + lag), partial);
                        add_exactly<channels>(dxs(t), partial);
                    }
                if constexpr (wants_dx && condition > 0) {
                    affine_input_gradient<Inputs, conv_out>(parameters + first + kernel * channels * conv_out,
                                                            du(t), partial);
                    add_exactly<Inputs>(dc(t), partial);
                }
            }
        }
        if constexpr (wants_gradient)
            weight_gradient_over_steps<In, channels>(0, Steps, x, read_only(trace_dxs), gradient, add);
        if constexpr (wants_dx)
            for (std::size_t t = 0; t < Steps; ++t) {
                affine_input_gradient<In, channels>(parameters, dxs(t).read_only(), partial);
                if constexpr (is_first) add_exactly<Inputs>(partial, dc(t));
                copy_exactly<In>(dx(t), partial);
                if constexpr (!is_first) {
                    copy_exactly<Before>(dx(t).subview(In), dxs(t).subview(channels));
                    copy_exactly<Inputs>(dx(t).subview(In + Before), dc(t));
                }
            }
    }

private:
    /// One step. `step_trace` is the trace of the step, or NoView. past_of(l, column, x) writes the earlier
    /// inputs of layer l to the column of its convolution.
    template <class T, class X, class Y, class Trace, class Past>
    static constexpr void step(const T* parameters, X input, Y y, Trace step_trace, Past past_of) noexcept {
        constexpr bool keeps = !std::is_same_v<Trace, NoView>;
        alignas(64) T values[Y::buffer_size(activations)];
        const auto workspace = y.rebind(values + 0);
        const auto column = workspace.subview(column_offset), pointwise = workspace.subview(pointwise_offset);
        const auto inputs = workspace.subview(is_first ? 0 : In + Before);
        const auto x_of = [&](std::size_t l) {
            if constexpr (keeps) return step_trace.subview(l * row);
            else return workspace.subview(x_offset);
        };
        const auto s = [&] {
            if constexpr (keeps) return step_trace.subview(trace_s);
            else return workspace.subview(s_offset);
        }();
        copy_exactly<InputShape::size>(workspace, input);
        if constexpr (condition > 0) copy_exactly<Inputs>(column.subview(kernel * channels), inputs);
        affine<In, channels, false>(parameters, workspace.read_only(), x_of(0), [](auto v) { return v; });
        if constexpr (is_first) fill_exactly_with_zero<skip>(s);
        else copy_exactly<skip>(s, workspace.subview(In));
        for (std::size_t l = 0; l < layers; ++l) {
            const T* const layer_parameters = parameters + Table::layers_offset + l * Table::layer_size;
            const auto layer_x = x_of(l);
            past_of(l, column, layer_x);
            copy_exactly<channels>(column.subview((kernel - 1) * channels), layer_x);
            const auto [u, z] = [&] {
                if constexpr (keeps)
                    return std::pair(step_trace.subview(trace_u + l * conv_row),
                                     step_trace.subview(trace_z + l * row));
                else return std::pair(workspace.subview(u_offset), workspace.subview(z_offset));
            }();
            affine<Table::conv_in, conv_out, true>(layer_parameters, column.read_only(), u,
                                                   [](auto v) { return v; });
            if constexpr (L::has_gate) gate<A, channels>(z, u, u.subview(channels));
            else activate<A, channels>(u, z);
            affine<channels, pointwise_out, true>(layer_parameters + Table::pointwise_offset, z.read_only(),
                                                  pointwise, [](auto v) { return v; });
            if constexpr (L::has_skip_conv) add_exactly<skip>(s, pointwise.subview(channels));
            else add_exactly<skip>(s, z);
            if (!IsLast || l + 1 < layers) {
                const auto next = keeps && l + 1 == layers ? pointwise : x_of(l + 1);
                map<channels>(next, [](auto a, auto b) { return a + b; }, layer_x, pointwise);
            }
        }
        if constexpr (!IsLast) {
            copy_exactly<channels>(y, keeps ? pointwise : x_of(layers));
            copy_exactly<Inputs>(y.subview(channels + head), inputs);
        }
        affine<skip, head, true>(parameters + Table::head_offset, s.read_only(), pointwise,
                                 [](auto v) { return v; });
        copy_exactly<head>(y.subview(IsLast ? 0 : channels), pointwise);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
