// Shapes, the joints between layers, and the sentences said when something does not fit.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// Nothing here is code, so no inline namespace: messages read tenon::layer<1>, not tenon::v0_avx2::layer<1>.
namespace tenon {

/// The sizes of a layer's input or output: Shape<784>, or Shape<channels, height, width>, PyTorch's order.
template <std::size_t... Sizes> struct Shape {
    static constexpr std::size_t rank = sizeof...(Sizes);
    static constexpr std::size_t size = (Sizes * ... * 1);
};

// The words of the sentences: never defined. Layers are counted from 1.
template <std::size_t I> struct layer;
template <std::size_t I> struct but_layer;
template <std::size_t... N> struct takes;
template <std::size_t... N> struct gives;
template <std::size_t N> struct but_given;
template <class... What> struct but_found;
template <class A> struct ends_in;

template <class, class, class, class> inline constexpr bool fits = false;
template <std::size_t I, std::size_t J, std::size_t... N>
inline constexpr bool fits<layer<I>, gives<N...>, but_layer<J>, takes<N...>> = true;

template <class Left, class Gives, class Right, class Takes> struct shape_mismatch {
    static_assert(fits<Left, Gives, Right, Takes>, "each layer must take as many values as the layer before it gives");
    static constexpr bool none = true;
};

template <class Layer, class Takes, class Gives> struct zero_size {
    static_assert(!std::is_same_v<Layer, Layer>, "a layer must take and give at least one value");
    static constexpr bool none = true;
};

template <class Layer, class Found> struct not_a_layer {
    static_assert(!std::is_same_v<Layer, Layer>, "a net is made of layers, such as Dense<2, 3, Sigmoid>");
    static constexpr bool none = true;
};

template <class, class> inline constexpr bool as_many = false;
template <std::size_t N> inline constexpr bool as_many<takes<N>, but_given<N>> = true;
template <std::size_t N> inline constexpr bool as_many<gives<N>, but_given<N>> = true;

template <class Net, class Given> struct input_mismatch {
    static_assert(as_many<Net, Given>, "an input must have as many values as the net takes");
    static constexpr bool none = true;
};

template <class Net, class Given> struct target_mismatch {
    static_assert(as_many<Net, Given>, "a target must have as many values as the net gives");
    static constexpr bool none = true;
};

template <class Trainer, class Given> struct batch_too_large {
    static_assert(!std::is_same_v<Trainer, Trainer>, "a minibatch must not be larger than the trainer's batch_size");
    static constexpr bool none = true;
};

template <class Loss, class Net> struct loss_mismatch {
    static_assert(!std::is_same_v<Loss, Loss>, "this loss needs a net that ends in another activation: "
                                               "CrossEntropy Softmax, BinaryCrossEntropy Sigmoid, "
                                               "NegativeLogLikelihood LogSoftmax");
    static constexpr bool none = true;
};

} // namespace tenon

namespace tenon::inline TENON_ABI::detail {

template <std::size_t I, class Left, class Right> struct Joint;
template <std::size_t I, std::size_t... N, std::size_t... M> struct Joint<I, Shape<N...>, Shape<M...>> {
    static constexpr bool none = shape_mismatch<layer<I>, gives<N...>, but_layer<I + 1>, takes<M...>>::none;
};

template <std::size_t I, class In, class Out> struct Empty;
template <std::size_t I, std::size_t... N, std::size_t... M> struct Empty<I, Shape<N...>, Shape<M...>> {
    static constexpr bool none = zero_size<layer<I>, takes<N...>, gives<M...>>::none;
};

/// The index of the first true, or N.
template <std::size_t N> consteval std::size_t first_true(const std::array<bool, N>& found) {
    std::size_t i = 0;
    while (i < N && !found[i]) ++i;
    return i;
}

template <std::size_t I, class First, class... Rest> struct At : At<I - 1, Rest...> {};
template <class First, class... Rest> struct At<0, First, Rest...> { using type = First; };

} // namespace tenon
