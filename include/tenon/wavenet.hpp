// WaveNet: dilated causal convolutions with residual connections, whose skip outputs are added up. Not part
// of tenon.hpp. No heap, no exceptions, constexpr.
#pragma once

#include <tenon/misfit/cells.hpp> // first, because compilers list the includes before a message
//
#include <tenon/tenon.hpp>
//
#include <tenon/cells/skip_layers.hpp>
#include <tenon/cells/skip_layers_cell.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class> inline constexpr bool is_skip_layers = false;
template <std::size_t Channels, std::size_t Head, class... Options>
inline constexpr bool is_skip_layers<SkipLayers<Channels, Head, Options...>> = true;

/// Whether all are SkipLayers, and each adds as many channels as the head before it has.
template <class... Layers> consteval bool wavenet_fits() {
    constexpr bool fits = [] {
        if constexpr (sizeof...(Layers) == 0 || !(is_skip_layers<Layers> && ...)) return false;
        else {
            constexpr std::array heads{Layers::head...}, skips{Layers::skip...};
            for (std::size_t i = 1; i < heads.size(); ++i)
                if (skips[i] != heads[i - 1]) return false;
            return true;
        }
    }();
    return misfit::wavenet_layers<std::bool_constant<fits>, misfit::but_found<Layers...>>::passes();
}

} // namespace detail

template <std::size_t In, class... Layers>
    requires(detail::wavenet_fits<Layers...>())
struct WaveNet;

namespace detail {

/// The stack of cells: Cells..., then those of Layers..., of which the first takes Values and adds to Before.
template <class Cells, std::size_t In, std::size_t Values, std::size_t Before, class... Layers>
struct WaveNetStack;
template <class... Cells, std::size_t In, std::size_t Values, std::size_t Before>
struct WaveNetStack<Stack<Cells...>, In, Values, Before> {
    using type = Stack<Cells...>;
};
template <class... Cells, std::size_t In, std::size_t Values, std::size_t Before, class First, class... Rest>
struct WaveNetStack<Stack<Cells...>, In, Values, Before, First, Rest...>
    : WaveNetStack<Stack<Cells..., SkipLayersCell<In, Values, Before, First, sizeof...(Rest) == 0>>, In,
                   First::channels, First::head, Rest...> {};

template <std::size_t In, class... Layers> struct LayerOf<WaveNet<In, Layers...>> {
    using type = typename WaveNetStack<Stack<>, In, In, 0, Layers...>::type;
};

/// In a summary, a WaveNet and its layers are written as in the program.
template <std::size_t Inputs, std::size_t In, std::size_t Before, class L, bool IsLast, bool Qualified>
struct Spelling<SkipLayersCell<Inputs, In, Before, L, IsLast>, Qualified> : Spelling<L, Qualified> {};
template <std::size_t Inputs, std::size_t In, std::size_t Before, class L, bool IsLast, class... Rest>
struct ContainerName<Stack<SkipLayersCell<Inputs, In, Before, L, IsLast>, Rest...>> {
    template <class Out> static constexpr void write(Out& out) noexcept { out("WaveNet<...>"); }
};

} // namespace detail

/// Gives the head of the last of SkipLayers... for In inputs, step after step: the WaveNet of van den Oord et
/// al., 2016, and that of Neural Amp Modeler. Its layers read the input beside the layer before, unless they
/// have NoCondition.
///
///     using Two = WaveNet<1, SkipLayers<16, 8, Kernel<3>, Dilations<1, 2, 4, 8>>,
///                         SkipLayers<8, 1, Kernel<3>, Dilations<1, 2>>>;
///     using Gates = SkipLayers<16, 64, Kernel<2>, Dilations<1, 2, 4>, WithGate, SkipConv<32>, NoCondition>;
template <std::size_t In, class... Layers>
    requires(detail::wavenet_fits<Layers...>())
struct WaveNet : detail::LayerOf<WaveNet<In, Layers...>>::type {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
