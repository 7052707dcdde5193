// The gradient of a SkipLayersCell over a sequence.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/gated.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// backward_steps of Cell, a SkipLayersCell, whose comment has the equations, from the head back to the
/// inputs. The gradients of x, s and c are in the trace; du of each layer replaces its u there.
template <class Cell, std::size_t Steps, class T, class X, class Context, class Scratch, class Gradient>
struct SkipLayersGradient {
    const T* parameters;
    X x;
    const Context& context;
    Scratch partial; // a row for one product, and one for da
    Gradient gradient;
    bool add;

    using L = typename Cell::Layers;
    using Table = typename Cell::Table;
    using A = typename Cell::A;
    static constexpr bool wants_gradient = !std::is_same_v<Gradient, NoView>;
    static constexpr std::size_t channels = L::channels, kernel = L::kernel, skip = L::skip, head = L::head,
                                 inputs = Cell::given, conv_out = Table::conv_out,
                                 pointwise_out = Table::pointwise_out;

    /// ds = H^T dhead.
    template <class Dy> constexpr void through_head(Dy dy) const noexcept {
        const auto dhead = steps_of(Cell::trace_dhead), dc = steps_of(Cell::trace_dc);
        for (std::size_t t = 0; t < Steps; ++t) {
            copy_exactly<head>(dhead(t), dy(t).subview(Cell::is_last ? 0 : channels));
            affine_input_gradient<skip, head>(parameters + Table::head_offset, dhead(t).read_only(),
                                              dxs(t).subview(channels));
            if constexpr (Cell::is_last) fill_exactly_with_zero<channels>(dxs(t));
            else copy_exactly<channels>(dxs(t), dy(t));
            if constexpr (Cell::is_last) fill_exactly_with_zero<inputs>(dc(t));
            else copy_exactly<inputs>(dc(t), dy(t).subview(channels + head));
        }
        if constexpr (wants_gradient) {
            const auto of_head = gradient + Table::head_offset;
            weight_gradient_over_steps<skip, head>(0, Steps, values_of(Cell::trace_s),
                                                   values_of(Cell::trace_dhead), of_head, add);
            bias_gradient_over_steps<head>(0, Steps, values_of(Cell::trace_dhead), of_head + skip * head,
                                           add);
        }
    }

    /// Layer l: du of all steps, its parameters, and what it adds to dx and, if WantsDx, to dc.
    template <bool WantsDx> constexpr void through_layer(std::size_t l) const noexcept {
        const std::size_t first = Table::layers_offset + l * Table::layer_size;
        for (std::size_t t = 0; t < Steps; ++t) {
            affine_input_gradient<channels, pointwise_out>(parameters + first + Table::pointwise_offset,
                                                           dxs(t).read_only(), partial);
            if constexpr (!L::has_skip_conv) add_exactly<channels>(partial, dxs(t).subview(channels));
            through_activation(steps_of(Cell::trace_u + l * Cell::conv_row)(t), z_of(l)(t));
        }
        if constexpr (wants_gradient) parameters_of_layer(l, gradient + first);
        const auto du = du_of(l);
        const auto dc = steps_of(Cell::trace_dc);
        for (std::size_t t = 0; t < Steps; ++t) {
            for (std::size_t k = 0; k < kernel; ++k)
                if (const std::size_t lag = lag_of(l, k); t + lag < Steps) {
                    affine_input_gradient<channels, conv_out>(parameters + first + k * channels * conv_out,
                                                              du(t + lag), partial);
                    add_exactly<channels>(dxs(t), partial);
                }
            if constexpr (WantsDx && Cell::condition > 0) {
                affine_input_gradient<inputs, conv_out>(parameters + first + kernel * channels * conv_out,
                                                        du(t), partial);
                add_exactly<inputs>(dc(t), partial);
            }
        }
    }

