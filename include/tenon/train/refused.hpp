// What a trainer or a measure cannot work with, and the sentences that say so.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/train/backpropagation.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether targets are none of a sample, or of many, for such a net and loss. Those of another size or
/// number type are misfits.
template <class Net, class Loss, class Target>
concept NoTarget = !TargetOf<Target, typename Net::Output, Loss> &&
                   !std::convertible_to<const Target&, typename Net::Output> && !std::is_array_v<Target> &&
                   One<Target>::values == 0;
template <class Net, class Loss, class Inputs, class Targets>
concept NoTargets = std::convertible_to<const Inputs&, std::span<const typename Net::Input>> &&
                    !std::convertible_to<const Targets&, std::span<const typename Net::Output>> &&
                    !(OverClasses<Loss> && ClassIndices<Targets>)&&Many<Targets>::values == 0;

/// Says it.
template <class Net, class Target> consteval void refuse_kind() {
    static_assert(misfit::no_target<misfit::gives<Net::outputs>, misfit::but_found<Target>>::passes());
}

// Stand for what a trainer cannot work with once that has been said, so that one mistake makes one message.
struct NoNet {};
struct NoLoss {};
struct NoOptimizer {};

/// A trainer's parts, if they are a net, a loss and an optimizer.
template <class N, class L, class O> struct TrainersParts {
    using Net = NoNet;
    using Loss = NoLoss;
    using Optimizer = NoOptimizer;
};
template <IsNet N, Loss L, Optimizer O>
    requires(!std::is_const_v<N>)
struct TrainersParts<N, L, O> {
    using Net = N;
    using Loss = L;
    using Optimizer = O;
};

/// The sentence about a trainer's parts: one that fits, or what is wrong with them.
template <class Net, class L, class O> consteval auto trainer_sentence() {
    if constexpr (std::is_same_v<Net, NoNet>)
        return std::type_identity<misfit::loss_mismatch<L, EndsIn<Net>>>{};
    else if constexpr (!IsNet<Net>) return std::type_identity<misfit::not_a_net<misfit::but_found<Net>>>{};
    else if constexpr (std::is_const_v<Net>)
        return std::type_identity<misfit::const_net<misfit::but_found<Net>>>{};
    else if constexpr (!Loss<L> && Loss<O> && Optimizer<L>)
        return std::type_identity<misfit::loss_and_optimizer_swapped<misfit::but_found<L, O>>>{};
    else if constexpr (!Loss<L>) return loss_sentence<L>();
    else if constexpr (!Optimizer<O>) return optimizer_sentence<O>();
    else return std::type_identity<misfit::loss_mismatch<L, EndsIn<Net>>>{};
}
template <class Net, class L, class O>
using TrainerSentence = typename decltype(trainer_sentence<Net, L, O>())::type;

/// Takes what a refused trainer's functions are given.
struct Anything {
    template <class... T> constexpr Anything(const T&...) noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
