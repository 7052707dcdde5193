// The residual layers of a WaveNet as a cell.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/layer_rings.hpp>
#include <tenon/cells/skip_layers.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/shape.hpp>

#include <array>
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
    using Table = SkipLayersTable<In, Inputs, L>;
    using A = typename L::A;
    static constexpr bool is_first = Before == 0;
    static constexpr std::size_t channels = L::channels, kernel = L::kernel, layers = L::layers,
                                 skip = L::skip, head = L::head, sums = Table::sums, added = Table::added,
                                 condition = Table::condition;
    using InputShape = Shape<is_first ? In : In + Before + Inputs>;
    using OutputShape = Shape<IsLast ? head : channels + head + Inputs>;
    static constexpr std::size_t parameter_count = Table::count, multiply_adds = Table::multiply_adds;
    static constexpr auto tensors = Table::tensors;

    /// Of a stream: the inputs of each layer in the last steps.
    using Rings = LayerRings<L>;
    static constexpr std::size_t state_count = Rings::count, state_size = Rings::size;

    /// Working memory of a step: the inputs of the cell, the column of a convolution, x, z, u, s, and what a
    /// layer adds to x and s, or the head.
    static constexpr std::size_t row = padded(channels), sums_row = padded(sums), skip_row = padded(skip),
                                 added_row = padded(channels + skip) + padded(1),
                                 columns = padded(InputShape::size), xs = columns + padded(Table::column),
                                 zs = xs + row, us = zs + row, ss = us + sums_row, adds = ss + skip_row,
                                 activations = adds + (added_row > padded(head) ? added_row : padded(head));
    /// Of each step of a sequence: x and z of each layer, u of each, later du, and s; then the gradients of x
    /// and s side by side, of the head, and of c.
    static constexpr std::size_t kept_z = layers * row, kept_u = 2 * layers * row,
                                 kept_s = kept_u + layers * sums_row, kept_added = kept_s + skip_row,
                                 kept_head = kept_added + added_row, kept_inputs = kept_head + padded(head),
                                 trace = kept_inputs + padded(Inputs);
    static constexpr std::size_t scratch_row = padded(In > Inputs ? In : Inputs) + row,
                                 scratch = 2 * scratch_row;

    /// One step. context.state is the memory of the stream.
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
            alignas(64) T memory[OfStream<Context> ? 1 : View::buffer_size(state_size + 1)] = {};
            const auto state = [&] {
                if constexpr (OfStream<Context>) return context.state;
                else return y(0).rebind(memory + 0);
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
                                         Scratch part, Gradient gradient, bool add) noexcept {
        constexpr bool wants_dx = !std::is_same_v<Dx, NoView>,
                       wants_gradient = !std::is_same_v<Gradient, NoView>;
        const auto of_step = [kept = context.trace](std::size_t place) { // views of each step
            return [=](std::size_t t) { return kept.subview(t * trace + place); };
        };
        const auto read = [kept = context.trace](std::size_t place) {
            return [=](std::size_t t) { return kept.subview(t * trace + place).read_only(); };
        };
        const auto of_inputs = [&](std::size_t t) { return x(t).subview(is_first ? 0 : In + Before); };
        const auto of_added = of_step(kept_added), of_head = of_step(kept_head),
                   to_inputs = of_step(kept_inputs);

        for (std::size_t t = 0; t < Steps; ++t) { // of s = H^T of the head
            copy_exactly<head>(of_head(t), dy(t).subview(IsLast ? 0 : channels));
            affine_input_gradient<skip, head>(parameters + Table::head, of_head(t).read_only(),
                                              of_added(t).subview(channels));
            if constexpr (IsLast) fill_exactly_with_zero<channels>(of_added(t));
            else copy_exactly<channels>(of_added(t), dy(t));
            if constexpr (IsLast) fill_exactly_with_zero<Inputs>(to_inputs(t));
            else copy_exactly<Inputs>(to_inputs(t), dy(t).subview(channels + head));
        }
        if constexpr (wants_gradient) {
            weight_gradient_over_steps<skip, head>(0, Steps, read(kept_s), read(kept_head),
                                                   gradient + Table::head, add);
            bias_gradient_over_steps<head>(0, Steps, read(kept_head), gradient + Table::head + skip * head,
                                           add);
        }
        for (std::size_t l = layers; l-- > 0;) {
            const std::size_t first = Table::first + l * Table::of_layer;
            const auto du = read(kept_u + l * sums_row), z = read(kept_z + l * row), layer_x = read(l * row);
            for (std::size_t t = 0; t < Steps; ++t) {
                affine_input_gradient<channels, added>(parameters + first + Table::of_step,
                                                       of_added(t).read_only(), part);
                if constexpr (!L::has_skip_conv) add_exactly<channels>(part, of_added(t).subview(channels));
                const auto u = of_step(kept_u + l * sums_row)(t), of_a = part.subview(scratch_row);
                if constexpr (L::has_gate) {
                    gate_gradient<A, channels>(u, u.subview(channels), part, of_a, u.subview(channels));
                    copy_exactly<channels>(u, of_a);
                } else if constexpr (keeps_z<A>)
                    map<channels>(
                        u, [](auto g, auto v, auto out) { return g * A::derivative(v, out); }, part, u, z(t));
                else
                    map<channels>(
                        u, [](auto g, auto out) { return g * A::derivative(out, out); }, part, z(t));
            }
            if constexpr (wants_gradient) {
                const auto to = gradient + first;
                alignas(64) T values[Scratch::buffer_size(channels)];
                for (std::size_t k = 0; k < kernel; ++k) {
                    const std::size_t lag = (kernel - 1 - k) * L::dilations[l];
                    const auto input = [&](std::size_t t) {
                        if constexpr (OfStream<Context>)
                            if (t < lag) {
                                const auto earlier = part.rebind(values + 0);
                                Rings::read_before_window(context, l, lag - t, earlier);
                                return earlier.read_only();
                            }
                        return layer_x(t - lag);
                    };
                    weight_gradient_over_steps<channels, sums>(OfStream<Context> ? 0 : lag, Steps, input, du,
                                                               to + k * channels * sums, add);
                }
                if constexpr (condition > 0)
                    weight_gradient_over_steps<Inputs, sums>(0, Steps, of_inputs, du,
                                                             to + kernel * channels * sums, add);
                bias_gradient_over_steps<sums>(0, Steps, du, to + Table::column * sums, add);
                weight_gradient_over_steps<channels, added>(0, Steps, z, read(kept_added),
                                                            to + Table::of_step, add);
                bias_gradient_over_steps<added>(0, Steps, read(kept_added),
                                                to + Table::of_step + channels * added, add);
            }
            for (std::size_t t = 0; t < Steps; ++t) {
                for (std::size_t k = 0; k < kernel; ++k)
                    if (const std::size_t lag = (kernel - 1 - k) * L::dilations[l]; t + lag < Steps) {
                        affine_input_gradient<channels, sums>(parameters + first + k * channels * sums,
                                                              du(t + lag), part);
                        add_exactly<channels>(of_added(t), part);
                    }
                if constexpr (wants_dx && condition > 0) {
                    affine_input_gradient<Inputs, sums>(parameters + first + kernel * channels * sums, du(t),
                                                        part);
                    add_exactly<Inputs>(to_inputs(t), part);
                }
            }
        }
        if constexpr (wants_gradient)
            weight_gradient_over_steps<In, channels>(0, Steps, x, read(kept_added), gradient, add);
        if constexpr (wants_dx)
            for (std::size_t t = 0; t < Steps; ++t) {
                affine_input_gradient<In, channels>(parameters, of_added(t).read_only(), part);
                if constexpr (is_first) add_exactly<Inputs>(part, to_inputs(t));
                copy_exactly<In>(dx(t), part);
                if constexpr (!is_first) {
                    copy_exactly<Before>(dx(t).subview(In), of_added(t).subview(channels));
                    copy_exactly<Inputs>(dx(t).subview(In + Before), to_inputs(t));
                }
            }
    }

