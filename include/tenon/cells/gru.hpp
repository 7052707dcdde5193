// GRU: a recurrent cell with gates and a hidden state.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/gru_reset_before.hpp>
#include <tenon/cells/gru_steps.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/cell_sums.hpp>
#include <tenon/kernels/gru_sums.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/math/gates.hpp>
#include <tenon/math/math.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Where the reset gate of a GRU is applied: to U h, or to h before the product with U.
struct ResetAfter {};
struct ResetBefore {};

namespace detail {

/// n = tanh(W_n x + b_n + r (U_n h + d_n)). Parameters: W [In][3 Hidden], b, U [Hidden][3 Hidden], d, gates
/// in the order r, z, n.
template <std::size_t In, std::size_t Hidden>
struct GruResetAfter : GruSteps<GruResetAfter<In, Hidden>, In, Hidden> {
    static constexpr std::size_t gates = 3 * Hidden;
    static constexpr std::size_t gate_row = detail::gate_row<Hidden, 3>;
    static constexpr std::size_t parameter_count = (In + Hidden + 2) * gates;
    static constexpr std::size_t multiply_adds = (In + Hidden) * gates + 3 * Hidden;
    static constexpr auto tensors = cell_tensors<In, Hidden, 3, 2>;
    static constexpr std::size_t activations = 2 * gate_row + padded(Hidden);
    /// Trace of each step of a sequence: the gates, then U h + d.
    static constexpr std::size_t trace = 2 * gate_row;
    /// The gradient with respect to h, through z and through U.
    static constexpr std::size_t scratch = 2 * padded(Hidden);
    /// Rows of it that add up to the gradient with respect to the initial h, for TrainedState.
    static constexpr std::size_t h_gradients = 2;

    /// The gradient of all steps: dz of W x + b and of U h + d of each step replace both in the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const auto dh = scratch_view, dh_through_u = scratch_view.subview(padded(Hidden));
        const auto dzx = [&](std::size_t t) { return context.trace.subview(t * trace).read_only(); };
        const auto dzh = [&](std::size_t t) {
            return context.trace.subview(t * trace + gate_row).read_only();
        };
        alignas(64) T zero[Scratch::buffer_size(Hidden)] = {};
        const auto initial_h = initial_state<0>(context, dh.rebind(static_cast<const T*>(zero)));
        fill_zero<Hidden>(dh);
        fill_zero<Hidden>(dh_through_u);
        for (std::size_t t = Steps; t-- > 0;) {
            const auto step_trace = context.trace.subview(t * trace), u_h = step_trace.subview(gate_row);
            const auto h = t > 0 ? y(t - 1) : initial_h;
            for_each_unit<Hidden, 3>(
                step_trace, [&]<class V>(std::type_identity<V>, auto gate, std::size_t unit, auto count) {
                    const auto load_gate = [&](std::size_t g) { return load<V>(step_trace.data + gate(g)); };
                    const V r = load_gate(0), z = load_gate(1), n = load_gate(2), one(T(1));
                    const V h_prev = load_units<V>(h.data + unit, count);
                    const V dh_t = load_units<V>(dy(t).data + unit, count) + load<V>(dh.data + unit) +
                                   load<V>(dh_through_u.data + unit);
                    const V dn = dh_t * (one - z) * (one - n * n), du_h_n = dn * r;
                    const V dz = dh_t * (h_prev - n) * z * (one - z),
                            dr = du_h_n * load<V>(u_h.data + gate(2)) * (one - r);
                    store_units(dh.data + unit, V(dh_t * z), count);
                    store_units(step_trace.data + gate(0), dr, count);
                    store_units(step_trace.data + gate(1), dz, count);
                    store_units(step_trace.data + gate(2), dn, count);
                    store_units(u_h.data + gate(0), dr, count);
                    store_units(u_h.data + gate(1), dz, count);
                    store_units(u_h.data + gate(2), du_h_n, count);
                });
            if (t > 0 || OfStream<Context>)
                affine_input_gradient<Hidden, gates>(parameters + u_offset, dzh(t), dh_through_u);
        }
        input_gradient_of_steps<In, gates>(Steps, parameters, dzx, dx);
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            weight_gradient_over_steps<In, gates>(0, Steps, x, dzx, gradient, add);
            bias_gradient_over_steps<gates>(0, Steps, dzx, gradient + In * gates, add);
            recurrent_gradient<Hidden, gates>(Steps, initial_h, y, dzh, gradient + u_offset, add);
        }
    }

