// to_onnx: a net as a model of ONNX.
#pragma once

#include <tenon/io/onnx_activations.hpp>
#include <tenon/io/onnx_causal.hpp>
#include <tenon/io/onnx_cells.hpp>
#include <tenon/io/onnx_containers.hpp>
#include <tenon/io/onnx_convolutions.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/io/onnx_pools.hpp>
#include <tenon/io/onnx_time.hpp>
#include <tenon/io/onnx_wavenet.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/branches.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/flatten.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/layers/layer_norm.hpp>
#include <tenon/layers/prelu.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/scale.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/misfit/exports.hpp>
#include <tenon/net.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Tensor `i` of layer L.
template <class L, class Graph, class T>
std::string onnx_tensor(Graph& graph, const std::string& prefix, std::size_t i, const T* parameters,
                        std::vector<std::size_t> shape = {}) {
    return graph.tensor(prefix, L::tensors[i], parameters, std::move(shape));
}

/// y = A(x W^T + b), with PyTorch's W, [out, in]
template <std::size_t In, std::size_t Out, class A, bool Bias> struct OnnxEntry<Dense<In, Out, A, Bias>> {
    using L = Dense<In, Out, A, Bias>;
    static constexpr bool exists = OnnxActivation<A>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        std::vector<std::string> inputs{x, onnx_tensor<L>(graph, prefix, 0, parameters)};
        if constexpr (Bias) inputs.push_back(onnx_tensor<L>(graph, prefix, 1, parameters));
        return OnnxActivation<A>::template write<Shape<Out>>(
            graph, graph.node("Gemm", std::move(inputs), {{"transB", std::size_t{1}}}));
    }
};

template <class Values, class A> struct OnnxEntry<Activate<Values, A>> {
    static constexpr bool exists = OnnxActivation<A>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return OnnxActivation<A>::template write<Values>(graph, x);
    }
};

template <class Values, class A> struct OnnxEntry<Gated<Values, A>> {
    using Half = typename Gated<Values, A>::OutputShape;
    static constexpr bool exists = OnnxActivation<A>::exists;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return onnx_gate<A, Half>(graph, x, ChannelsOf<Half>::count);
    }
};

template <class Values, class Momentum, class Epsilon, bool Affine>
struct OnnxEntry<BatchNorm<Values, Momentum, Epsilon, Affine>> {
    using L = BatchNorm<Values, Momentum, Epsilon, Affine>;
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        std::vector<std::string> inputs{x};
        if constexpr (!Affine) {
            inputs.push_back(graph.filled(prefix + "weight", L::channels, 1));
            inputs.push_back(graph.filled(prefix + "bias", L::channels, 0));
        }
        for (std::size_t i = 0; i < L::tensors.size(); ++i)
            inputs.push_back(onnx_tensor<L>(graph, prefix, i, parameters));
        return graph.node("BatchNormalization", std::move(inputs), {{"epsilon", number<Epsilon>}});
    }
};

template <class Values, class Epsilon, bool Affine> struct OnnxEntry<LayerNorm<Values, Epsilon, Affine>> {
    using L = LayerNorm<Values, Epsilon, Affine>;
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        constexpr Tensor ones{.name = "weight", .shape = {L::size}, .strides = {0}};
        const T one = 1;
        std::vector<std::string> inputs{x};
        if constexpr (Affine) {
            inputs.push_back(onnx_tensor<L>(graph, prefix, 0, parameters, sizes_of(Values{})));
            inputs.push_back(onnx_tensor<L>(graph, prefix, 1, parameters, sizes_of(Values{})));
        } else inputs.push_back(graph.tensor(prefix, ones, &one, sizes_of(Values{})));
        return graph.node("LayerNormalization", std::move(inputs),
                          {{"axis", std::size_t{1}}, {"epsilon", number<Epsilon>}});
    }
};

template <class Values> struct OnnxEntry<PRelu<Values>> {
    using L = PRelu<Values>;
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        std::vector<std::size_t> shape(Values::rank, 1); // one for each channel
        shape[0] = L::parameter_count;
        return graph.node("PRelu", {x, onnx_tensor<L>(graph, prefix, 0, parameters, std::move(shape))});
    }
};

