// The sentences about a Trainer's arguments, and what replaces a trainer that was refused.
#pragma once

#include <tenon/train/trainer.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Replaces a trainer that was refused, so that its use produces no more messages.
template <std::size_t Batch> class Trainer<detail::NoNet, detail::NoLoss, detail::NoOptimizer, Batch> {
public:
    // Of a type that depends on Batch: others would be instantiated where no trainer is refused.
    using FitOptions = typename Trainer<NetOf<float, Activate<Shape<Batch>, Identity>>, MeanSquaredError, Sgd,
                                        Batch>::FitOptions;

    constexpr Trainer(const auto&...) noexcept {}
    constexpr double step(detail::Anything, detail::Anything) noexcept { return 0; }
    template <class... Rest>
    constexpr HistoryOf<detail::EpochFor<Rest...>> fit(detail::Anything, detail::Anything, const FitOptions&,
                                                       Rest&&...) noexcept {
        return {};
    }
};

// If the arguments are refused, the message comes first and the class above is deduced.
template <class Net, class Loss, class Optimizer>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
Trainer(Net&, Loss, Optimizer) -> Trainer<typename detail::TrainersParts<Net, Loss, Optimizer>::Net,
                                          typename detail::TrainersParts<Net, Loss, Optimizer>::Loss,
                                          typename detail::TrainersParts<Net, Loss, Optimizer>::Optimizer>;
template <class Net, class Loss, class Optimizer, std::size_t Batch>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
Trainer(Net&, Loss, Optimizer, BatchSize<Batch>)
    -> Trainer<typename detail::TrainersParts<Net, Loss, Optimizer>::Net,
               typename detail::TrainersParts<Net, Loss, Optimizer>::Loss,
               typename detail::TrainersParts<Net, Loss, Optimizer>::Optimizer, Batch>;
template <class Net, class Loss, class Optimizer, class... Batch>
    requires(!std::is_lvalue_reference_v<Net>) && (misfit::temporary_net<misfit::but_found<Net>>::passes())
Trainer(Net&&, Loss, Optimizer, Batch...) -> Trainer<detail::NoNet, detail::NoLoss, detail::NoOptimizer>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