private:
    /// One step. `kept` is the trace of the step, or NoView. past_of(l, column, x) writes the earlier inputs
    /// of layer l to the column of its convolution.
    template <class T, class X, class Y, class Kept, class Past>
    static constexpr void step(const T* parameters, X input, Y y, Kept kept, Past past_of) noexcept {
        constexpr bool keeps = !std::is_same_v<Kept, NoView>;
        alignas(64) T values[Y::buffer_size(activations)];
        const auto memory = y.rebind(values + 0);
        const auto column = memory.subview(columns), to_x = memory.subview(adds);
        const auto inputs = memory.subview(is_first ? 0 : In + Before);
        const auto x_of = [&](std::size_t l) {
            if constexpr (keeps) return kept.subview(l * row);
            else return memory.subview(xs);
        };
        const auto s = [&] {
            if constexpr (keeps) return kept.subview(kept_s);
            else return memory.subview(ss);
        }();
        copy_exactly<InputShape::size>(memory, input);
        if constexpr (condition > 0) copy_exactly<Inputs>(column.subview(kernel * channels), inputs);
        affine<In, channels, false>(parameters, memory.read_only(), x_of(0), [](auto v) { return v; });
        if constexpr (is_first) fill_exactly_with_zero<skip>(s);
        else copy_exactly<skip>(s, memory.subview(In));
        for (std::size_t l = 0; l < layers; ++l) {
            const T* const of_layer = parameters + Table::first + l * Table::of_layer;
            const auto layer_x = x_of(l);
            past_of(l, column, layer_x);
            copy_exactly<channels>(column.subview((kernel - 1) * channels), layer_x);
            const auto [u, z] = [&] {
                if constexpr (keeps)
                    return std::pair(kept.subview(kept_u + l * sums_row), kept.subview(kept_z + l * row));
                else return std::pair(memory.subview(us), memory.subview(zs));
            }();
            affine<Table::column, sums, true>(of_layer, column.read_only(), u, [](auto v) { return v; });
            if constexpr (L::has_gate) gate<A, channels>(z, u, u.subview(channels));
            else activate<A, channels>(u, z);
            affine<channels, added, true>(of_layer + Table::of_step, z.read_only(), to_x,
                                          [](auto v) { return v; });
            if constexpr (L::has_skip_conv) add_exactly<skip>(s, to_x.subview(channels));
            else add_exactly<skip>(s, z);
            if (!IsLast || l + 1 < layers) {
                const auto next = keeps && l + 1 == layers ? to_x : x_of(l + 1);
                map<channels>(next, [](auto a, auto b) { return a + b; }, layer_x, to_x);
            }
        }
        if constexpr (!IsLast) {
            copy_exactly<channels>(y, keeps ? to_x : x_of(layers));
            copy_exactly<Inputs>(y.subview(channels + head), inputs);
        }
        affine<skip, head, true>(parameters + Table::head, s.read_only(), to_x, [](auto v) { return v; });
        copy_exactly<head>(y.subview(IsLast ? 0 : channels), to_x);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