template <class Values> struct OnnxEntry<Scale<Values>> {
    using L = Scale<Values>;
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        const std::string mean = onnx_tensor<L>(graph, prefix, 0, parameters, sizes_of(Values{})),
                          deviation = onnx_tensor<L>(graph, prefix, 1, parameters, sizes_of(Values{}));
        return graph.node("Div", {graph.node("Sub", {x, mean}), deviation});
    }
};

template <class Values> struct OnnxEntry<Flatten<Values>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return Values::rank == 1 ? x : graph.node("Flatten", {x}, {{"axis", std::size_t{1}}});
    }
};

template <class Values> struct OnnxEntry<Unflatten<Values>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        std::vector<std::int64_t> sizes{-1}; // samples
        for (const std::size_t size : sizes_of(Values{})) sizes.push_back(static_cast<std::int64_t>(size));
        return Values::rank == 1 ? x : graph.node("Reshape", {x, graph.integers(sizes)});
    }
};

/// It does nothing outside training.
template <class Values, std::size_t Percent, class Mask> struct OnnxEntry<Dropout<Values, Percent, Mask>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph&, const std::string& x, const std::string&, const T*) {
        return x;
    }
};

template <class L> struct OnnxEntry<Frozen<L>> : OnnxEntry<L> {};

/// Whether ONNX expresses every layer; a sentence names the first that it does not.
template <class... Layers> consteval bool onnx_fits() {
    constexpr std::size_t other = first_true(std::array{!OnnxEntry<Layers>::exists..., true});
    if constexpr (other == sizeof...(Layers)) return true;
    else
        return misfit::not_in_onnx<misfit::layer<other + 1>,
                                   misfit::but_found<typename At<other, Layers...>::type>>::passes();
}

} // namespace detail

/// The bytes of an ONNX model (opset 17, IR version 8) that computes what the net does outside training, for
/// any number of samples: `input` is [samples, In], or [samples, channels, height, width], and so is
/// `output`. The tensors have PyTorch's names and shapes, 0.weight [out, in]. Dropout is left out; Gelu,
/// Silu, GeluTanh and Scale become several operators. Attributes of ONNX, such as alpha, are floats, in a net
/// of doubles too. A net with layers or activations of one's own is refused at compile time.
/// A net over sequences takes [samples, steps, In]. One with cells that runs step by step takes that for any
/// number of steps, one too, and beside it a state of each cell, which is zero at the start of a stream: of
/// layer i `i.h`, and of an LSTM `i.c`, [1, samples, Hidden], of a CausalConv `i.past`, [samples, In, (K - 1)
/// D], and of a CausalConv2D [samples, channels, (K - 1) D, features]; of layer l of SkipLayers k of a
/// WaveNet `i.k.l.past`. The outputs `i.h_next` and so on are the states for the next call. Those of a
/// TrainedState are the differences from its initial states.
///     std::ofstream{"net.onnx", std::ios::binary} << to_onnx(net);
template <class T, class... Layers> std::string to_onnx(const NetOf<T, Layers...>& net) {
    using Net = NetOf<T, Layers...>;
    static_assert(detail::onnx_fits<Layers...>());
    if constexpr (detail::OnnxEntry<Net>::exists) {
        detail::OnnxGraph<T> graph;
        std::vector<detail::OnnxSize> first{"samples"};
        std::string y;
        if constexpr (Net::state_count == 0)
            y = detail::OnnxEntry<Net>::write(graph, "input", "", net.parameters().data());
        else {
            first.emplace_back("steps");
            y = detail::onnx_stream<Net>(graph, net.parameters().data());
        }
        const auto sizes = [&](auto shape) {
            std::vector<detail::OnnxSize> all = first;
            for (const std::size_t size : detail::sizes_of(shape)) all.emplace_back(size);
            return all;
        };
        return std::move(graph).model(sizes(typename Net::InputShape{}), y,
                                      sizes(typename Net::OutputShape{}));
    } else return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
