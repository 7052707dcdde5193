// What a layer, an activation, a loss and an optimizer must do.
#pragma once

#include <tenon/misfit.hpp>
#include <tenon/shape.hpp>
#include <tenon/simd/map.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace tenon::inline TENON_ABI {

/// An activation of single values: y = apply(z), and derivative(z, y) = dy/dz, both for V = T and V =
/// Lanes<T, W>. An activation whose derivative needs only y says `static constexpr bool
/// derivative_from_output = true`, and z is not kept.
template <class A>
concept Elementwise = requires(float z) {
    { A::apply(z) } -> std::same_as<float>;
    { A::derivative(z, z) } -> std::same_as<float>;
};

/// An activation of all values of a sample together: forward turns z into y in place, backward dy into dz.
template <class A>
concept Vectorwise = requires(detail::Along<float, 1, float> y,
                              detail::Along<float, 1, const float> constant) {
    { A::forward(y) } -> std::same_as<void>;
    { A::backward(constant, y) } -> std::same_as<void>;
};

/// What may stand in Dense<In, Out, A> and Activate<Shape, A>.
template <class A>
concept Activation = Elementwise<A> || Vectorwise<A>;

/// A layer is a type without state. Its parameters, the values that it keeps from the forward for the
/// backward pass (`trace`), and room for the backward pass alone (`scratch`) are counted here, and lent by
/// the caller.
///   forward(parameters, x, y, trace)           y = layer(x); trace is Nothing in inference
///   backward(parameters, x, y, trace, dy, dx, scratch, gradient, add)
///       dy may be overwritten; dx is Nothing where nobody wants it; gradient is overwritten, or the sum over
///       the samples, begun at zero, is added to it, so that it does not matter which thread had them
/// x, y, ... are views (simd/views.hpp): one sample or a block of them.
template <class L>
concept Layer = requires(const float* parameters, float* gradient, Sample<const float> x, Sample<float> y) {
    { L::InputShape::size } -> std::convertible_to<std::size_t>;
    { L::OutputShape::size } -> std::convertible_to<std::size_t>;
    { L::parameter_count } -> std::convertible_to<std::size_t>;
    { L::trace } -> std::convertible_to<std::size_t>;
    { L::scratch } -> std::convertible_to<std::size_t>;
    { L::forward(parameters, x, y, Nothing{}) } -> std::same_as<void>;
    { L::backward(parameters, x, x, y, y, y, y, gradient, false) } -> std::same_as<void>;
};

/// A loss of single outputs, value(y, t) and derivative(y, t) = d value / dy, averaged over the outputs where
/// `mean`, or one of all outputs of a sample, sample(y, t, dy, scale), as CrossEntropy.
template <class L>
concept Loss = requires(const L& loss, float y) {
    { loss.value(y, y) } -> std::same_as<float>;
    { loss.derivative(y, y) } -> std::same_as<float>;
    { L::mean } -> std::convertible_to<bool>;
}
|| requires(const L& loss, detail::Across<float, 1, 1, const float> y,
            detail::Across<float, 1, 1, float> dy) {
    { loss.template sample<float>(y, y, dy, 1.f) } -> std::same_as<float>;
};

/// An optimizer knows no layers: step(parameters, gradient, state) goes over flat arrays of N numbers and
/// slack; State<T, N> is what it remembers, zero at the start. Where step takes a fourth argument that goes
/// over the arrays (Update of simd/flat.hpp, as in Sgd), threads can share it out: such a step calls it
/// exactly once, with its own arrays, and reads the gradient nowhere else.
template <class O>
concept Optimizer = requires(const O& optimizer, float* parameters, const float* gradient,
                             typename O::template State<float, 1>& state) {
    { optimizer.step(parameters, gradient, state) } -> std::same_as<void>;
};

namespace detail {

template <class L> inline constexpr bool is_empty = L::InputShape::size == 0 || L::OutputShape::size == 0;

/// How many joints fit before the first that does not.
template <class> consteval std::size_t fitting_joints() { return 0; }
template <class Left, class Right, class... Rest> consteval std::size_t fitting_joints() {
    if constexpr (!std::is_same_v<typename Left::OutputShape, typename Right::InputShape>) return 0;
    else return 1 + fitting_joints<Right, Rest...>();
}

/// Layers that fit one another, found out without an error.
template <class... Layers> consteval bool chain() {
    if constexpr (sizeof...(Layers) == 0 || !(Layer<Layers> && ...)) return false;
    else if constexpr ((is_empty<Layers> || ...)) return false;
    else return fitting_joints<Layers...>() + 1 == sizeof...(Layers);
}

/// Stands for what is no layer once that has been said, so that one mistake makes one message.
struct NoLayer {
    using InputShape = Shape<1>;
    using OutputShape = Shape<1>;
    static constexpr std::size_t parameter_count = 0, trace = 0, scratch = 0;
    static constexpr void forward(auto...) noexcept {}
    static constexpr void backward(auto...) noexcept {}
};
template <class L> using LayerOrNone = std::conditional_t<Layer<L>, L, NoLayer>;

/// Says what is wrong with the first layer that does not fit. To be asked by the `requires` clause itself:
/// each step between costs the message three lines.
template <class... Layers> consteval bool layers_fit() {
    constexpr std::size_t count = sizeof...(Layers);
    constexpr std::size_t stranger = first_true(std::array{!Layer<Layers>..., true});
    if constexpr (count == 0) return misfit::no_layers<Layers...>::none();
    else if constexpr (stranger < count)
        return misfit::not_a_layer<misfit::layer<stranger + 1>,
                                   misfit::but_found<typename At<stranger, Layers...>::type>>::none();
    else if constexpr ((is_empty<Layers> || ...)) {
        constexpr std::size_t empty = first_true(std::array{is_empty<Layers>...});
        using Empty = typename At<empty, Layers...>::type;
        return misfit::zero_size<misfit::layer<empty + 1>,
                                 typename Empty::InputShape::template said_as<misfit::takes>,
                                 typename Empty::OutputShape::template said_as<misfit::gives>>::none();
    } else if constexpr (!chain<Layers...>()) {
        constexpr std::size_t left = fitting_joints<Layers...>();
        using Left = typename At<left, Layers...>::type::OutputShape;
        using Right = typename At<left + 1, Layers...>::type::InputShape;
        return misfit::shape_mismatch<misfit::layer<left + 1>, typename Left::template said_as<misfit::gives>,
                                      misfit::but_layer<left + 2>,
                                      typename Right::template said_as<misfit::takes>>::none();
    } else return true;
}

} // namespace detail

/// Whether the layers make a net: each takes what the one before it gives. An answer, never an error.
template <class... Layers>
concept Chain = detail::chain<Layers...>();

} // namespace tenon
