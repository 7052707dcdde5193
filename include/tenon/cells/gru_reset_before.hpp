// The GRU whose reset gate is applied to h before the product with U.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/gru_steps.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/cell_sums.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/math/gates.hpp>
#include <tenon/math/math.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// n = tanh(W_n x + b_n + U_n (r h)). Parameters: W_r [In][Hidden], U_r [Hidden][Hidden] and b_r, then those
/// of z and of n: the gates do not multiply the same vectors, so each has matrices of its own.
template <std::size_t In, std::size_t Hidden>
struct GruResetBefore : GruSteps<GruResetBefore<In, Hidden>, In, Hidden> {
    static constexpr std::size_t gate_size = (In + Hidden + 1) * Hidden; // parameters of a gate
    static constexpr std::size_t parameter_count = 3 * gate_size;
    static constexpr std::size_t multiply_adds = 3 * ((In + Hidden) * Hidden + Hidden);
    static constexpr auto tensors = [] {
        const auto matrix = [](std::string_view name, std::size_t first, std::size_t inputs) {
            return Tensor{name, first, 2, {3 * Hidden, inputs}, {1, Hidden}, inputs, Hidden, 0, 3, gate_size};
        };
        return std::array{
            matrix("weight_ih_l0", 0, In), matrix("weight_hh_l0", In * Hidden, Hidden),
            Tensor{"bias_ih_l0", (In + Hidden) * Hidden, 1, {3 * Hidden}, {1}, 0, 0, 0, 3, gate_size}};
    }();
    static constexpr std::size_t row = padded(Hidden), activations = 4 * row;
    /// Trace of each step of a sequence: r, z, n, later dz of each, and r h.
    static constexpr std::size_t trace = 4 * row;
    /// The gradient with respect to h, and what a gate adds to it or to that of x.
    static constexpr std::size_t scratch = row + (row > padded(In) ? row : padded(In));
    /// Rows of it that add up to the gradient with respect to the initial h, for TrainedState.
    static constexpr std::size_t h_gradients = 1;

    /// The gradient of all steps: the dz of each step replace the gates in the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch dh, Gradient gradient, bool add) noexcept {
        const auto addend = dh.subview(row);
        const auto dz = [&](std::size_t gate) { // of each step
            return [=, trace_view = context.trace](std::size_t t) {
                return trace_view.subview(t * trace + gate * row).read_only();
            };
        };
        alignas(64) T zero[Scratch::buffer_size(Hidden)] = {};
        const auto initial_h = initial_state<0>(context, dh.rebind(static_cast<const T*>(zero)));
        fill_zero<Hidden>(dh);
        for (std::size_t t = Steps; t-- > 0;) {
            const auto r = context.trace.subview(t * trace), z = r.subview(row), n = r.subview(2 * row);
            const auto h = t > 0 ? y(t - 1) : initial_h;
            for_each_unit<Hidden, 1>(r, [&]<class V>(std::type_identity<V>, auto, std::size_t unit,
                                                     auto count) {
                const V z_t = load<V>(z.data + unit), n_t = load<V>(n.data + unit), one(T(1));
                const V dh_t = load_units<V>(dy(t).data + unit, count) + load<V>(dh.data + unit);
                store_units(dh.data + unit, V(dh_t * z_t), count);
                store_units(z.data + unit,
                            V(dh_t * (load_units<V>(h.data + unit, count) - n_t) * z_t * (one - z_t)), count);
                store_units(n.data + unit, V(dh_t * (one - z_t) * (one - n_t * n_t)), count);
            });
            affine_input_gradient<Hidden, Hidden>(recurrent_weights(parameters, 2), dz(2)(t), addend);
            for_each_unit<Hidden, 1>(
                r, [&]<class V>(std::type_identity<V>, auto, std::size_t unit, auto count) {
                    const V r_t = load<V>(r.data + unit), drh = load<V>(addend.data + unit);
                    store_units(dh.data + unit, math::fma(drh, r_t, load<V>(dh.data + unit)), count);
                    store_units(r.data + unit,
                                V(drh * load_units<V>(h.data + unit, count) * r_t * (V(T(1)) - r_t)), count);
                });
            for (std::size_t gate = 0; gate < 2; ++gate) {
                affine_input_gradient<Hidden, Hidden>(recurrent_weights(parameters, gate), dz(gate)(t),
                                                      addend);
                add_exactly<Hidden>(dh, addend);
            }
        }
        if constexpr (!std::is_same_v<Dx, NoView>)
            for (std::size_t t = 0; t < Steps; ++t)
                write_exactly<In>(dx(t), [&](auto to) {
                    affine_input_gradient<In, Hidden>(parameters, dz(0)(t), to);
                    for (std::size_t gate = 1; gate < 3; ++gate) {
                        affine_input_gradient<In, Hidden>(parameters + gate * gate_size, dz(gate)(t), addend);
                        add_exactly<In>(to, addend);
                    }
                });
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            const auto next_rh = [&](std::size_t t) { return dz(3)(t + 1); }; // r h, the factor of U_n
            for (std::size_t gate = 0; gate < 3; ++gate) {
                const auto to = gradient + gate * gate_size;
                weight_gradient_over_steps<In, Hidden>(0, Steps, x, dz(gate), to, add);
                if (gate < 2)
                    recurrent_gradient<Hidden, Hidden>(Steps, initial_h, y, dz(gate), to + In * Hidden, add);
                else
                    recurrent_gradient<Hidden, Hidden>(Steps, dz(3)(0), next_rh, dz(gate), to + In * Hidden,
                                                       add);
            }
        }
    }

