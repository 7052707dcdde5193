// Causal convolutions in models of ONNX.
#pragma once

#include <tenon/cells/causal_conv.hpp>
#include <tenon/cells/causal_conv_2d.hpp>
#include <tenon/io/onnx_activations.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/io/onnx_time.hpp>
#include <tenon/shape.hpp>
#include <tenon/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The rows of all steps, each of the shape `sizes`, as a signal: [samples, channels, steps], or of frames
/// [samples, channels, steps, features].
template <class Graph>
std::string onnx_signal(Graph& graph, const std::string& rows, const std::vector<std::size_t>& sizes) {
    std::vector<std::size_t> order{1, 2, 0};
    if (sizes.size() == 2) order.push_back(3);
    return graph.node("Transpose", {onnx_steps(graph, rows, sizes)}, {{"perm", order}});
}
/// Back to rows.
template <class Graph>
std::string onnx_rows_of_signal(Graph& graph, const std::string& signal,
                                const std::vector<std::size_t>& sizes) {
    std::vector<std::size_t> order{2, 0, 1};
    if (sizes.size() == 2) order.push_back(3);
    return onnx_rows(graph, graph.node("Transpose", {signal}, {{"perm", order}}), sizes);
}
/// The signal with the inputs of the last `past` steps before it: the stream's state `state`; in a Sequence,
/// zeros by Conv's padding.
template <class Graph>
std::string onnx_with_past(Graph& graph, const std::string& signal, const std::string& state,
                           const std::vector<std::size_t>& sizes, std::size_t past) {
    if (past == 0 || graph.steps > 0) return signal;
    const std::string all = graph.node("Concat", {state, signal}, {{"axis", std::size_t{2}}});
    const std::string next = graph.node("Slice", {all, graph.integers({-static_cast<std::int64_t>(past)}),
                                                  graph.integers({std::numeric_limits<std::int64_t>::max()}),
                                                  graph.integers({2})});
    std::vector<OnnxSize> shape{"samples", sizes[0], past};
    if (sizes.size() == 2) shape.emplace_back(sizes[1]);
    graph.state({state, next, std::move(shape)});
    return all;
}

/// y = A(b + W * x) of layer L. The attributes list time first, then features; `pads` are of the features.
template <class L, class Graph, class T>
std::string onnx_causal_conv(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters, std::vector<OnnxAttribute> attributes,
                             std::vector<std::size_t> pads_before, std::vector<std::size_t> pads_after) {
    using Values = typename L::OutputShape;
    const auto in = sizes_of(typename L::InputShape{}), out = sizes_of(Values{});
    std::vector<std::string> inputs{
        onnx_with_past(graph, onnx_signal(graph, x, in), prefix + "past", in, L::past)};
    for (const Tensor& tensor : L::tensors) inputs.push_back(graph.tensor(prefix, tensor, parameters));
    std::vector<std::size_t> pads{graph.steps > 0 ? L::past : 0};
    pads.insert(pads.end(), pads_before.begin(), pads_before.end());
    pads.push_back(0);
    pads.insert(pads.end(), pads_after.begin(), pads_after.end());
    attributes.emplace_back("pads", pads);
    const std::string y = graph.node("Conv", std::move(inputs), std::move(attributes));
    return OnnxActivation<typename L::OutputActivation>::template write<Values>(
        graph, onnx_rows_of_signal(graph, y, out));
}

template <std::size_t In, std::size_t Out, class Size, class... Options>
struct OnnxEntry<CausalConv<In, Out, Size, Options...>> {
    using L = CausalConv<In, Out, Size, Options...>;
    /// ONNX has no convolution that holds its output.
    static constexpr bool exists =
        OnnxActivation<typename L::OutputActivation>::exists && stride_over_time<L> == 1;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        return onnx_causal_conv<L>(graph, x, prefix, parameters,
                                   {{"kernel_shape", std::vector{L::kernel}},
                                    {"dilations", std::vector{L::dilation}},
                                    {"group", In / L::tensors[0].shape[1]}},
                                   {}, {});
    }
};

/// Of frames, whose features may be padded and have a stride.
template <class Frame, std::size_t Out, class Size, class... Options>
struct OnnxEntry<CausalConv2D<Frame, Out, Size, Options...>> {
    using L = CausalConv2D<Frame, Out, Size, Options...>;
    using Features = typename L::Plan::Columns;
    static constexpr bool exists = OnnxActivation<typename L::OutputActivation>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        return onnx_causal_conv<L>(graph, x, prefix, parameters,
                                   {{"kernel_shape", std::vector{L::kernel, Features::kernel}},
                                    {"strides", std::vector<std::size_t>{1, Features::stride}},
                                    {"dilations", std::vector{L::dilation, Features::dilation}},
                                    {"group", L::Plan::options.groups}},
                                   {Features::before}, {Features::after});
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
