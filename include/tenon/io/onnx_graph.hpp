// A graph of ONNX, as its nodes and tensors are added; then the bytes of the model.
#pragma once

#include <tenon/io/protobuf.hpp>
#include <tenon/tensor.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

// Numbers of fields and types are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

/// An attribute of a node.
struct OnnxAttribute {
    Protobuf bytes;

    OnnxAttribute(std::string_view name, double value) {
        constexpr unsigned is_float = 1;
        bytes.text(1, name).real(2, static_cast<float>(value)).number(20, is_float);
    }
    OnnxAttribute(std::string_view name, std::size_t value) {
        constexpr unsigned is_int = 2;
        bytes.text(1, name).number(3, value).number(20, is_int);
    }
    OnnxAttribute(std::string_view name, const char* value) {
        constexpr unsigned is_string = 3;
        bytes.text(1, name).text(4, value).number(20, is_string);
    }
    OnnxAttribute(std::string_view name, const std::vector<std::size_t>& values) {
        constexpr unsigned is_ints = 7;
        bytes.text(1, name);
        for (const std::size_t value : values) bytes.number(8, value);
        bytes.number(20, is_ints);
    }
    OnnxAttribute(std::string_view name, const std::vector<std::string>& values) {
        constexpr unsigned is_strings = 8;
        bytes.text(1, name);
        for (const std::string& value : values) bytes.text(9, value);
        bytes.number(20, is_strings);
    }
};

/// The size of an axis: a number, or a name if it is open.
struct OnnxSize {
    std::string name;
    std::size_t number = 0;
    OnnxSize(const char* open) : name{open} {}
    OnnxSize(std::size_t size) : number{size} {}
};

/// The state of a layer of a net that runs step by step: an input and an output of the model.
struct OnnxState {
    std::string name, next; // the names of the input, and of the value that becomes the output
    std::vector<OnnxSize> sizes;
};

