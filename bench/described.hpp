// The networks as tenon's types.
#pragma once

#include "networks.hpp"

#include <tenon/tenon.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace bench {

template <Activation> struct Same;
template <> struct Same<identity> : std::type_identity<tenon::Identity> {};
template <> struct Same<relu> : std::type_identity<tenon::Relu> {};
template <> struct Same<sigmoid> : std::type_identity<tenon::Sigmoid> {};
template <> struct Same<Activation::tanh> : std::type_identity<tenon::Tanh> {};
template <> struct Same<softmax> : std::type_identity<tenon::Softmax> {};

template <const Network& N, class = std::make_index_sequence<N.layers()>> struct Described;
template <const Network& N, std::size_t... L> struct Described<N, std::index_sequence<L...>> {
    template <std::size_t I>
    using Dense = tenon::Dense<N.widths[I], N.widths[I + 1], typename Same<N.activation(I)>::type>;
    using Net = tenon::Net<Dense<L>...>;

    /// visit(net's number, its place in the flat parameters) for all of them.
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
