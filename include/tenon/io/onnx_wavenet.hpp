// WaveNets in models of ONNX.
#pragma once

#include <tenon/cells/skip_layers_cell.hpp>
#include <tenon/io/onnx_activations.hpp>
#include <tenon/io/onnx_causal.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/tensor.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The layers as convolutions of signals, [samples, channels, steps]; each has a state of its own in a
/// stream, `0.past`, `1.past`, ....
template <std::size_t Inputs, std::size_t In, std::size_t Before, class L, bool IsLast>
struct OnnxEntry<SkipLayersCell<Inputs, In, Before, L, IsLast>> {
    using Cell = SkipLayersCell<Inputs, In, Before, L, IsLast>;
    using A = typename L::A;
    static constexpr bool exists = OnnxActivation<A>::exists;

    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& rows, const std::string& prefix,
                             const T* parameters) {
        std::string x = onnx_signal(graph, rows, {Cell::InputShape::size}), inputs = x, sum;
        if constexpr (!Cell::is_first) {
            const auto parts = graph.nodes("Split", {x, graph.integers({In, Before, Inputs})}, 3,
                                           {{"axis", std::size_t{1}}});
            x = parts[0], sum = parts[1], inputs = parts[2];
        }
        x = conv(graph, x, prefix, "rechannel", parameters);
        for (std::size_t l = 0; l < L::layers; ++l) {
            const std::string layer_prefix = prefix + std::to_string(l) + '.';
            const auto pointwise = [&](const std::string& signal, std::string_view name) {
                return conv(graph, signal, layer_prefix, name, parameters, l);
            };
            const std::size_t past = Cell::Rings::past[l];
            std::string u =
                conv(graph, onnx_with_past(graph, x, layer_prefix + "past", {L::channels}, past),
                     layer_prefix, "conv", parameters, l, L::dilations[l], graph.steps > 0 ? past : 0);
            if constexpr (Cell::condition > 0) u = graph.node("Add", {u, pointwise(inputs, "input_mixer")});
            std::string z;
            if constexpr (L::has_gate) z = onnx_gate<A, Shape<L::channels>>(graph, u, L::channels);
            else z = OnnxActivation<A>::template write<Shape<L::channels>>(graph, u);
            const std::string skip = L::has_skip_conv ? pointwise(z, "skip") : z;
            sum = sum.empty() ? skip : graph.node("Add", {sum, skip});
            if (!IsLast || l + 1 < L::layers) x = graph.node("Add", {x, pointwise(z, "layer1x1")});
        }
        std::string y = conv(graph, sum, prefix, "head_rechannel", parameters);
        if constexpr (!IsLast) y = graph.node("Concat", {x, y, inputs}, {{"axis", std::size_t{1}}});
        return onnx_rows_of_signal(graph, y, {Cell::OutputShape::size});
    }

private:
    /// A convolution by the tensors name.weight and, if there is one, name.bias: those of layer `layer` if
    /// their first axis is the layer.
    template <class Graph, class T>
    static std::string conv(Graph& graph, const std::string& signal, const std::string& prefix,
                            std::string_view name, const T* parameters, std::size_t layer = 0,
                            std::size_t dilation = 1, std::size_t zeros = 0) {
        std::vector<std::string> values{signal};
        std::size_t kernel = 1;
        for (const Tensor& tensor : Cell::tensors) {
            if (!tensor.name.starts_with(std::string{name} + '.')) continue;
            const bool is_weight = tensor.name.ends_with("weight");
            const std::size_t first = tensor.rank > (is_weight ? 2u : 1u) ? 1 : 0; // behind the layer
            std::vector<std::size_t> shape;
            for (std::size_t axis = first; axis < tensor.rank; ++axis) shape.push_back(tensor.shape[axis]);
            if (is_weight && shape.size() == 2) shape.push_back(1);
            if (is_weight) kernel = shape[2];
            std::size_t count = 1;
            for (const std::size_t size : shape) count *= size;
            values.push_back(graph.computed(prefix + std::string{tensor.name}, shape, [&](std::size_t e) {
                return parameters[tensor.place_of(layer * count + e)];
            }));
        }
        return graph.node("Conv", std::move(values),
                          {{"kernel_shape", std::vector{kernel}},
                           {"dilations", std::vector{dilation}},
                           {"pads", std::vector<std::size_t>{zeros, 0}}});
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
