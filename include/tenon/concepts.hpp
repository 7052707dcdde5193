// What a layer, an activation, a loss and an optimizer must do.
#pragma once

#include <tenon/kernels/map.hpp>
#include <tenon/shape.hpp>
#include <tenon/tensor.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class A>
concept HasApply = requires(float z) {
    { A::apply(z) } -> std::same_as<float>;
};
template <class A>
concept HasElementDerivative = requires(float z) {
    { A::derivative(z, z) } -> std::same_as<float>;
};

} // namespace detail

/// An activation of single values: y = apply(z), and derivative(z, y) = dy/dz, both for V = T and V =
/// Lanes<T, W>. An activation whose derivative needs only y says `static constexpr bool
/// derivative_from_output = true`, and z is not kept.
template <class A>
concept Elementwise = detail::HasApply<A> && detail::HasElementDerivative<A>;

/// An activation of all values of a sample together: forward turns z into y in place, backward dy into dz.
template <class A>
concept Vectorwise = requires(detail::SampleRegisters<float, 1, float> y,
                              detail::SampleRegisters<float, 1, const float> constant) {
    { A::forward(y) } -> std::same_as<void>;
    { A::backward(constant, y) } -> std::same_as<void>;
};

/// What may stand in Dense<In, Out, A> and Activate<Shape, A>.
template <class A>
concept Activation = Elementwise<A> || Vectorwise<A>;

namespace detail {

// What a layer is made of, one by one, so that a sentence can name what is missing.
template <class L>
concept HasShapes = requires {
    { L::InputShape::size } -> std::convertible_to<std::size_t>;
    { L::OutputShape::size } -> std::convertible_to<std::size_t>;
};
template <class L>
concept HasCounts = requires {
    { L::parameter_count } -> std::convertible_to<std::size_t>;
    { L::trace } -> std::convertible_to<std::size_t>;
    { L::scratch } -> std::convertible_to<std::size_t>;
};
template <class L>
concept HasForward = requires(const float* parameters, Sample<const float> x, Sample<float> y) {
    { L::forward(parameters, x, y, NoView{}) } -> std::same_as<void>;
};
template <class L>
concept HasBackward = requires(const float* parameters, float* gradient, Sample<const float> x,
                               Sample<float> y) {
    { L::backward(parameters, x, x, y, y, y, y, gradient, false) } -> std::same_as<void>;
};
template <class L>
concept HasLayerMembers = HasShapes<L> && HasCounts<L> && HasForward<L> && HasBackward<L> &&
    (IsNet<L> || HasTable<L> || L::parameter_count == 0);

/// The layer that a net runs for L: of a nested net its Stack (specialised in net.hpp), else L itself.
template <class L> struct LayerOf { using type = L; };
template <class Net> using StackOf = typename LayerOf<Net>::type;

} // namespace detail

/// A layer is a type without state. Its parameters, the values that it keeps from the forward for the
/// backward pass (`trace`), and room for the backward pass alone (`scratch`), both in values for each sample,
/// are counted here, and lent by the caller. `tensors` says where its parameters lie, if it has any.
///   forward(parameters, x, y, trace)           y = layer(x); trace is NoView in inference
///   backward(parameters, x, y, trace, dy, dx, scratch, gradient, add)
///       dy may be overwritten; dx is NoView where nobody wants it; gradient is overwritten, or the sum over
///       the samples, begun at zero, is added to it, so that it does not matter which thread had them
/// x, y, ... are views: one sample or a block of them, with lanes that hold no sample ("Unused lanes" in
/// views.hpp).
/// A layer may have: `multiply_adds`, for summaries; `OutputActivation`, the activation that it ends in, by
/// which initialize chooses; beside it `with_activation<A>`, the same layer with another one, if losses that
/// take over an activation, such as CrossEntropy, are to follow it.
template <class L>
concept Layer = detail::HasLayerMembers<typename detail::LayerOf<L>::type>;

namespace detail {

/// A loss of all outputs of a sample.
template <class L>
concept SampleLoss = requires(const L& loss, BlockRegisters<float, 1, 1, const float> y,
                              BlockRegisters<float, 1, 1, float> dy) {
    { loss.template sample<float>(y, y, dy, 1.f) } -> std::same_as<float>;
};
template <class L>
concept HasValue = requires(const L& loss, float y) {
    { loss.value(y, y) } -> std::same_as<float>;
};
template <class L>
concept HasDerivative = requires(const L& loss, float y) {
    { loss.derivative(y, y) } -> std::same_as<float>;
};
template <class L>
concept HasMean = requires {
    { L::mean } -> std::convertible_to<bool>;
};

} // namespace detail

/// A loss of single outputs, value(y, t) and derivative(y, t) = d value / dy, averaged over the outputs if
/// `mean`, or one of all outputs of a sample, sample(y, t, dy, scale), as CrossEntropy.
template <class L>
concept Loss =
    (detail::HasValue<L> && detail::HasDerivative<L> && detail::HasMean<L>) || detail::SampleLoss<L>;

namespace detail {

template <class O>
concept HasState = requires {
    typename O::template State<float, 1>;
};
template <class O>
concept HasStep = requires(const O& optimizer, float* parameters, const float* gradient,
                           typename O::template State<float, 1>& state) {
    { optimizer.step(parameters, gradient, state) } -> std::same_as<void>;
};

} // namespace detail

/// An optimizer knows no layers: step(parameters, gradient, state) goes over flat arrays of N numbers and
/// slack; State<T, N> is what it remembers, zero at the start. Where step takes a fourth argument that goes
/// over the arrays (Update of kernels/flat.hpp, as in Sgd), threads can share it out: such a step calls it
/// exactly once, with its own arrays, and reads the gradient nowhere else.
template <class O>
concept Optimizer = detail::HasState<O> && detail::HasStep<O>;

namespace detail {

template <class L> inline constexpr bool is_empty = L::InputShape::size == 0 || L::OutputShape::size == 0;

/// How many joints fit before the first that does not.
template <class> consteval std::size_t matching_connections() { return 0; }
template <class Left, class Right, class... Rest> consteval std::size_t matching_connections() {
    if constexpr (!std::is_same_v<typename Left::OutputShape, typename Right::InputShape>) return 0;
    else return 1 + matching_connections<Right, Rest...>();
}

/// Layers that fit one another, found out without an error.
template <class... Layers> consteval bool chain() {
    if constexpr (sizeof...(Layers) == 0 || !(Layer<Layers> && ...)) return false;
    else if constexpr ((is_empty<Layers> || ...)) return false;
    else return matching_connections<Layers...>() + 1 == sizeof...(Layers);
}

} // namespace detail

/// Whether the layers make a net: each takes what the one before it gives. An answer, never an error.
template <class... Layers>
concept Chain = detail::chain<Layers...>();

} // namespace tenon

#include <tenon/config/epilogue.hpp>
