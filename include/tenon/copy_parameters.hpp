// copy_parameters: copies parameters to another net: to one with frozen layers, or with another last layer.
#pragma once

#include <tenon/layers/branches.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// L without Frozen, also in the layers that it contains.
template <class L> struct Unfrozen {
    using type = L;
};
template <class L> struct Unfrozen<Frozen<L>> : Unfrozen<L> {};
template <class T, class... Layers> struct Unfrozen<NetOf<T, Layers...>> {
    using type = NetOf<float, typename Unfrozen<Layers>::type...>;
};
template <class... Layers> struct Unfrozen<Residual<Layers...>> {
    using type = Residual<typename Unfrozen<Layers>::type...>;
};
template <class... Layers> struct Unfrozen<Concat<Layers...>> {
    using type = Concat<typename Unfrozen<Layers>::type...>;
};
template <class... Layers> struct Unfrozen<Split<Layers...>> {
    using type = Split<typename Unfrozen<Layers>::type...>;
};
/// Whether L and M are the same layer, up to Frozen: they then have the same parameters in the same order.
template <class L, class M>
inline constexpr bool same_parameters =
    std::is_same_v<typename Unfrozen<L>::type, typename Unfrozen<M>::type>;

template <std::size_t I, class Net> struct LayerAt;
template <std::size_t I, class T, class... Layers> struct LayerAt<I, NetOf<T, Layers...>> {
    using type = typename At<layer_index<I, sizeof...(Layers)>(), Layers...>::type;
};

} // namespace detail

/// Copies the parameters of layer From of `source` to layer To of `target`. Layers are counted from 0 and
/// must be the same up to Frozen: `copy_parameters<0, 0>(trained, with_new_head);`.
template <std::size_t From, std::size_t To, class T, class... Sources, class... Targets>
constexpr void copy_parameters(const NetOf<T, Sources...>& source, NetOf<T, Targets...>& target) noexcept {
    using Source = typename detail::LayerAt<From, NetOf<T, Sources...>>::type;
    using Target = typename detail::LayerAt<To, NetOf<T, Targets...>>::type;
    if constexpr (!detail::same_parameters<Source, Target>)
        static_assert(
            misfit::different_layers<misfit::layer<From + 1>, misfit::but_found<Source>,
                                     misfit::but_layer<To + 1>, misfit::but_found<Target>>::passes());
    else {
        const T* const from =
            source.parameters().data() + detail::StackOf<NetOf<T, Sources...>>::offsets[From];
        T* const to = target.parameters().data() + detail::StackOf<NetOf<T, Targets...>>::offsets[To];
        for (std::size_t p = 0; p < Target::parameter_count; ++p) to[p] = from[p];
    }
}

/// Copies all parameters to a net of the same layers, up to Frozen.
template <class T, class... Sources, class... Targets>
constexpr void copy_parameters(const NetOf<T, Sources...>& source, NetOf<T, Targets...>& target) noexcept {
    constexpr bool equal = sizeof...(Sources) == sizeof...(Targets);
    static_assert(
        equal, "these nets have different numbers of layers: use copy_parameters<From, To>(source, target)");
    if constexpr (equal)
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (copy_parameters<I, I>(source, target), ...);
        }(std::index_sequence_for<Sources...>{});
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
