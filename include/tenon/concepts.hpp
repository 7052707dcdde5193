// What a layer, an activation, a loss and an optimizer must do.
#pragma once

#include <tenon/context.hpp>
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

/// An activation of single values: y = apply(z) and derivative(z, y) = dy/dz, static function templates over
/// the type of z: float, double or a register of them (Lanes). Optional members: activations.hpp.
template <class A>
concept Elementwise = detail::HasApply<A> && detail::HasElementDerivative<A>;

/// An activation of all values of a sample together: forward replaces z by y, backward dy by dz.
template <class A>
concept Vectorwise = requires(detail::SampleRegisters<float, 1, float> y,
                              detail::SampleRegisters<float, 1, const float> constant) {
    { A::forward(y) } -> std::same_as<void>;
    { A::backward(constant, y) } -> std::same_as<void>;
};

/// What may be A in Dense<In, Out, A> and Activate<Shape, A>.
template <class A>
concept Activation = Elementwise<A> || Vectorwise<A>;

namespace detail {

// The members of a layer, one by one, so that a sentence can name the missing one.
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
    { L::forward(parameters, x, y, Context<>{}) } -> std::same_as<void>;
};
template <class L>
concept HasBackward =
    requires(const float* parameters, float* gradient, Sample<const float> x, Sample<float> y) {
        {
            L::backward(parameters, x, x, Context<Sample<float>>{y}, y, y, y, gradient, false)
        } -> std::same_as<void>;
    };
template <class L>
concept HasLayerMembers = HasShapes<L> && HasCounts<L> && HasForward<L> && HasBackward<L> &&
                          (HasLayers<L> || HasTable<L> || L::parameter_count == 0);

/// The layer that a net runs for L: of a nested net its Stack (specialised in net.hpp), else L itself.
template <class L> struct LayerOf {
    using type = L;
};
template <class Net> using StackOf = typename LayerOf<Net>::type;

} // namespace detail

// For authors of layers: the contract of a layer, and its defaults. Its views are in views.hpp.

/// The Inference of a layer that does nothing outside training.
struct NoLayer {};

/// A layer is a type without state, whose members are static. It states how many values it needs; the caller
/// provides the memory. A net is a layer.
///
/// Required
///   InputShape, OutputShape   Shape<...> of x and y
///   parameter_count           number of its parameters
///   tensors                   a std::array of Tensor, where the parameters are located; not required if
///                             parameter_count is 0
///   trace                     values per sample that forward stores for backward (LayerDefaults: 0)
///   scratch                   values per sample of working memory for backward (LayerDefaults: 0)
///   forward(parameters, x, y, context)
///                             writes y = layer(x), and what backward needs to context.trace. context.trace
///                             is NoView during inference, and if the member `trace` is 0 (context.hpp).
///   backward(parameters, x, y, context, dy, dx, scratch, gradient, add)
///                             writes dx and gradient from dy, which it may overwrite. dx is NoView if
///                             nothing below is trained. gradient is the sum over the samples; do not divide
///                             it by their number, because dy is scaled already. If add is false, overwrite
///                             gradient. If add is true, sum the samples from zero first and add that sum,
///                             so that the result does not depend on how blocks are divided among threads.
///                             gradient is NoView in Frozen, if its type is a template parameter: compute
///                             none.
///
/// Optional                    default
///   multiply_adds             "?"      multiply-adds per sample, for summary
///   OutputActivation          none     the activation that y ends in: initialize chooses its scheme by it
///   with_activation<A>        none     this layer with OutputActivation replaced by A; a fused loss, such as
///                                      CrossEntropy, needs both
///   reads_rows<T>             false    whether the layer, if it is first, reads x as Rows (sample-major)
///   name                      the compiler's   std::string_view: how summaries and generated headers write
///                                      the type, such as "own::Radial<2, 9>"
///   trainable                 all      how many of its parameters, from the first, an optimizer updates. The
///                                      gradient of the others is not written, except as statistics
///   uses_step                 false    whether it behaves differently in training: context.step is then
///                                      given in training, to forward and to backward
///   Inference                 itself   the layer that replaces it outside training, with as many
///                                      parameters, inputs and outputs; NoLayer if it has no effect there
///   uses_batch_statistics     false    whether a sample's output depends on the other samples: training then
///                                      computes each group of the trainer's batch_size samples in one block
///   shares_weights            false    whether each weight is used for many outputs of a sample, as in a
///                                      convolution: training then computes larger blocks
///   settle(parameters, statistics, samples)
///                             none     called once after each update. backward in training sums statistics
///                                      in gradient[p] for p from `trainable` on; they are given as
///                                      statistics[p], of a minibatch of `samples`
///
/// forward and backward are templates over the type of number, float or double, and over the types of the
/// views: x, y, trace, dy, dx and scratch are views of one sample (Sample) or of a block of samples (Block).
/// Value i of sample s is data[i * stride + s]. Loop over `samples`; lanes past the last sample may contain
/// anything ("Unused lanes" in views.hpp).
template <class L>
concept Layer = detail::HasLayerMembers<typename detail::LayerOf<L>::type>;

