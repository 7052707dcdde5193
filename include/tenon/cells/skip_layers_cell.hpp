// The residual layers of a WaveNet as a cell.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/layer_rings.hpp>
#include <tenon/cells/skip_layers.hpp>
#include <tenon/cells/skip_layers_gradient.hpp>
#include <tenon/cells/skip_layers_window.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// SkipLayers L in a WaveNet of Inputs inputs. Input: x, In values; behind the first SkipLayers also the head
/// of those before, s, Before values, and the input c of the WaveNet. Output: the head; if it is not the
/// last, x, the head, and c. In the first, s = 0:
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
    static constexpr std::size_t in = In, before = Before, given = Inputs;
    static constexpr std::size_t channels = L::channels, kernel = L::kernel, layers = L::layers,
                                 skip = L::skip, head = L::head, conv_out = Table::conv_out,
                                 pointwise_out = Table::pointwise_out, condition = Table::condition;
    using InputShape = Shape<is_first ? In : In + Before + Inputs>;
    using OutputShape = Shape<IsLast ? head : channels + head + Inputs>;
    static constexpr std::size_t parameter_count = Table::parameter_count,
                                 multiply_adds = Table::multiply_adds;
    static constexpr auto tensors = Table::tensors;

    /// State of a stream: the inputs of each layer in the last steps.
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
    /// Trace of each step of a sequence: x and z of each layer, u of each, later du, and s; then the
    /// gradients of x and s side by side, of the head, and of c.
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

    /// The gradient of all steps.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const SkipLayersGradient<SkipLayersCell, Steps, T, X, Context, Scratch, Gradient> back{
            parameters, x, context, scratch_view, gradient, add};
        back.through_head(dy);
        for (std::size_t l = layers; l-- > 0;) back.template through_layer<!std::is_same_v<Dx, NoView>>(l);
        back.through_rechannel(dx);
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
