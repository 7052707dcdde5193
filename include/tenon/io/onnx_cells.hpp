// Recurrent cells in models of ONNX.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/cells/bidirectional.hpp>
#include <tenon/cells/gru.hpp>
#include <tenon/cells/lstm.hpp>
#include <tenon/cells/rnn.hpp>
#include <tenon/cells/trained_state.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/io/onnx_time.hpp>
#include <tenon/shape.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// How ONNX calls a recurrent cell: `type`; order[k], PyTorch's number of ONNX's gate k, of an LSTM i, o, f,
/// c, of a GRU z, r, h; `attributes` for a number of directions; `states`, the names of its states.
template <class Cell> struct OnnxCell {
    static constexpr bool exists = false;
};
template <std::size_t In, std::size_t Hidden> struct OnnxCell<LSTM<In, Hidden>> {
    static constexpr bool exists = true;
    static constexpr const char* type = "LSTM";
    static constexpr std::array<std::size_t, 4> order{0, 3, 1, 2};
    static constexpr std::array states{"h", "c"};
    static std::vector<OnnxAttribute> attributes(std::size_t) { return {}; }
};
template <std::size_t In, std::size_t Hidden, class Reset> struct OnnxCell<GRU<In, Hidden, Reset>> {
    static constexpr bool exists = true;
    static constexpr const char* type = "GRU";
    static constexpr std::array<std::size_t, 3> order{1, 0, 2};
    static constexpr std::array states{"h"};
    static std::vector<OnnxAttribute> attributes(std::size_t) {
        return {{"linear_before_reset", std::size_t{std::is_same_v<Reset, ResetAfter>}}};
    }
};

/// The name of an RNN's activation.
template <class A> inline constexpr const char* onnx_rnn_activation = nullptr;
template <> inline constexpr const char* onnx_rnn_activation<Tanh> = "Tanh";
template <> inline constexpr const char* onnx_rnn_activation<Relu> = "Relu";
template <> inline constexpr const char* onnx_rnn_activation<Sigmoid> = "Sigmoid";
template <> inline constexpr const char* onnx_rnn_activation<Softsign> = "Softsign";
template <> inline constexpr const char* onnx_rnn_activation<Softplus> = "Softplus";
template <std::size_t In, std::size_t Hidden, class A> struct OnnxCell<RNN<In, Hidden, A>> {
    static constexpr bool exists = onnx_rnn_activation<A> != nullptr;
    static constexpr const char* type = "RNN";
    static constexpr std::array<std::size_t, 1> order{0};
    static constexpr std::array states{"h"};
    static std::vector<OnnxAttribute> attributes(std::size_t directions) {
        return {{"activations", std::vector<std::string>(directions, onnx_rnn_activation<A>)}};
    }
};

template <class Cell> struct OnnxCell<TrainedState<Cell>> : OnnxCell<Cell> {};
template <class Cell> inline constexpr bool has_trained_state = false;
template <class Cell> inline constexpr bool has_trained_state<TrainedState<Cell>> = true;

/// The inputs X, W, R and B of a cell, of which some directions lie behind each other among the parameters.
template <class Cell, class Graph, class T>
std::vector<std::string> onnx_cell_inputs(Graph& graph, const std::string& x, const std::string& prefix,
                                          const T* parameters, std::size_t directions) {
    using Of = OnnxCell<Cell>;
    constexpr std::size_t in = Cell::InputShape::size, units = Cell::OutputShape::size,
                          rows = Of::order.size() * units;
    /// Element i of row `row` of a tensor; 0 if the cell has no such tensor, a second bias.
    const auto element = [&](std::string_view name, std::size_t direction, std::size_t row, std::size_t i) {
        const std::size_t of_torch = Of::order[row / units] * units + row % units;
        for (const Tensor& tensor : Cell::tensors)
            if (tensor.name == name)
                return parameters[direction * Cell::parameter_count +
                                  (tensor.rank == 1 ? tensor.at(of_torch) : tensor.at(of_torch, i))];
        return T(0);
    };
    const auto matrix = [&](std::string_view name, std::size_t columns) {
        return graph.computed(prefix + std::string{name}, {directions, rows, columns}, [&](std::size_t i) {
            return element(name, i / (rows * columns), i / columns % rows, i % columns);
        });
    };
    std::vector<std::string> inputs{x, matrix("weight_ih_l0", in), matrix("weight_hh_l0", units)};
    inputs.push_back(graph.computed(prefix + "bias_l0", {directions, 2 * rows}, [&](std::size_t i) {
        return element(i / rows % 2 == 0 ? "bias_ih_l0" : "bias_hh_l0", i / (2 * rows), i % rows, 0);
    }));
    return inputs;
}

