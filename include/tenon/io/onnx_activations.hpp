// How ONNX expresses tenon's activations: an entry for each.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/shape.hpp>
#include <tenon/softmax.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// write<Values>(graph, z) adds the nodes of A, and returns the name of y. Values is the shape of a sample.
template <class A> struct OnnxActivation {
    static constexpr bool exists = false;
};

struct OnnxIdentity {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph&, const std::string& z) { return z; }
};
template <> struct OnnxActivation<Identity> : OnnxIdentity {};
template <> struct OnnxActivation<LogProbabilities> : OnnxIdentity {};

/// A node of this type, without attributes.
template <const char* Type> struct OnnxNode {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node(Type, {z});
    }
};
inline constexpr char onnx_relu[] = "Relu", onnx_sigmoid[] = "Sigmoid", onnx_tanh[] = "Tanh",
                      onnx_softsign[] = "Softsign", onnx_softmax[] = "Softmax",
                      onnx_log_softmax[] = "LogSoftmax";
template <> struct OnnxActivation<Relu> : OnnxNode<onnx_relu> {};
template <> struct OnnxActivation<Sigmoid> : OnnxNode<onnx_sigmoid> {};
template <> struct OnnxActivation<Tanh> : OnnxNode<onnx_tanh> {};
template <> struct OnnxActivation<Softsign> : OnnxNode<onnx_softsign> {};

template <class Slope> struct OnnxActivation<LeakyReluWith<Slope>> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node("LeakyRelu", {z}, {{"alpha", number<Slope>}});
    }
};
template <> struct OnnxActivation<LeakyRelu> : OnnxActivation<LeakyReluWith<std::ratio<1, 100>>> {};

template <class Alpha> struct OnnxActivation<EluWith<Alpha>> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node("Elu", {z}, {{"alpha", number<Alpha>}});
    }
};
template <> struct OnnxActivation<Elu> : OnnxActivation<EluWith<std::ratio<1>>> {};

template <class Alpha, class Gamma> struct OnnxActivation<SeluWith<Alpha, Gamma>> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node("Selu", {z}, {{"alpha", number<Alpha>}, {"gamma", number<Gamma>}});
    }
};
template <>
struct OnnxActivation<Selu>
    : OnnxActivation<SeluWith<std::ratio<96804729, 57853855>, std::ratio<537501631, 511564791>>> {};

template <class Alpha, class Beta> struct OnnxActivation<HardSigmoidWith<Alpha, Beta>> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node("HardSigmoid", {z}, {{"alpha", number<Alpha>}, {"beta", number<Beta>}});
    }
};
template <>
struct OnnxActivation<HardSigmoid> : OnnxActivation<HardSigmoidWith<std::ratio<1, 6>, std::ratio<1, 2>>> {};

/// log(1 + exp(beta z)) / beta
template <class Beta> struct OnnxActivation<SoftplusWith<Beta>> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        if constexpr (number<Beta> == 1) return graph.node("Softplus", {z});
        else {
            const std::string beta = graph.constant(number<Beta>);
            return graph.node("Div", {graph.node("Softplus", {graph.node("Mul", {z, beta})}), beta});
        }
    }
};
template <> struct OnnxActivation<Softplus> : OnnxActivation<SoftplusWith<std::ratio<1>>> {};

/// z sigmoid(z)
template <> struct OnnxActivation<Silu> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        return graph.node("Mul", {z, graph.node("Sigmoid", {z})});
    }
};

/// z (1 + erf(z / sqrt 2)) / 2: there is an operator Gelu only from opset 20 on.
template <> struct OnnxActivation<Gelu> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        const std::string erf =
            graph.node("Erf", {graph.node("Div", {z, graph.constant(1.4142135623730951)})});
        const std::string twice = graph.node("Mul", {z, graph.node("Add", {erf, graph.constant(1)})});
        return graph.node("Mul", {twice, graph.constant(0.5)});
    }
};

/// z sigmoid(linear z + cubic z^3)
template <> struct OnnxActivation<GeluTanh> {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        const std::string z_squared = graph.node("Mul", {z, z});
        const std::string slope =
            graph.node("Add", {graph.node("Mul", {z_squared, graph.constant(GeluTanh::cubic)}),
                               graph.constant(GeluTanh::linear)});
        return graph.node("Mul", {z, graph.node("Sigmoid", {graph.node("Mul", {z, slope})})});
    }
};

/// Over all values of a sample, so values of several dimensions become a row and return.
template <const char* Type> struct OnnxSoftmax {
    static constexpr bool exists = true;
    template <class Values, class Graph> static std::string write(Graph& graph, const std::string& z) {
        if constexpr (Values::rank == 1) return graph.node(Type, {z}, {{"axis", std::size_t{1}}});
        else {
            const std::string row = graph.node("Flatten", {z}, {{"axis", std::size_t{1}}});
            const std::string y = graph.node(Type, {row}, {{"axis", std::size_t{1}}});
            const auto sizes = []<std::size_t... Sizes>(Shape<Sizes...>) {
                return std::vector<std::int64_t>{-1, static_cast<std::int64_t>(Sizes)...};
            }(Values{});
            return graph.node("Reshape", {y, graph.integers(sizes)});
        }
    }
};
/// A(a) sigmoid(b), where a and b are halves of the channels, which are axis 1. Values is the shape of a
/// sample of a.
template <class A, class Values, class Graph>
std::string onnx_gate(Graph& graph, const std::string& x, std::size_t channels) {
    const auto half = static_cast<std::int64_t>(channels);
    const auto parts = graph.nodes("Split", {x, graph.integers({half, half})}, 2, {{"axis", std::size_t{1}}});
    return graph.node("Mul", {OnnxActivation<A>::template write<Values>(graph, parts[0]),
                              graph.node("Sigmoid", {parts[1]})});
}

template <> struct OnnxActivation<Softmax> : OnnxSoftmax<onnx_softmax> {};
template <> struct OnnxActivation<LogSoftmax> : OnnxSoftmax<onnx_log_softmax> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
