// RNN: the plain recurrent cell.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/cells/gates.hpp>
#include <tenon/demands.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/cell_sums.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/kernels/steps.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = h = A(W x + U h + b) with h of the step before, zero at the start (Elman, 1990); PyTorch's RNN of one
/// layer. A is an elementwise activation. Parameters: W [In][Hidden], U [Hidden][Hidden], b; PyTorch's second
/// bias is added to the first.
template <std::size_t In, std::size_t Hidden, class A = Tanh>
    requires(detail::activation_fits<A>())
struct RNN : detail::CellDefaults {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Hidden>;
    static constexpr std::size_t parameter_count = (In + Hidden + 1) * Hidden;
    static constexpr std::size_t multiply_adds = (In + Hidden) * Hidden;
    static constexpr auto tensors = detail::cell_tensors<In, Hidden, 1, 1>;
    /// State of a stream: h.
    static constexpr std::size_t state_count = Hidden, state_size = detail::padded(Hidden), state_tensors = 1;
    static constexpr std::size_t activations = detail::padded(Hidden);
    /// Trace of each step of a sequence: z = W x + U h + b.
    static constexpr std::size_t trace = detail::padded(Hidden);
    /// The gradient with respect to h.
    static constexpr std::size_t scratch = detail::padded(Hidden);
    /// Rows of it that add up to the gradient with respect to the initial h, for TrainedState.
    static constexpr std::size_t h_gradients = 1;

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (detail::OfStream<Context>) {
            step(parameters, x, context.state.read_only(), NoView{}, context.state);
            detail::copy_units<Hidden>(y, context.state);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        alignas(64) T zero[View::buffer_size(Hidden)] = {};
        const auto initial_h = detail::initial_state<0>(context, y(0).rebind(static_cast<const T*>(zero)));
        for (std::size_t t = 0; t < Steps; ++t) {
            const auto h = t == 0 ? initial_h : y(t - 1).read_only();
            if constexpr (Context::keeps_trace)
                step(parameters, x(t), h, context.trace.subview(t * trace), y(t));
            else step(parameters, x(t), h, NoView{}, y(t));
        }
        if constexpr (detail::OfStream<Context>) detail::copy_exactly<Hidden>(context.state, y(Steps - 1));
    }

    /// The gradient of all steps: dz of each step replaces z in the trace.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch dh, Gradient gradient, bool add) noexcept {
        const auto dz = [&](std::size_t t) { return context.trace.subview(t * trace).read_only(); };
        alignas(64) T zero[Scratch::buffer_size(Hidden)] = {};
        const auto initial_h = detail::initial_state<0>(context, dh.rebind(static_cast<const T*>(zero)));
        detail::fill_zero<Hidden>(dh);
        for (std::size_t t = Steps; t-- > 0;) {
            const auto z = context.trace.subview(t * trace);
            detail::for_each_unit<Hidden, 1>(
                z, [&]<class V>(std::type_identity<V>, auto, std::size_t unit, auto count) {
                    using detail::load;
                    const V dh_t = detail::load_units<V>(dy(t).data + unit, count) + load<V>(dh.data + unit);
                    const V derivative =
                        A::derivative(load<V>(z.data + unit), detail::load_units<V>(y(t).data + unit, count));
                    detail::store_units(z.data + unit, V(dh_t * derivative), count);
                });
            if (t > 0 || detail::OfStream<Context>)
                detail::affine_input_gradient<Hidden, Hidden>(parameters + In * Hidden, dz(t), dh);
        }
        detail::input_gradient_of_steps<In, Hidden>(Steps, parameters, dz, dx);
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            detail::weight_gradient_over_steps<In, Hidden>(0, Steps, x, dz, gradient, add);
            detail::recurrent_gradient<Hidden, Hidden>(Steps, initial_h, y, dz, gradient + In * Hidden, add);
        }
    }

private:
    /// y from h of the step before. z is stored in `z_trace`, unless it is NoView.
    template <class T, class X, class H, class Trace, class Y>
    static constexpr void step(const T* parameters, X x, H h, Trace z_trace, Y y) noexcept {
        alignas(64) T values[Y::buffer_size(Hidden)];
        const auto sums = y.rebind(values + 0);
        detail::cell_sums<In, Hidden, Hidden>(parameters, x, h, sums);
        detail::for_each_unit<Hidden, 1>(
            y, [&]<class V>(std::type_identity<V>, auto, std::size_t unit, auto count) {
                const V z = detail::load<V>(sums.data + unit);
                if constexpr (!std::is_same_v<Trace, NoView>)
                    detail::store_units(z_trace.data + unit, z, count);
                detail::store_units(y.data + unit, V(A::apply(z)), count);
            });
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