/// The trained values of each state before the first step, [directions, 1, Hidden].
template <class Cell, class Graph, class T>
std::vector<std::string> onnx_initial_states(Graph& graph, const std::string& prefix, const T* parameters,
                                             std::size_t directions) {
    constexpr std::size_t units = Cell::OutputShape::size, count = OnnxCell<Cell>::states.size();
    std::vector<std::string> values;
    for (std::size_t i = 0; i < count; ++i) {
        const Tensor& tensor = Cell::tensors[Cell::tensors.size() - count + i];
        values.push_back(
            graph.computed(prefix + std::string{tensor.name}, {directions, 1, units}, [&](std::size_t e) {
                return parameters[e / units * Cell::parameter_count + tensor.at(e % units)];
            }));
    }
    return values;
}
/// Adds the inputs that follow X, W, R and B to those of a cell over a sequence.
template <class Cell, class Graph, class T>
void onnx_add_initial_states(Graph& graph, std::vector<std::string>& inputs, const std::string& prefix,
                             const T* parameters, std::size_t directions) {
    if constexpr (has_trained_state<Cell>) {
        const std::string samples =
            graph.node("Shape", {inputs[0]}, {{"start", std::size_t{1}}, {"end", std::size_t{2}}});
        const std::string shape = graph.node("Concat", {graph.integers({1}), samples, graph.integers({1})},
                                             {{"axis", std::size_t{0}}});
        inputs.emplace_back(); // sequence_lens
        for (const std::string& value : onnx_initial_states<Cell>(graph, prefix, parameters, directions))
            inputs.push_back(graph.node("Expand", {value, shape}));
    }
}

template <class Cell> struct OnnxRecurrent {
    static constexpr bool exists = OnnxCell<Cell>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        using Of = OnnxCell<Cell>;
        constexpr std::size_t units = Cell::OutputShape::size;
        auto inputs = onnx_cell_inputs<Cell>(
            graph, onnx_steps(graph, x, sizes_of(typename Cell::InputShape{})), prefix, parameters, 1);
        auto attributes = Of::attributes(1);
        attributes.emplace_back("hidden_size", units);
        const bool is_stream = graph.steps == 0;
        std::vector<std::string> initial; // the state of a stream is the difference from these
        if (is_stream) {
            if constexpr (has_trained_state<Cell>)
                initial = onnx_initial_states<Cell>(graph, prefix, parameters, 1);
            inputs.emplace_back(); // sequence_lens
            for (std::size_t i = 0; i < Of::states.size(); ++i) {
                const std::string state = prefix + Of::states[i];
                inputs.push_back(initial.empty() ? state : graph.node("Add", {state, initial[i]}));
            }
        } else onnx_add_initial_states<Cell>(graph, inputs, prefix, parameters, 1);
        const std::vector<std::string> y =
            graph.nodes(Of::type, std::move(inputs), is_stream ? 1 + Of::states.size() : 1, attributes);
        for (std::size_t i = 0; i + 1 < y.size(); ++i) {
            const std::string next = initial.empty() ? y[i + 1] : graph.node("Sub", {y[i + 1], initial[i]});
            graph.state({prefix + Of::states[i], next, {std::size_t{1}, "samples", units}});
        }
        return graph.node("Reshape", {y[0], graph.integers({-1, static_cast<std::int64_t>(units)})});
    }
};
template <std::size_t In, std::size_t Hidden>
struct OnnxEntry<LSTM<In, Hidden>> : OnnxRecurrent<LSTM<In, Hidden>> {};
template <std::size_t In, std::size_t Hidden, class Reset>
struct OnnxEntry<GRU<In, Hidden, Reset>> : OnnxRecurrent<GRU<In, Hidden, Reset>> {};
template <std::size_t In, std::size_t Hidden, class A>
struct OnnxEntry<RNN<In, Hidden, A>> : OnnxRecurrent<RNN<In, Hidden, A>> {};
template <class Cell> struct OnnxEntry<TrainedState<Cell>> : OnnxRecurrent<TrainedState<Cell>> {};

/// [samples, steps, In] to [samples, steps, 2 Hidden]
template <std::size_t Steps, class Cell> struct OnnxEntry<Bidirectional<Steps, Cell>> {
    static constexpr bool exists = OnnxCell<Cell>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        constexpr std::size_t units = Cell::OutputShape::size;
        const std::string steps = onnx_swapped(graph, x, sizes_of(typename Cell::InputShape{}));
        auto attributes = OnnxCell<Cell>::attributes(2);
        attributes.emplace_back("hidden_size", units);
        attributes.emplace_back("direction", "bidirectional");
        auto inputs = onnx_cell_inputs<Cell>(graph, steps, prefix, parameters, 2);
        onnx_add_initial_states<Cell>(graph, inputs, prefix, parameters, 2);
        const std::string y = graph.node(OnnxCell<Cell>::type, std::move(inputs), std::move(attributes));
        const std::string by_sample =
            graph.node("Transpose", {y}, {{"perm", std::vector<std::size_t>{2, 0, 1, 3}}});
        return graph.node("Reshape", {by_sample, graph.integers(onnx_shape({-1}, {Steps, 2 * units}))});
    }
};

template <class Values> struct OnnxEntry<FinalStates<Values>> {
    using L = FinalStates<Values>;
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        /// Half of the values of a step.
        const auto part = [&](std::size_t step, std::size_t first) {
            const std::string values =
                graph.node("Gather", {x, graph.integer(step)}, {{"axis", std::size_t{1}}});
            return graph.node("Slice", {values, graph.integers({static_cast<std::int64_t>(first)}),
                                        graph.integers({static_cast<std::int64_t>(first + L::half)}),
                                        graph.integers({1})});
        };
        return graph.node("Concat", {part(L::steps - 1, 0), part(0, L::half)}, {{"axis", std::size_t{1}}});
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
