// Convolutions and transposed convolutions in models of ONNX.
#pragma once

#include <tenon/io/onnx_activations.hpp>
#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/layers/convolution.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// y = A(W * x + b), with PyTorch's W.
template <class L> struct OnnxConvolution;
template <class In, class Out, class S, class A, bool Bias, bool Transposed>
struct OnnxConvolution<Convolution<In, Out, S, A, Bias, Transposed>> {
    using L = Convolution<In, Out, S, A, Bias, Transposed>;
    using Rows = typename S::Rows;
    using Columns = typename S::Columns;
    static constexpr bool exists = OnnxActivation<A>::exists;

    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        std::vector<std::string> inputs{x};
        for (const Tensor& tensor : L::tensors) inputs.push_back(graph.tensor(prefix, tensor, parameters));
        std::vector<std::size_t> pads = axes(Rows::before, Columns::before);
        for (const std::size_t after : axes(Rows::after, Columns::after)) pads.push_back(after);
        std::vector<OnnxAttribute> attributes{{"kernel_shape", axes(Rows::kernel, Columns::kernel)},
                                              {"strides", axes(Rows::stride, Columns::stride)},
                                              {"pads", pads},
                                              {"dilations", axes(Rows::dilation, Columns::dilation)},
                                              {"group", S::groups}};
        if constexpr (Transposed) attributes.emplace_back("output_padding", axes(more<Rows>, more<Columns>));
        return OnnxActivation<A>::template write<Out>(
            graph, graph.node(Transposed ? "ConvTranspose" : "Conv", std::move(inputs), attributes));
    }

private:
    /// The numbers of rows, if there are any, and columns.
    static std::vector<std::size_t> axes(std::size_t of_rows, std::size_t of_columns) {
        if constexpr (Out::rank == 3) return {of_rows, of_columns};
        else return {of_columns};
    }
    /// The output padding along an axis of S, which leads from the output to the input.
    template <class Axis>
    static constexpr std::size_t more = Axis::padded_in - (Axis::out - 1) * Axis::stride - Axis::span;
};

template <class Values, std::size_t Out, class Size, class... Options>
struct OnnxEntry<Conv2D<Values, Out, Size, Options...>>
    : OnnxConvolution<typename ConvolutionPlan<Values, Out, Size, Options...>::type> {};
template <class Values, std::size_t Out, class Size, class... Options>
struct OnnxEntry<Conv1D<Values, Out, Size, Options...>>
    : OnnxConvolution<typename ConvolutionPlan<Values, Out, Size, Options...>::type> {};
template <class Values, std::size_t Out, class Size, class... Options>
struct OnnxEntry<ConvTranspose2D<Values, Out, Size, Options...>>
    : OnnxConvolution<typename TransposedPlan<Values, Out, Size, Options...>::type> {};
template <class Values, std::size_t Out, class Size, class... Options>
struct OnnxEntry<ConvTranspose1D<Values, Out, Size, Options...>>
    : OnnxConvolution<typename TransposedPlan<Values, Out, Size, Options...>::type> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
