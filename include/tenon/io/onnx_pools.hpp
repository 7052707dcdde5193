// Pools, Upsample and Pad in models of ONNX.
#pragma once

#include <tenon/io/onnx_entry.hpp>
#include <tenon/io/onnx_graph.hpp>
#include <tenon/layers/global_pool.hpp>
#include <tenon/layers/pad.hpp>
#include <tenon/layers/pool.hpp>
#include <tenon/layers/upsample.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The numbers of a pool's rows, if it has them, and columns.
template <class Plan> std::vector<std::size_t> onnx_axes(std::size_t of_rows, std::size_t of_columns) {
    if constexpr (Plan::Image::axes == 2) return {of_rows, of_columns};
    else return {of_columns};
}

/// The padding behind an axis that lets all windows end within it: ONNX's ceil_mode has changed its meaning.
template <class Axis>
inline constexpr std::size_t onnx_padding_behind =
    Axis::padding +
    (Axis::all_padded_whole ? 0 : (Axis::outputs - 1) * Axis::step + Axis::kernel - Axis::padded);

template <class Plan> std::vector<OnnxAttribute> onnx_windows() {
    using R = typename Plan::Rows;
    using C = typename Plan::Columns;
    std::vector<std::size_t> pads = onnx_axes<Plan>(R::padding, C::padding);
    for (const std::size_t behind : onnx_axes<Plan>(onnx_padding_behind<R>, onnx_padding_behind<C>))
        pads.push_back(behind);
    return {{"kernel_shape", onnx_axes<Plan>(R::kernel, C::kernel)},
            {"strides", onnx_axes<Plan>(R::step, C::step)},
            {"pads", pads}};
}

template <class Values, class Size, class... Options> struct OnnxEntry<MaxPool<Values, Size, Options...>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        using Plan = typename MaxPool<Values, Size, Options...>::Plan;
        return graph.node("MaxPool", {x}, onnx_windows<Plan>());
    }
};

/// A mean over a window that ends after the padding would be divided by another number, if that counts.
template <class Values, class Size, class... Options>
struct OnnxEntry<AveragePool<Values, Size, Options...>> {
    using L = AveragePool<Values, Size, Options...>;
    using Plan = typename L::Plan;
    static constexpr bool counts_padding =
                              L::counts_padding && (Plan::Rows::padding > 0 || Plan::Columns::padding > 0),
                          exists = !counts_padding ||
                                   (Plan::Rows::all_padded_whole && Plan::Columns::all_padded_whole);
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        auto attributes = onnx_windows<Plan>();
        attributes.emplace_back("count_include_pad", std::size_t{counts_padding});
        return graph.node("AveragePool", {x}, std::move(attributes));
    }
};

template <class Values> struct OnnxEntry<GlobalAveragePool<Values>> {
    static constexpr bool exists = Values::rank > 1;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return graph.node("Flatten", {graph.node("GlobalAveragePool", {x})}, {{"axis", std::size_t{1}}});
    }
};
template <class Values> struct OnnxEntry<GlobalMaxPool<Values>> {
    static constexpr bool exists = Values::rank > 1;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        return graph.node("Flatten", {graph.node("GlobalMaxPool", {x})}, {{"axis", std::size_t{1}}});
    }
};

template <class Values, class Factor, class... Options>
struct OnnxEntry<Upsample<Values, Factor, Options...>> {
    static constexpr bool exists = true;
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        using Plan = typename Upsample<Values, Factor, Options...>::Plan;
        std::vector<float> scales{1, 1};
        for (const std::size_t factor : onnx_axes<Plan>(Plan::down, Plan::across))
            scales.push_back(static_cast<float>(factor));
        const char* const corners = Plan::aligns ? "align_corners" : "half_pixel";
        std::vector<OnnxAttribute> attributes{
            {"mode", Plan::interpolates ? "linear" : "nearest"},
            {"coordinate_transformation_mode", Plan::interpolates ? corners : "asymmetric"}};
        if (!Plan::interpolates) attributes.emplace_back("nearest_mode", "floor");
        return graph.node("Resize", {x, "", graph.floats(scales)}, std::move(attributes));
    }
};

template <class Values, class Amount, class Mode> struct OnnxEntry<Pad<Values, Amount, Mode>> {
    static constexpr bool exists = !std::is_same_v<Mode, Circular>; // which opset 17 has not
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string&, const T*) {
        using Plan = typename Pad<Values, Amount, Mode>::Plan;
        std::vector<std::int64_t> pads{0, 0};
        for (const std::size_t before : onnx_axes<Plan>(Plan::top, Plan::left))
            pads.push_back(static_cast<std::int64_t>(before));
        pads.insert(pads.end(), 2, 0);
        for (const std::size_t behind : onnx_axes<Plan>(Plan::bottom, Plan::right))
            pads.push_back(static_cast<std::int64_t>(behind));
        const char* const mode = std::is_same_v<Mode, Reflect> ? "reflect" : "edge";
        return graph.node("Pad", {x, graph.integers(pads)},
                          {{"mode", std::is_same_v<Mode, Zeros> ? "constant" : mode}});
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