/// Base for a layer that stores nothing for its backward pass and needs no working memory: struct Scale :
/// LayerDefaults { ... }. A layer that does declares its own. There is no default for `tensors`, so that a
/// layer with parameters cannot forget them.
struct LayerDefaults {
    static constexpr std::size_t trace = 0, scratch = 0;
};

namespace detail {

/// A loss of all outputs of a sample together.
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

/// A loss is either of single outputs, with value(y, t) and derivative(y, t) = d value / dy, averaged over
/// the outputs if `mean`, else summed; or of all outputs of a sample, with sample(y, t, dy, scale), such as
/// CrossEntropy. If such a loss declares `one_by_one`, get(i, 0) is output i of a sample, or of each lane's
/// sample, for losses to which the order of the outputs matters.
template <class L>
concept Loss =
    (detail::HasValue<L> && detail::HasDerivative<L> && detail::HasMean<L>) || detail::SampleLoss<L>;

namespace detail {

template <class O>
concept HasState = requires { typename O::template State<float, 1>; };
template <class O>
concept HasStep = requires(const O& optimizer, float* parameters, const float* gradient,
                           typename O::template State<float, 1>& state) {
    { optimizer.step(parameters, gradient, state) } -> std::same_as<void>;
};

} // namespace detail

/// An optimizer knows no layers: step(parameters, gradient, state) updates flat arrays of N numbers, which
/// are padded to whole registers. State<T, N> is its state between steps, zero at the start. If step
/// takes a fourth argument that iterates over the arrays (Update of kernels/flat.hpp, as in Sgd), threads can
/// divide the work: such a step calls it exactly once, with its own arrays, and reads the gradient nowhere
/// else.
template <class O>
concept Optimizer = detail::HasState<O> && detail::HasStep<O>;

namespace detail {

template <class L> inline constexpr bool is_empty = L::InputShape::size == 0 || L::OutputShape::size == 0;

/// The number of matching connections before the first mismatch.
template <class> consteval std::size_t matching_connections() { return 0; }
template <class Left, class Right, class... Rest> consteval std::size_t matching_connections() {
    if constexpr (!std::is_same_v<typename Left::OutputShape, typename Right::InputShape>) return 0;
    else return 1 + matching_connections<Right, Rest...>();
}

/// Whether the layers match, without an error if not.
template <class... Layers> consteval bool chain() {
    if constexpr (sizeof...(Layers) == 0 || !(Layer<Layers> && ...)) return false;
    else if constexpr ((is_empty<Layers> || ...)) return false;
    else return matching_connections<Layers...>() + 1 == sizeof...(Layers);
}

} // namespace detail

/// Whether the layers make a net: the input shape of each is the output shape of the one before it. False,
/// never an error, if not.
template <class... Layers>
concept Chain = detail::chain<Layers...>();

} // namespace tenon

#include <tenon/config/epilogue.hpp>