/// T is the type of the net's numbers. Values are named; a function that adds a node returns the name of its
/// output.
template <class T> class OnnxGraph {
    struct Node {
        std::string type;
        std::vector<std::string> inputs, outputs;
        std::vector<OnnxAttribute> attributes;
    };
    static constexpr unsigned element_type = std::is_same_v<T, float> ? 1 : 11;
    std::vector<Node> nodes_;
    std::vector<OnnxState> states_;
    Protobuf graph_; // the initializers, until the end
    std::size_t values_ = 0;

public:
    /// Within a Sequence, and in a net that runs step by step, the values of all steps are rows, [steps *
    /// samples, ...], so that the entries of layers without state need no case for steps. This is the number
    /// of steps, or if it is open 0, and `steps_and_samples` the value with both.
    std::size_t steps = 0;
    std::string steps_and_samples;

    /// Operators of opset 17, the first with LayerNormalization, and the version of the format that belongs
    /// to it: onnxruntime 1.12 and later read them.
    static constexpr std::size_t opset = 17, ir_version = 8;

    std::string node(std::string_view type, std::vector<std::string> inputs,
                     std::vector<OnnxAttribute> attributes = {}) {
        return nodes(type, std::move(inputs), 1, std::move(attributes))[0];
    }
    /// A node with several outputs.
    std::vector<std::string> nodes(std::string_view type, std::vector<std::string> inputs,
                                   std::size_t outputs, std::vector<OnnxAttribute> attributes = {}) {
        Node& node =
            nodes_.emplace_back(Node{std::string{type}, std::move(inputs), {}, std::move(attributes)});
        for (std::size_t i = 0; i < outputs; ++i)
            node.outputs.push_back("value_" + std::to_string(++values_));
        return node.outputs;
    }

    /// A tensor of a layer in PyTorch's order, of this shape or that of the table.
    std::string tensor(const std::string& prefix, const Tensor& tensor, const T* parameters,
                       std::vector<std::size_t> shape = {}) {
        if (shape.empty())
            shape.assign(tensor.shape.begin(), tensor.shape.begin() + std::ptrdiff_t(tensor.rank));
        std::string data;
        for (std::size_t i = 0; i < tensor.size(); ++i)
            append_little_endian(data, parameters[tensor.place_of(i)]);
        return initializer(prefix + std::string{tensor.name}, shape, element_type, data);
    }
    std::string filled(const std::string& name, std::size_t size, double value) {
        std::string data;
        for (std::size_t i = 0; i < size; ++i) append_little_endian(data, static_cast<T>(value));
        return initializer(name, std::vector{size}, element_type, data);
    }
    /// A number that takes part in a formula.
    std::string constant(double value) {
        std::string data;
        append_little_endian(data, static_cast<T>(value));
        return initializer("constant_" + std::to_string(++values_), {}, element_type, data);
    }
    /// A tensor whose i-th element, row by row, is value_of(i).
    template <class F>
    std::string computed(const std::string& name, const std::vector<std::size_t>& shape, F value_of) {
        std::size_t count = 1;
        for (const std::size_t size : shape) count *= size;
        std::string data;
        for (std::size_t i = 0; i < count; ++i) append_little_endian(data, static_cast<T>(value_of(i)));
        return initializer(name, shape, element_type, data);
    }
    /// Numbers that are floats in every model.
    std::string floats(const std::vector<float>& values) {
        constexpr unsigned is_float = 1;
        std::string data;
        for (const float value : values) append_little_endian(data, value);
        return initializer("constant_" + std::to_string(++values_), std::vector{values.size()}, is_float,
                           data);
    }
    std::string integers(const std::vector<std::int64_t>& values) {
        constexpr unsigned is_int64 = 7;
        std::string data;
        for (const std::int64_t value : values) append_little_endian(data, value);
        return initializer("constant_" + std::to_string(++values_), std::vector{values.size()}, is_int64,
                           data);
    }

    std::string integer(std::size_t value) {
        constexpr unsigned is_int64 = 7;
        std::string data;
        append_little_endian(data, static_cast<std::int64_t>(value));
        return initializer("constant_" + std::to_string(++values_), {}, is_int64, data);
    }
    /// The input `name` of the model is the state before a call, and `next` becomes the output name_next.
    void state(OnnxState state) { states_.push_back(std::move(state)); }

    /// The bytes of a model that takes `input`, of these sizes, and gives `value`.
    std::string model(const std::vector<OnnxSize>& input_sizes, std::string value,
                      const std::vector<OnnxSize>& output_sizes) && {
        if (value == "input") value = node("Identity", {value}); // a net without layers that compute
        Protobuf graph;
        for (const Node& node : nodes_) graph.message(1, message_of(node, value));
        graph.text(2, "tenon");
        Protobuf model;
        graph.message(11, value_info("input", input_sizes));
        for (const OnnxState& state : states_) graph.message(11, value_info(state.name, state.sizes));
        graph.message(12, value_info("output", output_sizes));
        for (const OnnxState& state : states_)
            graph.message(12, value_info(state.name + "_next", state.sizes));
        Protobuf opset_id;
        opset_id.text(1, "").number(2, opset);
        model.number(1, ir_version).text(2, "tenon").text(3, TENON_VERSION);
        model.text(7, graph.bytes() + graph_.bytes()).message(8, opset_id);
        return model.bytes();
    }

private:
    std::string initializer(const std::string& name, const std::vector<std::size_t>& shape, unsigned type,
                            std::string_view data) {
        Protobuf tensor;
        for (const std::size_t size : shape) tensor.number(1, size);
        tensor.number(2, type).text(8, name).text(9, data);
        graph_.message(5, tensor);
        return name;
    }
    Protobuf message_of(const Node& node, std::string_view model_output) const {
        Protobuf message;
        const auto name_of = [&](const std::string& value) {
            for (const OnnxState& state : states_)
                if (value == state.next) return state.name + "_next";
            return value == model_output ? "output" : value;
        };
        for (const std::string& input : node.inputs) message.text(1, name_of(input));
        for (const std::string& output : node.outputs) message.text(2, name_of(output));
        message.text(3, node.type + '_' + node.outputs[0]).text(4, node.type);
        for (const OnnxAttribute& attribute : node.attributes) message.message(5, attribute.bytes);
        return message;
    }
    static Protobuf value_info(std::string_view name, const std::vector<OnnxSize>& sizes) {
        Protobuf shape, tensor, type, info;
        for (const OnnxSize& size : sizes) {
            Protobuf dimension;
            if (size.name.empty()) dimension.number(1, size.number);
            else dimension.text(2, size.name);
            shape.message(1, dimension);
        }
        type.message(1, tensor.number(1, element_type).message(2, shape));
        return info.text(1, name).message(2, type);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