    /// The rechannel convolution: its weights, and dx.
    template <class Dx> constexpr void through_rechannel(Dx dx) const noexcept {
        if constexpr (wants_gradient)
            weight_gradient_over_steps<Cell::in, channels>(0, Steps, x, values_of(Cell::trace_dxs), gradient,
                                                           add);
        if constexpr (!std::is_same_v<Dx, NoView>)
            for (std::size_t t = 0; t < Steps; ++t) {
                const auto dc = steps_of(Cell::trace_dc)(t);
                affine_input_gradient<Cell::in, channels>(parameters, dxs(t).read_only(), partial);
                if constexpr (Cell::is_first) add_exactly<inputs>(partial, dc);
                copy_exactly<Cell::in>(dx(t), partial);
                if constexpr (!Cell::is_first) {
                    copy_exactly<Cell::before>(dx(t).subview(Cell::in), dxs(t).subview(channels));
                    copy_exactly<inputs>(dx(t).subview(Cell::in + Cell::before), dc);
                }
            }
    }

private:
    /// Views of the values at `offset` in the trace of each step.
    constexpr auto steps_of(std::size_t offset) const noexcept {
        return [trace = context.trace, offset](std::size_t t) {
            return trace.subview(t * Cell::trace + offset);
        };
    }
    constexpr auto values_of(std::size_t offset) const noexcept {
        return [views = steps_of(offset)](std::size_t t) { return views(t).read_only(); };
    }
    constexpr auto dxs(std::size_t t) const noexcept { return steps_of(Cell::trace_dxs)(t); }
    constexpr auto du_of(std::size_t l) const noexcept {
        return values_of(Cell::trace_u + l * Cell::conv_row);
    }
    constexpr auto z_of(std::size_t l) const noexcept { return values_of(Cell::trace_z + l * Cell::row); }
    static constexpr std::size_t lag_of(std::size_t l, std::size_t k) noexcept {
        return (kernel - 1 - k) * L::dilations[l];
    }

    /// du, which replaces u, from dz in `partial`.
    template <class U, class Z> constexpr void through_activation(U u, Z z) const noexcept {
        if constexpr (L::has_gate) {
            const auto da = partial.subview(Cell::scratch_row);
            gate_gradient<A, channels>(u, u.subview(channels), partial, da, u.subview(channels));
            copy_exactly<channels>(u, da);
        } else if constexpr (keeps_z<A>)
            map<channels>(
                u, [](auto g, auto v, auto out) { return g * A::derivative(v, out); }, partial, u, z);
        else map<channels>(u, [](auto g, auto out) { return g * A::derivative(out, out); }, partial, z);
    }

    constexpr void parameters_of_layer(std::size_t l, Gradient to) const noexcept {
        const auto du = du_of(l), layer_x = values_of(l * Cell::row);
        alignas(64) T values[Scratch::buffer_size(channels)];
        for (std::size_t k = 0; k < kernel; ++k) {
            const std::size_t lag = lag_of(l, k);
            const auto input = [&](std::size_t t) {
                if constexpr (OfStream<Context>)
                    if (t < lag) {
                        const auto earlier = partial.rebind(values + 0);
                        Cell::Rings::read_before_window(context, l, lag - t, earlier);
                        return earlier.read_only();
                    }
                return layer_x(t - lag);
            };
            weight_gradient_over_steps<channels, conv_out>(OfStream<Context> ? 0 : lag, Steps, input, du,
                                                           to + k * channels * conv_out, add);
        }
        if constexpr (Cell::condition > 0)
            weight_gradient_over_steps<inputs, conv_out>(
                0, Steps,
                [&](std::size_t t) { return x(t).subview(Cell::is_first ? 0 : Cell::in + Cell::before); }, du,
                to + kernel * channels * conv_out, add);
        bias_gradient_over_steps<conv_out>(0, Steps, du, to + Table::conv_in * conv_out, add);
        const auto of_pointwise = to + Table::pointwise_offset;
        weight_gradient_over_steps<channels, pointwise_out>(0, Steps, z_of(l), values_of(Cell::trace_dxs),
                                                            of_pointwise, add);
        bias_gradient_over_steps<pointwise_out>(0, Steps, values_of(Cell::trace_dxs),
                                                of_pointwise + channels * pointwise_out, add);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
