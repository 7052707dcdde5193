// The networks over time as tenon's types.
#pragma once

#include "cells.hpp"
#include "tenon_net.hpp"

#include <tenon/tenon.hpp>
#include <tenon/wavenet.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bench {

template <PlacedCell L> constexpr auto tenon_cell() {
    using A = typename TenonActivation<L.activation>::type;
    if constexpr (L.kind == CellKind::lstm) return std::type_identity<tenon::LSTM<L.inputs, L.outputs>>{};
    else if constexpr (L.kind == CellKind::gru) return std::type_identity<tenon::GRU<L.inputs, L.outputs>>{};
    else if constexpr (L.kind == CellKind::causal_convolution)
        return std::type_identity<tenon::CausalConv<L.inputs, L.outputs, tenon::Kernel<L.kernel>, A,
                                                    tenon::Dilation<L.dilation>>>{};
    else if constexpr (L.kind == CellKind::dense)
        return std::type_identity<tenon::Dense<L.inputs, L.outputs, A>>{};
    else
        return []<std::size_t... I>(std::index_sequence<I...>) {
            using K = tenon::Kernel<L.kernel>;
            using D = tenon::Dilations<(std::size_t{1} << I)...>;
            return std::type_identity<
                tenon::WaveNet<L.inputs, tenon::SkipLayers<L.channels[0], L.head(0), K, D, A>,
                               tenon::SkipLayers<L.channels[1], L.head(1), K, D, A>>>{};
        }(std::make_index_sequence<L.depth()>{});
}

template <const auto& N, class = std::make_index_sequence<N.layers()>> struct TenonCells;
template <const auto& N, std::size_t... L> struct TenonCells<N, std::index_sequence<L...>> {
    template <std::size_t I> using Layer = typename decltype(tenon_cell<N.layer(I)>())::type;
    using Net = tenon::Net<Layer<L>...>;
    static_assert(Net::parameter_count == N.parameters());

    /// Calls visit(index in the net's parameters, index in the flat parameters) for every parameter.
    static void for_each(auto visit) { (for_each_of<L>(visit), ...); }
    template <std::size_t I> static void for_each_of(auto visit) {
        constexpr PlacedCell placed = N.layer(I);
        const auto tensor = [](std::string_view name) {
            return *std::ranges::find(Layer<I>::tensors, name, &tenon::Tensor::name);
        };
        const std::size_t first = N.weight(I), columns = placed.columns(), in = placed.inputs;
        for (std::size_t c = 0; c < columns; ++c) {
            for (std::size_t row = 0; row < placed.rows(); ++row) {
                const std::size_t to = first + row * columns + c;
                if constexpr (placed.kind == CellKind::dense) visit(first + tensor("weight").at(c, row), to);
                else if constexpr (placed.kind == CellKind::causal_convolution)
                    visit(first + tensor("weight").at(c, row % in, row / in), to);
                else if (row < in) visit(first + tensor("weight_ih_l0").at(c, row), to);
                else visit(first + tensor("weight_hh_l0").at(c, row - in), to);
            }
            const std::size_t to = N.bias(I) + c;
            visit(first + tensor(placed.recurrent() ? "bias_ih_l0" : "bias").at(c), to);
            if constexpr (placed.kind == CellKind::gru)
                visit(first + tensor("bias_hh_l0").at(c), to + columns);
        }
    }
    template <std::size_t I>
        requires(N.layer(I).is_wavenet())
    static void for_each_of(auto visit) { // the order is the same
        for (std::size_t i = N.weight(I); i < N.weight(I + 1); ++i) visit(i, i);
    }
    static void load(std::span<const float> start, std::span<float> parameters) {
        for_each([&](std::size_t own, std::size_t i) { parameters[own] = start[i]; });
    }
};

}
