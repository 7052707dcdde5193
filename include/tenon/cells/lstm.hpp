// LSTM: a recurrent cell with a hidden state and a cell state.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/cell_sums.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/math/gates.hpp>
#include <tenon/math/math.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A long short-term memory of Hidden units (Hochreiter and Schmidhuber, 1997; with forget gates, without
/// peepholes); PyTorch's LSTM of one layer. With the hidden state h and the cell state c of the step before,
/// zero at the start:
///
///     i = sigmoid(W_i x + U_i h + b_i), f and o likewise, g = tanh(W_g x + U_g h + b_g)
///     c = f c + i g,  y = h = o tanh(c)
///
/// Parameters: W [In][4 Hidden], U [Hidden][4 Hidden], b, gates in the order i, f, g, o. PyTorch's second
/// bias is added to the first.
template <std::size_t In, std::size_t Hidden> struct LSTM : detail::CellDefaults {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Hidden>;
    static constexpr std::size_t gates = 4 * Hidden;
    static constexpr std::size_t gate_row = detail::gate_row<Hidden, 4>;
    static constexpr std::size_t parameter_count = (In + Hidden + 1) * gates;
    static constexpr std::size_t multiply_adds = (In + Hidden) * gates + 3 * Hidden;
    static constexpr auto tensors = detail::cell_tensors<In, Hidden, 4, 1>;
    /// State of a stream: h, then c.
    static constexpr std::size_t state_count = 2 * Hidden, state_size = 2 * detail::padded(Hidden),
                                 state_tensors = 2;
    static constexpr std::size_t activations = gate_row;
    /// Trace of each step of a sequence: the gates, then c.
    static constexpr std::size_t trace = gate_row + detail::padded(Hidden);
    /// The gradients with respect to h and c.
    static constexpr std::size_t scratch = 2 * detail::padded(Hidden);
    /// Rows of it that add up to the gradient with respect to the initial h, for TrainedState.
    static constexpr std::size_t h_gradients = 1;

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (detail::OfStream<Context>) {
            const auto h = context.state, c = h.subview(detail::padded(Hidden));
            step(parameters, x, h.read_only(), c.read_only(), NoView{}, c, h);
            detail::copy_units<Hidden>(y, h);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        alignas(64) T zero[View::buffer_size(Hidden)] = {};
        alignas(64) T c_values[Context::keeps_trace ? 1 : View::buffer_size(Hidden)] = {};
        const auto zeros = y(0).rebind(static_cast<const T*>(zero));
        const auto initial_h = detail::initial_state<0>(context, zeros),
                   initial_c = detail::initial_state<detail::padded(Hidden)>(context, zeros);
        for (std::size_t t = 0; t < Steps; ++t) {
            const auto h = t == 0 ? initial_h : y(t - 1).read_only();
            const auto c = [&] {
                if constexpr (Context::keeps_trace) return c_of(context, t);
                else return y(0).rebind(c_values + 0);
            }();
            if constexpr (Context::keeps_trace)
                step(parameters, x(t), h, t == 0 ? initial_c : c_of(context, t - 1).read_only(),
                     context.trace.subview(t * trace), c, y(t));
            else step(parameters, x(t), h, t == 0 ? initial_c : c.read_only(), NoView{}, c, y(t));
            if constexpr (detail::OfStream<Context>)
                if (t + 1 == Steps) {
                    detail::copy_exactly<Hidden>(context.state, y(t));
                    detail::copy_exactly<Hidden>(context.state.subview(detail::padded(Hidden)), c);
                }
        }
    }

    /// The gradient of all steps: dz of each step replaces its gates in the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const T* const u = parameters + In * gates;
        const auto dh = scratch_view, dc = scratch_view.subview(detail::padded(Hidden));
        const auto dz = [&](std::size_t t) { return context.trace.subview(t * trace).read_only(); };
        alignas(64) T zero[Scratch::buffer_size(Hidden)] = {};
        const auto zeros = dh.rebind(static_cast<const T*>(zero));
        const auto initial_c = detail::initial_state<detail::padded(Hidden)>(context, zeros);
        detail::fill_zero<Hidden>(dh);
        detail::fill_zero<Hidden>(dc);
        for (std::size_t t = Steps; t-- > 0;) {
            const auto z = context.trace.subview(t * trace);
            const auto c = c_of(context, t).read_only(),
                       previous_c = t > 0 ? c_of(context, t - 1).read_only() : initial_c;
            detail::for_each_unit<Hidden, 4>(
                z, [&]<class V>(std::type_identity<V>, auto gate, std::size_t unit, auto count) {
                    using detail::load;
                    const auto load_gate = [&](std::size_t g) { return load<V>(z.data + gate(g)); };
                    const V i = load_gate(0), f = load_gate(1), g = load_gate(2), o = load_gate(3), one(T(1));
                    const V tanh_c = math::tanh(load<V>(c.data + unit));
                    const V c_prev = load<V>(previous_c.data + unit);
                    const V dh_t = detail::load_units<V>(dy(t).data + unit, count) + load<V>(dh.data + unit);
                    const V dc_t = math::fma(dh_t * o, one - tanh_c * tanh_c, load<V>(dc.data + unit));
                    detail::store_units(dc.data + unit, V(dc_t * f), count);
                    detail::store_units(z.data + gate(0), V(dc_t * g * i * (one - i)), count);
                    detail::store_units(z.data + gate(1), V(dc_t * c_prev * f * (one - f)), count);
                    detail::store_units(z.data + gate(2), V(dc_t * i * (one - g * g)), count);
                    detail::store_units(z.data + gate(3), V(dh_t * tanh_c * o * (one - o)), count);
                });
            if (t > 0 || detail::OfStream<Context>)
                detail::affine_input_gradient<Hidden, gates>(u, dz(t), dh);
        }
        detail::input_gradient_of_steps<In, gates>(Steps, parameters, dz, dx);
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            detail::weight_gradient_over_steps<In, gates>(0, Steps, x, dz, gradient, add);
            detail::recurrent_gradient<Hidden, gates>(Steps, detail::initial_state<0>(context, zeros), y, dz,
                                                      gradient + In * gates, add);
        }
    }

