// Names of containers of layers, as the rows of a summary have them.
#pragma once

#include <tenon/cells/branches_over_time.hpp>
#include <tenon/cells/sequence.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>
#include <tenon/text/spelling.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Writes the name of a container without its layers, which have rows of their own: Residual<...>.
template <class L> struct ContainerName {
    template <class Out> static constexpr void write(Out& out) noexcept { Spelling<L, false>::write(out); }
};
template <template <class...> class Container, class... Layers>
    requires(sizeof...(Layers) > 0)
struct ContainerName<Container<Layers...>> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Container<Layers...>, false>(out);
        out("<...>");
    }
};
struct NetName {
    template <class Out> static constexpr void write(Out& out) noexcept { out("Net<...>"); }
};
template <class... Layers> struct ContainerName<Stack<Layers...>> : NetName {}; // a nested net
template <class T, class... Layers> struct ContainerName<NetOf<T, Layers...>> : NetName {};
template <class L> struct ContainerName<FrozenOf<L>> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        out("Frozen<");
        ContainerName<L>::write(out);
        out(">");
    }
};
template <class L> struct ContainerName<Frozen<L>> : ContainerName<FrozenOf<L>> {};
// Within a Sequence
template <std::size_t Steps, class... Layers> struct ContainerName<Sequence<Steps, Layers...>> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        out("Sequence<");
        write_number(out, Steps);
        out(", ...>");
    }
};
template <std::size_t Steps, class L> struct ContainerName<LayerOverTime<Steps, L>> : ContainerName<L> {};
template <std::size_t Steps, bool IsSplit, class... Branches>
struct ContainerName<CellsOverTime<Steps, IsSplit, Branches...>> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        out(IsSplit ? "Split<...>" : "Concat<...>");
    }
};
template <class F> struct ContainerName<ResidualOf<F>> {
    template <class Out> static constexpr void write(Out& out) noexcept { out("Residual<...>"); }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
