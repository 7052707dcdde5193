// Arguments that trainers and measures refuse, and the messages.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/train/backpropagation.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Types that cannot be the target of a sample, or of many samples, for this net and loss. Targets of the
/// wrong size or number type are not among them, but Misfits (demands.hpp).
template <class Net, class Loss, class Target>
concept NoTarget = !TargetOf<Target, typename Net::Output, Loss> &&
                   !std::convertible_to<const Target&, typename Net::Output> && !std::is_array_v<Target> &&
                   One<Target>::values == 0;
template <class Net, class Loss, class Inputs, class Targets>
concept NoTargets = std::convertible_to<const Inputs&, std::span<const typename Net::Input>> &&
                    !std::convertible_to<const Targets&, std::span<const typename Net::Output>> &&
                    !(OverClasses<Loss> && ClassIndices<Targets>) && Many<Targets>::values == 0;

/// Fails to compile, with the message that Target is no target.
template <class Net, class Target> consteval void refuse_kind() {
    static_assert(misfit::no_target<misfit::gives<Net::outputs>, misfit::but_found<Target>>::passes());
}

// Placeholders for the parts of a refused trainer, so that one mistake produces one message.
struct NoNet {};
struct NoLoss {};
struct NoOptimizer {};

/// A trainer's parts, or placeholders if they are not a net, a loss and an optimizer.
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

/// The message about a trainer's parts: the first demand that is not met, or one that is met.
template <class Net, class L, class O> consteval auto trainer_sentence() {
    if constexpr (std::is_same_v<Net, NoNet>)
        return std::type_identity<misfit::loss_mismatch<L, EndsIn<Net>>>{};
    else if constexpr (!IsNet<Net>) return std::type_identity<misfit::not_a_net<misfit::but_found<Net>>>{};
    else if constexpr (std::is_const_v<Net>)
        return std::type_identity<misfit::const_net<misfit::but_found<Net>>>{};
    else if constexpr (Net::state_count > 0) return std::type_identity<misfit::state_missing<Net>>{};
    else if constexpr (!Loss<L> && Loss<O> && Optimizer<L>)
        return std::type_identity<misfit::loss_and_optimizer_swapped<misfit::but_found<L, O>>>{};
    else if constexpr (!Loss<L>) return loss_sentence<L>();
    else if constexpr (!Optimizer<O>) return optimizer_sentence<O>();
    else return std::type_identity<misfit::loss_mismatch<L, EndsIn<Net>>>{};
}
template <class Net, class L, class O>
using TrainerSentence = typename decltype(trainer_sentence<Net, L, O>())::type;

/// Accepts every argument of a refused trainer's functions.
struct Anything {
    template <class... T> constexpr Anything(const T&...) noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