private:
    friend GruSteps<GruResetAfter, In, Hidden>;
    static constexpr std::size_t u_offset = (In + 1) * gates; // where U begins

    /// y from h of the step before. `workspace` gets the gates, if KeepsTrace, and behind them U h + d; else
    /// sums, and behind them the reset gates.
    template <bool KeepsTrace, class T, class X, class H, class Workspace, class Y>
    static constexpr void step(const T* parameters, X x, H h, Workspace workspace, Y y) noexcept {
        constexpr bool of_block = is_block_view<Y>;
        const auto u_h = workspace.subview(gate_row);
        if constexpr (of_block) gru_sums<In, Hidden>(parameters, parameters + u_offset, x, h, workspace, u_h);
        else cell_sums<In, 0, gates>(parameters, x, h, workspace);
        if constexpr (!KeepsTrace && (of_block || has_sums_of_gates<T, Hidden, 3>))
            if (!std::is_constant_evaluated()) return finish_step(parameters + u_offset, h, workspace, y);
        if constexpr (!of_block) cell_sums<Hidden, 0, gates>(parameters + u_offset, h, h, u_h);
        for_each_unit<Hidden, 3>(
            y, [&]<class V>(std::type_identity<V> type, auto gate, std::size_t unit, auto count) {
                const auto n_of = [&](V r) {
                    return math::fma(r, load<V>(u_h.data + gate(2)), load<V>(workspace.data + gate(2)));
                };
                const V r_sum = sum(type, workspace, gate(0)), z_sum = sum(type, workspace, gate(1)),
                        h_prev = load_units<V>(h.data + unit, count);
                if constexpr (!KeepsTrace) {
                    const V n = n_of(reset_gate<of_block>(r_sum));
                    store_units(y.data + unit, gru_hidden_state<of_block>(z_sum, n, h_prev), count);
                } else {
                    const V r = math::sigmoid(r_sum), z = math::sigmoid(z_sum), n = math::tanh(n_of(r));
                    store_units(workspace.data + gate(0), r, count);
                    store_units(workspace.data + gate(1), z, count);
                    store_units(workspace.data + gate(2), n, count);
                    store_units(y.data + unit, math::fma(z, h_prev - n, n), count);
                }
            });
    }

    /// The sum of gate r or z, which gru_sums stores as a whole.
    template <class V, class Workspace>
    static constexpr V sum(std::type_identity<V>, Workspace workspace, std::size_t gate) noexcept {
        const V z = load<V>(workspace.data + gate);
        if constexpr (is_block_view<Workspace>) return z;
        else return z + load<V>(workspace.subview(gate_row).data + gate);
    }

    /// A step whose W x + b is in zx, or all sums of a block. The reset gates, which n waits for, are
    /// computed first: for one sample beside the other sums.
    template <class T, class H, class Workspace, class Y>
    static constexpr void finish_step(const T* u, H h, Workspace zx, Y y) noexcept {
        constexpr bool of_block = is_block_view<Y>;
        const auto u_h = zx.subview(gate_row), reset = zx.subview(2 * gate_row);
        alignas(64) T partial[partial_sums<T, gates>];
        if constexpr (!of_block) sums_of_gates<true, In % 2 == 0, Hidden, 3>(u, h, u_h, partial + 0);
        for_each_unit<Hidden, 3>(y, [=](auto type, auto gate, std::size_t unit, auto) {
            store(reset.data + unit, math::computed_here(reset_gate<of_block>(sum(type, zx, gate(0)))));
        });
        if constexpr (!of_block) sums_of_gates<false, In % 2 == 0, Hidden, 3>(u, h, u_h, partial + 0);
        for_each_unit<Hidden, 3>(y, [=]<class V>(std::type_identity<V> type, auto gate, std::size_t unit,
                                                 auto count) {
            const V n = math::fma(load<V>(reset.data + unit), load<V>(u_h.data + gate(2)),
                                  load<V>(zx.data + gate(2)));
            const V h_prev = load_units<V>(h.data + unit, count);
            store_units(y.data + unit, gru_hidden_state<of_block>(sum(type, zx, gate(1)), n, h_prev), count);
        });
    }
};

template <std::size_t In, std::size_t Hidden, class Reset>
using GruOf = std::conditional_t<std::is_same_v<Reset, ResetBefore>, GruResetBefore<In, Hidden>,
                                 GruResetAfter<In, Hidden>>;

} // namespace detail

/// A gated recurrent unit of Hidden units (Cho et al., 2014). With h of the step before, zero at the start:
///
///     r = sigmoid(W_r x + b_r + U_r h + d_r), z likewise
///     n = tanh(W_n x + b_n + r (U_n h + d_n))   ResetAfter: PyTorch's, Keras' and cuDNN's
///     n = tanh(W_n x + b_n + U_n (r h))         ResetBefore: of the paper, Keras' with reset_after=False,
///                                               ONNX' with linear_before_reset=0
///     y = h = (1 - z) n + z h
///
/// Parameters of a GRU with ResetAfter: W [In][3 Hidden], b, U [Hidden][3 Hidden], d, gates in the order r,
/// z, n; with ResetBefore: of each gate W [In][Hidden], U [Hidden][Hidden], b. There b is the only bias; a
/// second one of a file is added to it.
template <std::size_t In, std::size_t Hidden, class Reset = ResetAfter>
    requires(misfit::gru_reset<
             std::bool_constant<std::is_same_v<Reset, ResetAfter> || std::is_same_v<Reset, ResetBefore>>,
             misfit::but_found<Reset>>::passes())
struct GRU : detail::GruOf<In, Hidden, Reset> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
