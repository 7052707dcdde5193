// Gated: half of the channels, each times the sigmoid of one of the other half.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/demands.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The shape of the first half of the channels.
template <class Values> struct HalfOfChannels;
template <std::size_t Count, std::size_t... Sizes> struct HalfOfChannels<Shape<Count, Sizes...>> {
    using type = Shape<(Count + 1) / 2, Sizes...>;
    static constexpr bool exists = Count % 2 == 0;
};

template <class Values, class A> consteval bool gated_fits() {
    if constexpr (!Activation<A>) return activation_fits<A>();
    else
        return misfit::gated<std::bool_constant<HalfOfChannels<Values>::exists && Elementwise<A>>,
                             misfit::but_found<Values, A>>::passes();
}

/// to = A(a) sigmoid(b), for N values of every sample; reads and writes nothing after them.
template <class A, std::size_t N, class View, class From>
constexpr void gate(View to, From a, From b) noexcept {
    map_channels<ChannelsOf<Shape<N>>>(
        to, [](auto, auto v, auto g) { return A::apply(v) * Sigmoid::apply(g); }, a, b);
}
/// of_a and of_b are the gradients of a and b; of_b may be b.
template <class A, std::size_t N, class View, class From, class Dy>
constexpr void gate_gradient(From a, From b, Dy dy, View of_a, View of_b) noexcept {
    using Values = ChannelsOf<Shape<N>>;
    map_channels<Values>(
        of_a,
        [](auto, auto v, auto g, auto d) { return d * Sigmoid::apply(g) * A::derivative(v, A::apply(v)); }, a,
        b, dy);
    map_channels<Values>(
        of_b,
        [](auto, auto v, auto g, auto d) {
            const auto s = Sigmoid::apply(g);
            return d * A::apply(v) * s * (decltype(s)(1) - s);
        },
        a, b, dy);
}

} // namespace detail

/// y = A(a) sigmoid(b), where a is the first half of the channels of x, and b the second: Shape<2 C, ...> to
/// Shape<C, ...>. The gated unit of WaveNet (van den Oord et al., 2016), where A is Tanh; with Identity
/// PyTorch's GLU.
template <class Values, class A = Tanh>
    requires(detail::gated_fits<Values, A>())
struct Gated : LayerDefaults {
    using InputShape = Values;
    using OutputShape = typename detail::HalfOfChannels<Values>::type;
    static constexpr std::size_t size = OutputShape::size, parameter_count = 0, multiply_adds = size;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::gate<A, size>(y, x, x.subview(size));
    }

    /// da = dy sigmoid(b) A'(a), db = dy A(a) sigmoid'(b)
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X x, Y, Context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::gate_gradient<A, size>(x, x.subview(size), dy, dx, dx.subview(size));
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
