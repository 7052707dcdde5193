// Residual: layers whose input is added to their output.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/layers/stack.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// y = x + f(x) for f, a Stack. Its trace is that of f, and f(x).
template <class F> struct ResidualOf : F::List {
    using InputShape = typename F::InputShape;
    using OutputShape = InputShape; // that of f: if not, there is a message
    using Inference = std::conditional_t<std::is_same_v<typename F::Inference, NoLayer>, ResidualOf<F>,
                                         ResidualOf<EvaluatedStack<F>>>;
    static constexpr std::size_t size = OutputShape::size, activations = F::activations,
                                 trace = padded(F::trace) + size, scratch = padded(size) + F::scratch;

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        const auto f = [&] {
            if constexpr (Outer::keeps_trace) return context.trace.subview(padded(F::trace));
            else return y;
        }();
        F::forward(parameters, x, f, context);
        map<size>(y, [](auto a, auto b) { return a + b; }, f.read_only(), x);
    }

    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const auto f = context.trace.subview(padded(F::trace)).read_only();
        const auto of_f = scratch_view.subview(padded(size));
        if constexpr (std::is_same_v<Dx, NoView>)
            F::backward(parameters, x, f, context, dy, dx, of_f, gradient, add);
        else {
            const auto df = scratch_view; // F::backward may overwrite it
            map<size>(df, [](auto g) { return g; }, dy);
            F::backward(parameters, x, f, context, df, dx, of_f, gradient, add);
            map<size>(dx, [](auto a, auto b) { return a + b; }, dx, dy);
        }
    }
};

template <class... Layers> consteval bool residual_fits() {
    if constexpr (sizeof...(Layers) == 0) return misfit::no_layers<Layers...>::passes();
    else if constexpr (!layers_fit<Layers...>()) return false;
    else {
        using F = Stack<LayerOrPlaceholder<Layers>...>;
        return misfit::residual_mismatch<
            typename F::InputShape::template rebind_to<misfit::takes>,
            typename F::OutputShape::template rebind_to<misfit::gives>>::passes();
    }
}

} // namespace detail

/// y = x + f(x), where f is these layers, one after another (He et al., 2016). f gives the shape that it
/// takes. The layers' parameters are in their order: net.layer<2>().layer<0>().weight(o, i).
template <class... Layers>
    requires(detail::residual_fits<Layers...>())
struct Residual : detail::ResidualOf<detail::StackOrPlaceholder<Layers...>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
