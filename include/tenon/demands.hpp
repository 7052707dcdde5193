// Checks layers, activations, losses and optimizers; a sentence names what does not match or is missing.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/misfit/parts.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Replaces a type that is no layer after its sentence, so that one mistake makes one message.
struct PlaceholderLayer {
    using InputShape = Shape<1>;
    using OutputShape = Shape<1>;
    static constexpr std::size_t parameter_count = 0, trace = 0, scratch = 0;
    static constexpr void forward(auto...) noexcept {}
    static constexpr void backward(auto...) noexcept {}
};
template <class L>
using LayerOrPlaceholder = std::conditional_t<Layer<L>, typename LayerOf<L>::type, PlaceholderLayer>;

/// The optional member Inference of a layer, or the layer itself.
template <class L> struct InferenceOf {
    using type = L;
};
template <class L>
    requires requires { typename L::Inference; }
struct InferenceOf<L> {
    using type = typename L::Inference;
};

/// Whether what runs outside training has the parameters of L, and takes and gives as many values.
template <class L, class Inference = typename InferenceOf<L>::type>
inline constexpr bool inference_fits =
    Inference::parameter_count == L::parameter_count && Inference::InputShape::size == L::InputShape::size &&
    Inference::OutputShape::size == L::OutputShape::size;
template <class L>
inline constexpr bool inference_fits<L, NoLayer> =
    L::parameter_count == 0 && L::InputShape::size == L::OutputShape::size;

// A sentence is returned as a type, and its passes() is called by the caller: every intermediate function
// adds three lines to the message.

/// The sentence about the member that L lacks, or that L is no layer at all; Place is misfit::layer<I>.
template <class Place, class L> consteval auto layer_sentence() {
    using Found = misfit::but_found<L>;
    if constexpr (!HasForward<L> && !HasBackward<L> && !HasShapes<L> && !HasCounts<L>)
        return std::type_identity<misfit::not_a_layer<Place, Found>>{};
    else if constexpr (!HasShapes<L>) return std::type_identity<misfit::layer_without_shapes<Place, Found>>{};
    else if constexpr (!HasCounts<L>) return std::type_identity<misfit::layer_without_counts<Place, Found>>{};
    else if constexpr (!HasForward<L>)
        return std::type_identity<misfit::layer_without_forward<Place, Found>>{};
    else if constexpr (!HasBackward<L>)
        return std::type_identity<misfit::layer_without_backward<Place, Found>>{};
    else return std::type_identity<misfit::layer_without_tensors<Place, Found>>{};
}
template <class Place, class L> using LayerSentence = typename decltype(layer_sentence<Place, L>())::type;

/// Whether the layers make a net; a sentence names the first mismatch. Call it directly in the requires
/// clause: every intermediate function adds three lines to the message.
template <class... Layers> consteval bool layers_fit() {
    constexpr std::size_t count = sizeof...(Layers);
    constexpr std::size_t first_non_layer = first_true(std::array{!Layer<Layers>..., true});
    if constexpr (count == 0) return misfit::no_layers<Layers...>::passes();
    else if constexpr (first_non_layer < count)
        return LayerSentence<misfit::layer<first_non_layer + 1>,
                             typename At<first_non_layer, Layers...>::type>::passes();
    else if constexpr (!(inference_fits<typename LayerOf<Layers>::type> && ...)) {
        constexpr std::size_t other =
            first_true(std::array{!inference_fits<typename LayerOf<Layers>::type>...});
        return misfit::inference_mismatch<misfit::layer<other + 1>,
                                          misfit::but_found<typename At<other, Layers...>::type>>::passes();
    } else if constexpr ((is_empty<Layers> || ...)) {
        constexpr std::size_t empty = first_true(std::array{is_empty<Layers>...});
        using Empty = typename At<empty, Layers...>::type;
        return misfit::zero_size<misfit::layer<empty + 1>,
                                 typename Empty::InputShape::template rebind_to<misfit::takes>,
                                 typename Empty::OutputShape::template rebind_to<misfit::gives>>::passes();
    } else if constexpr (!chain<Layers...>()) {
        constexpr std::size_t left = matching_connections<Layers...>();
        using Left = typename At<left, Layers...>::type::OutputShape;
        using Right = typename At<left + 1, Layers...>::type::InputShape;
        using Gives = typename Left::template rebind_to<misfit::gives>;
        using Takes = typename Right::template rebind_to<misfit::takes>;
        if constexpr (Left::size == Right::size && Left::rank == 1)
            return misfit::unflatten_missing<misfit::layer<left + 1>, Gives, misfit::but_layer<left + 2>,
                                             Takes>::passes();
        else if constexpr (Left::size == Right::size && Right::rank > 1)
            return misfit::axes_differ<misfit::layer<left + 1>, Gives, misfit::but_layer<left + 2>,
                                       Takes>::passes();
        else if constexpr (Left::size == Right::size)
            return misfit::flatten_missing<misfit::layer<left + 1>, Gives, misfit::but_layer<left + 2>,
                                           Takes>::passes();
        else
            return misfit::shape_mismatch<misfit::layer<left + 1>, Gives, misfit::but_layer<left + 2>,
                                          Takes>::passes();
    } else return true;
}

/// Whether A is an activation; a sentence names the member that it lacks.
template <class A> consteval bool activation_fits() {
    using Found = misfit::but_found<A>;
    if constexpr (Activation<A>) return true;
    else if constexpr (HasApply<A>) return misfit::activation_without_derivative<Found>::passes();
    else if constexpr (HasElementDerivative<A>) return misfit::activation_without_apply<Found>::passes();
    else return misfit::not_an_activation<Found>::passes();
}

/// The sentence about the member that L lacks; void if L is a loss.
template <class L> consteval auto loss_sentence() {
    using Found = misfit::but_found<L>;
    if constexpr (Loss<L>) return std::type_identity<void>{};
    else if constexpr (HasValue<L> && HasDerivative<L>)
        return std::type_identity<misfit::loss_without_mean<Found>>{};
    else if constexpr (HasValue<L>) return std::type_identity<misfit::loss_without_derivative<Found>>{};
    else if constexpr (HasDerivative<L>) return std::type_identity<misfit::loss_without_value<Found>>{};
    else return std::type_identity<misfit::not_a_loss<Found>>{};
}
template <class L> using LossSentence = typename decltype(loss_sentence<L>())::type;

/// The sentence about the member that O lacks; void if O is an optimizer.
template <class O> consteval auto optimizer_sentence() {
    using Found = misfit::but_found<O>;
    if constexpr (Optimizer<O>) return std::type_identity<void>{};
    else if constexpr (HasState<O>) return std::type_identity<misfit::optimizer_without_step<Found>>{};
    else if constexpr (requires { &O::step; })
        return std::type_identity<misfit::optimizer_without_state<Found>>{};
    else return std::type_identity<misfit::not_an_optimizer<Found>>{};
}
template <class O> using OptimizerSentence = typename decltype(optimizer_sentence<O>())::type;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
