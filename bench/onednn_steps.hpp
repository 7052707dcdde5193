// What oneDNN's networks share: primitives that are executed one after another.
#pragma once

#include "networks.hpp"

#include <oneapi/dnnl/dnnl.hpp>

#include <cstddef>
#include <initializer_list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bench {

class OneDnnSteps {
protected:
    using memory = dnnl::memory;
    using Arguments = std::unordered_map<int, memory>;

    explicit OneDnnSteps(const memory::desc& input) : x0(input, engine, nullptr) {}

    void run(const float* x, float* y) {
        x0.set_data_handle(const_cast<float*>(x));
        y0.set_data_handle(y);
        for (const auto& [primitive, arguments] : steps) primitive.execute(stream, arguments);
        stream.wait();
    }

    static memory::desc tensor(std::initializer_list<std::size_t> sizes, memory::format_tag layout) {
        return {memory::dims(sizes.begin(), sizes.end()), memory::data_type::f32, layout};
    }

    /// Copies values to the wanted layout.
    memory reordered(const memory::desc& plain, const float* values, const memory::desc& wanted) {
        memory from{plain, engine, const_cast<float*>(values)}, to{wanted, engine};
        dnnl::reorder(from, to).execute(stream, from, to);
        stream.wait();
        return to;
    }

    static dnnl::primitive_attr with_activation(Activation activation) {
        dnnl::post_ops post_operations;
        if (activation == relu) post_operations.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
        if (activation == sigmoid) post_operations.append_eltwise(1, dnnl::algorithm::eltwise_logistic, 0, 0);
        if (activation == Activation::tanh)
            post_operations.append_eltwise(1, dnnl::algorithm::eltwise_tanh, 0, 0);
        dnnl::primitive_attr attributes;
        attributes.set_post_ops(post_operations);
        return attributes;
    }

    memory append_softmax(memory x) {
        memory y{x.get_desc(), engine};
        using Softmax = dnnl::softmax_forward;
        const Softmax::desc description{dnnl::prop_kind::forward_inference, x.get_desc(), 1};
        steps.emplace_back(Softmax{Softmax::primitive_desc{description, engine}},
                           Arguments{{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
        return y;
    }

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    std::vector<std::pair<dnnl::primitive, Arguments>> steps;
    memory x0, y0;
};

}