private:
    /// Whether a step uses math/gates.hpp, which never computes the gates one by one, as a trace stores them.
    template <class Trace, class V>
    static constexpr bool shares_divisions = std::is_same_v<Trace, NoView> && detail::has_gate_math<V>;

    template <class Context> static constexpr auto c_of(const Context& context, std::size_t t) noexcept {
        return context.trace.subview(t * trace + gate_row);
    }

    /// c and h from those of the step before. The gates are stored in `gate_trace`, unless it is NoView.
    template <class T, class X, class H, class PreviousC, class Trace, class C, class Y>
    static constexpr void step(const T* parameters, X x, H h, PreviousC previous_c, Trace gate_trace, C c,
                               Y y) noexcept {
        constexpr bool of_block = detail::is_block_view<Y>;
        alignas(64) T sums[Y::buffer_size(gate_row)];
        const auto z = y.rebind(sums + 0);
        detail::cell_sums<In, Hidden, gates>(parameters, x, h, z);
        detail::for_each_unit<Hidden, 4>(y, [&]<class V>(std::type_identity<V>, auto gate, std::size_t unit,
                                                         auto count) {
            using detail::load;
            const auto load_gate = [&](std::size_t g) { return load<V>(z.data + gate(g)); };
            const V c_prev = load<V>(previous_c.data + unit);
            if constexpr (shares_divisions<Trace, V>) {
                const V i = load_gate(0), f = load_gate(1), g = load_gate(2);
                detail::store_units(c.data + unit, detail::lstm_cell_state<of_block>(i, f, g, c_prev), count);
            } else {
                const V i = math::sigmoid(load_gate(0)), f = math::sigmoid(load_gate(1)),
                        g = math::tanh(load_gate(2)), o = math::sigmoid(load_gate(3));
                const V c_t = math::fma(f, c_prev, i * g);
                detail::store_units(c.data + unit, c_t, count);
                detail::store_units(y.data + unit, V(o * math::tanh(c_t)), count);
                if constexpr (!std::is_same_v<Trace, NoView>) {
                    detail::store_units(gate_trace.data + gate(0), i, count);
                    detail::store_units(gate_trace.data + gate(1), f, count);
                    detail::store_units(gate_trace.data + gate(2), g, count);
                    detail::store_units(gate_trace.data + gate(3), o, count);
                }
            }
        });
        // In a loop of its own: with the operations that lead to c, the CPU would have fewer units in flight.
        detail::for_each_unit<Hidden, 4>(
            y, [&]<class V>(std::type_identity<V>, auto gate, std::size_t unit, auto count) {
                using detail::load;
                if constexpr (shares_divisions<Trace, V>) {
                    const V o = load<V>(z.data + gate(3)), c_t = load<V>(c.data + unit);
                    detail::store_units(y.data + unit, detail::sigmoid_tanh<of_block>(o, c_t), count);
                }
            });
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
