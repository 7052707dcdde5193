// ContinuedSequence: a window of a longer sequence, which begins with the state carried over from the window
// before.
#pragma once

#include <tenon/cells/over_time.hpp>
#include <tenon/cells/over_time_fit.hpp>
#include <tenon/context.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Layers over Steps steps, F, as a layer from a state and the inputs of the steps to the state after them
/// and the outputs. Its parameters are those of F. For the gradient, the state before is a constant and the
/// one after has no influence on the loss: backpropagation is truncated at the ends of the window.
template <class F> struct ContinuedSequence : F::List {
    /// Values of the carried state, which are the first of input and output.
    static constexpr std::size_t carried_size = F::state_size, state_size = 0, state_count = 0;
    using InputShape = Shape<carried_size + F::InputShape::size>;
    using OutputShape = Shape<carried_size + F::OutputShape::size>;
    static constexpr std::size_t activations = F::activations, trace = F::trace, scratch = F::scratch;

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        for (std::size_t i = 0; i < carried_size; ++i)
            for (std::size_t s = 0; s < y.samples; ++s) y.data[i * Y::stride + s] = x.data[i * X::stride + s];
        F::forward(parameters, x.subview(carried_size), y.subview(carried_size),
                   with_carried_state(context, y));
    }
    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            for (std::size_t i = 0; i < carried_size; ++i)
                for (std::size_t s = 0; s < dx.samples; ++s) dx.data[i * Dx::stride + s] = 0;
        F::backward(parameters, x.subview(carried_size), y.subview(carried_size),
                    with_carried_state(context, x), dy.subview(carried_size), dx.subview(carried_size),
                    scratch_view, gradient, add);
    }

private:
    template <class Outer, class View>
    static constexpr auto with_carried_state(const Outer& context, View view) noexcept {
        if constexpr (carried_size == 0) return context;
        else return with_state(context, view);
    }
};

/// The net that trains a streaming net in windows of Steps steps: the same parameters in the same order.
template <class Net, std::size_t Steps> struct ContinuedNet;
template <class T, class... Layers, std::size_t Steps> struct ContinuedNet<NetOf<T, Layers...>, Steps> {
    static_assert(OverTimeSentence<Layers...>::passes());
    using type = NetOf<T, ContinuedSequence<Stack<OverTime<Steps, Layers, true>...>>>;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
