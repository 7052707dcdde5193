// Containers in an ONNX model.
#pragma once

#include <tenon/io/onnx_entry.hpp>
#include <tenon/layers/branches.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class... Layers> struct OnnxEntry<Stack<Layers...>> {
    static constexpr bool exists = (OnnxEntry<Layers>::exists && ...);
    static constexpr auto offsets = LayerList<Layers...>::offsets;
    template <class Graph, class T>
    static std::string write(Graph& graph, std::string x, const std::string& prefix, const T* parameters) {
        std::size_t i = 0;
        const auto add = [&]<class L>() {
            x = OnnxEntry<L>::write(graph, x, prefix + std::to_string(i) + '.', parameters + offsets[i]);
            ++i;
        };
        (add.template operator()<Layers>(), ...);
        return x;
    }
};
/// A net, or another layer that is a stack of layers.
template <class L>
    requires(!std::is_same_v<StackOf<L>, L>)
struct OnnxEntry<L> : OnnxEntry<StackOf<L>> {};

/// y = x + f(x)
template <class... Layers> struct OnnxEntry<Residual<Layers...>> {
    static constexpr bool exists = (OnnxEntry<Layers>::exists && ...);
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        return graph.node("Add", {x, OnnxEntry<Stack<Layers...>>::write(graph, x, prefix, parameters)});
    }
};

/// Branches, whose inputs are these, joined along the channels.
template <class... Branches> struct OnnxBranches {
    static constexpr bool exists = (OnnxEntry<Branches>::exists && ...);
    static constexpr auto offsets = LayerList<Branches...>::offsets;
    template <class Graph, class T>
    static std::string join(Graph& graph, const std::vector<std::string>& xs, const std::string& prefix,
                            const T* parameters) {
        std::vector<std::string> ys;
        const auto add = [&]<class L>() {
            const std::size_t i = ys.size();
            ys.push_back(
                OnnxEntry<L>::write(graph, xs[i], prefix + std::to_string(i) + '.', parameters + offsets[i]));
        };
        (add.template operator()<Branches>(), ...);
        return graph.node("Concat", std::move(ys), {{"axis", std::size_t{1}}});
    }
};
template <class... Branches> struct OnnxEntry<Concat<Branches...>> : OnnxBranches<Branches...> {
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        return OnnxBranches<Branches...>::join(graph, std::vector(sizeof...(Branches), x), prefix,
                                               parameters);
    }
};
template <class... Branches> struct OnnxEntry<Split<Branches...>> : OnnxBranches<Branches...> {
    template <class Graph, class T>
    static std::string write(Graph& graph, const std::string& x, const std::string& prefix,
                             const T* parameters) {
        const std::vector<std::int64_t> channels{
            static_cast<std::int64_t>(ChannelsOf<typename Branches::InputShape>::count)...};
        const std::vector<std::string> parts = graph.nodes("Split", {x, graph.integers(channels)},
                                                           sizeof...(Branches), {{"axis", std::size_t{1}}});
        return OnnxBranches<Branches...>::join(graph, parts, prefix, parameters);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
