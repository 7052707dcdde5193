// ReduceOnPlateau: lowers the learning rate when the loss no longer falls.
#pragma once

#include <tenon/optimizers/wrapper.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Multiplies the learning rate by `factor` when the loss has not improved for more than `patience` epochs in
/// a row. Definition and defaults are those of PyTorch's ReduceLROnPlateau (mode "min"). In fit the loss is
/// the validation loss, or the training loss if there is no validation.
struct ReduceOnPlateau {
    double factor = 0.1;
    std::size_t patience = 10;
    /// A loss is an improvement if it is less than the best one times (1 - threshold), or, if not `relative`,
    /// less than the best one minus threshold.
    double threshold = 1e-4;
    bool relative = true;
    std::size_t cooldown = 0;     ///< epochs after a reduction during which none counts as bad
    double min_learning_rate = 0; ///< the learning rate does not fall below it
    double epsilon = 1e-8;        ///< a smaller reduction is not made

    struct State {
        double best = 0;
        bool has_best = false;
        std::size_t bad_epochs = 0, cooldown_left = 0;
    };

    /// Ends an epoch with this loss; may lower the optimizer's learning rate.
    template <class Optimizer>
    constexpr void end_epoch(double loss, State& state, Optimizer& optimizer) const noexcept {
        const double limit = relative ? state.best * (1 - threshold) : state.best - threshold;
        if (!state.has_best || loss < limit) {
            state.best = loss;
            state.has_best = true;
            state.bad_epochs = 0;
        } else ++state.bad_epochs;
        if (state.cooldown_left > 0) {
            --state.cooldown_left;
            state.bad_epochs = 0;
        }
        if (state.bad_epochs <= patience) return;
        if constexpr (detail::HasLearningRate<Optimizer>) {
            auto& rate = detail::innermost(optimizer).learning_rate;
            const double old = rate, reduced = old * factor;
            const double wanted = reduced > min_learning_rate ? reduced : min_learning_rate;
            if (old - wanted > epsilon) rate = wanted;
        }
        state.cooldown_left = cooldown;
        state.bad_epochs = 0;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
