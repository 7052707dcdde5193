// The networks and optimizers as tenon's types.
#pragma once

#include "networks.hpp"

#include <tenon/tenon.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace bench {

template <Activation> struct TenonActivation;
template <> struct TenonActivation<identity> : std::type_identity<tenon::Identity> {};
template <> struct TenonActivation<relu> : std::type_identity<tenon::Relu> {};
template <> struct TenonActivation<sigmoid> : std::type_identity<tenon::Sigmoid> {};
template <> struct TenonActivation<Activation::tanh> : std::type_identity<tenon::Tanh> {};
template <> struct TenonActivation<softmax> : std::type_identity<tenon::Softmax> {};

template <Optimizer O> constexpr auto tenon_optimizer() {
    if constexpr (O == Optimizer::sgd) return tenon::Sgd{.learning_rate = sgd_rate};
    if constexpr (O == Optimizer::momentum)
        return tenon::Sgd{.learning_rate = momentum_rate, .momentum = momentum};
    if constexpr (O == Optimizer::adam) return tenon::Adam{.learning_rate = adam_rate};
}

template <const Network& N, class = std::make_index_sequence<N.layers()>> struct TenonNet;
template <const Network& N, std::size_t... L> struct TenonNet<N, std::index_sequence<L...>> {
    template <std::size_t I>
    using Dense = tenon::Dense<N.widths[I], N.widths[I + 1], typename TenonActivation<N.activation(I)>::type>;
    using Net = tenon::Net<Dense<L>...>;

    /// Calls visit(parameter of the net, its index in the flat parameters) for every parameter.
    static void for_each(auto&& net, auto visit) {
        const auto layer = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            const std::size_t in = N.widths[I], out = N.widths[I + 1];
            for (std::size_t o = 0; o < out; ++o) {
                for (std::size_t i = 0; i < in; ++i)
                    visit(net.template layer<I>().weight(o, i), N.weight(I) + i * out + o);
                visit(net.template layer<I>().bias(o), N.bias(I) + o);
            }
        };
        (layer(std::integral_constant<std::size_t, L>{}), ...);
    }
    static Net load(std::span<const float> start) {
        Net net;
        for_each(net, [&](float& parameter, std::size_t i) { parameter = start[i]; });
        return net;
    }
};

}