private:
    friend GruSteps<GruResetBefore, In, Hidden>;

    template <class T> static constexpr T* recurrent_weights(T* parameters, std::size_t gate) noexcept {
        return parameters + gate * gate_size + In * Hidden;
    }

    /// y from h of the step before. `workspace` gets the gates, if KeepsTrace, and behind them r h.
    template <bool KeepsTrace, class T, class X, class H, class Workspace, class Y>
    static constexpr void step(const T* parameters, X x, H h, Workspace workspace, Y y) noexcept {
        constexpr bool of_block = is_block_view<Y>;
        const auto r = workspace, z = workspace.subview(row), n = workspace.subview(2 * row),
                   rh = workspace.subview(3 * row);
        cell_sums<In, Hidden, Hidden>(parameters, x, h, r);
        cell_sums<In, Hidden, Hidden>(parameters + gate_size, x, h, z);
        for_each_unit<Hidden, 1>(y, [&]<class V>(std::type_identity<V>, auto, std::size_t unit, auto count) {
            const V h_prev = load_units<V>(h.data + unit, count), r_sum = load<V>(r.data + unit);
            if constexpr (!KeepsTrace && has_gate_math<V>)
                store_units(rh.data + unit, reset_hidden_state<of_block>(r_sum, h_prev), count);
            else {
                const V gate = math::sigmoid(r_sum);
                if constexpr (KeepsTrace) store_units(r.data + unit, gate, count);
                store_units(rh.data + unit, V(gate * h_prev), count);
            }
        });
        cell_sums<In, Hidden, Hidden>(parameters + 2 * gate_size, x, rh.read_only(), n);
        for_each_unit<Hidden, 1>(y, [&]<class V>(std::type_identity<V>, auto, std::size_t unit, auto count) {
            const V h_prev = load_units<V>(h.data + unit, count), z_sum = load<V>(z.data + unit),
                    n_sum = load<V>(n.data + unit);
            if constexpr (!KeepsTrace && has_gate_math<V>)
                store_units(y.data + unit, gru_hidden_state<of_block>(z_sum, n_sum, h_prev), count);
            else {
                const V gate = math::sigmoid(z_sum), candidate = math::tanh(n_sum);
                if constexpr (KeepsTrace) {
                    store_units(z.data + unit, gate, count);
                    store_units(n.data + unit, candidate, count);
                }
                store_units(y.data + unit, math::fma(gate, h_prev - candidate, candidate), count);
            }
        });
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
