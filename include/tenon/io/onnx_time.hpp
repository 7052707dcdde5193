// Sequences and nets that run step by step in models of ONNX.
#pragma once

#include <tenon/cells/sequence.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// [first..., sizes...], for a Reshape.
inline std::vector<std::int64_t> onnx_shape(std::vector<std::int64_t> first,
                                            const std::vector<std::size_t>& sizes) {
    for (const std::size_t size : sizes) first.push_back(static_cast<std::int64_t>(size));
    return first;
}

/// [samples, steps, ...] to [steps, samples, ...], or back.
template <class Graph>
std::string onnx_swapped(Graph& graph, const std::string& x, const std::vector<std::size_t>& sizes) {
    std::vector<std::size_t> order{1, 0};
    for (std::size_t i = 0; i < sizes.size(); ++i) order.push_back(i + 2);
    return graph.node("Transpose", {x}, {{"perm", order}});
}
/// [steps, samples, ...] to [steps * samples, ...]
template <class Graph>
std::string onnx_rows(Graph& graph, const std::string& x, const std::vector<std::size_t>& sizes) {
    return graph.node("Reshape", {x, graph.integers(onnx_shape({-1}, sizes))});
}
/// [steps * samples, ...] to [steps, samples, ...]
template <class Graph>
std::string onnx_steps(Graph& graph, const std::string& rows, const std::vector<std::size_t>& sizes) {
    if (graph.steps > 0) {
        const auto count = static_cast<std::int64_t>(graph.steps);
        return graph.node("Reshape", {rows, graph.integers(onnx_shape({count, -1}, sizes))});
    }
    const std::string shape =
        graph.node("Concat", {graph.steps_and_samples, graph.integers(onnx_shape({}, sizes))},
                   {{"axis", std::size_t{0}}});
    return graph.node("Reshape", {rows, shape});
}

template <std::size_t Steps, class... Layers> struct OnnxEntry<Sequence<Steps, Layers...>> {
    static constexpr bool exists = (OnnxEntry<Layers>::exists && ...);
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        using Step = Stack<Layers...>;
        const auto in = sizes_of(typename Step::InputShape{}), out = sizes_of(typename Step::OutputShape{});
        const std::size_t outer = std::exchange(graph.steps, Steps);
        const std::string rows = onnx_rows(graph, onnx_swapped(graph, x, in), in);
        const std::string y = OnnxEntry<Step>::write(graph, rows, prefix, parameters);
        const std::string all = onnx_swapped(graph, onnx_steps(graph, y, out), out);
        graph.steps = outer;
        return all;
    }
};

template <std::size_t Steps, std::size_t... Sizes> struct OnnxEntry<LastStep<Shape<Steps, Sizes...>>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return graph.node("Gather", {x, graph.integer(Steps - 1)}, {{"axis", std::size_t{1}}});
    }
};

/// The nodes of a net that runs step by step: `input` is [samples, steps, In], and so is the value.
template <class Net, class Graph, class T> std::string onnx_stream(Graph& graph, const T* parameters) {
    const auto in = sizes_of(typename Net::InputShape{}), out = sizes_of(typename Net::OutputShape{});
    const std::string steps = onnx_swapped(graph, "input", in);
    graph.steps_and_samples = graph.node("Shape", {steps}, {{"end", std::size_t{2}}});
    const std::string y = OnnxEntry<Net>::write(graph, onnx_rows(graph, steps, in), "", parameters);
    return onnx_swapped(graph, onnx_steps(graph, y, out), out);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
