// soft_update: moves the parameters of a target network towards those of a net.
#pragma once

#include <tenon/misfit/samples.hpp>
#include <tenon/net.hpp>
#include <tenon/train/trained_ranges.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// target = tau net + (1 - tau) target for each parameter that is trained (Polyak averaging): the target
/// network of Lillicrap et al., 2016. Parameters that are not trained, such as running statistics and those
/// in Frozen, are copied, as in Stable-Baselines3. tau 1 copies all.
template <class T, class... Layers>
constexpr void soft_update(NetOf<T, Layers...>& target, const NetOf<T, Layers...>& net, double tau) noexcept {
    using Stack = detail::StackOf<NetOf<T, Layers...>>;
    T* const to = target.values_is_an_implementation_detail_;
    const T* const from = net.values_is_an_implementation_detail_;
    const T take = static_cast<T>(tau), keep = static_cast<T>(1 - tau);
    detail::UpdateOf<Stack>{}(
        [=](auto p, auto g) {
            using V = decltype(p);
            return math::fma(V(take), g, V(keep) * p);
        },
        to, from);
    detail::for_each_untrained<Stack>([=](std::size_t p) { to[p] = from[p]; });
}

// Refused: nets of different types.
template <class T, class... Targets, class U, class... Sources>
constexpr void soft_update(NetOf<T, Targets...>&, const NetOf<U, Sources...>&, double) noexcept {
    static_assert(misfit::different_nets<misfit::but_found<NetOf<T, Targets...>>,
                                         misfit::but_found<NetOf<U, Sources...>>>::passes());
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
