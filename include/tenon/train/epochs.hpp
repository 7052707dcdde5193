// The epochs of Trainer::fit: checks of the samples, minibatches, validation, early stopping.
#pragma once

#include <tenon/random.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/fit_options.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/whole_step.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A friend of the trainer.
template <class Trainer, class Net> class Epochs {
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;

public:
    /// What Trainer::fit does.
    template <class Targets, class Options, class Observer>
    static constexpr History run(Trainer& trainer, std::span<const Input> xs, Targets ts,
                                 const Options& options,
                                 Observer& observer) noexcept(throws_nothing<Observer>()) {
        History history;
        const auto end = [&](Outcome outcome) {
            history.outcome = outcome;
            return history;
        };
        const auto end_at = [&](Outcome outcome, std::size_t sample, bool of_validation) {
            history.sample = sample;
            history.of_validation = of_validation;
            return end(outcome);
        };
        const auto end_diverged = [&](auto inputs, auto targets, const auto& indices, bool of_validation) {
            const std::size_t bad =
                indices ? first_not_finite(Selected{inputs, *indices}, Selected{targets, *indices})
                        : first_not_finite(inputs, targets);
            return bad < inputs.size() ? end_at(Outcome::bad_sample, bad, of_validation)
                                       : end(Outcome::diverged);
        };
        const ValidationOf<Net> validation = options.validation;
        const std::size_t count = options.indices ? options.indices->size() : xs.size();
        if (count == 0 || xs.size() != ts.size() || options.batch == 0 ||
            validation.inputs.size() != validation.targets.size() ||
            (options.indices && !are_positions(*options.indices, xs.size())) ||
            (validation.indices &&
             (validation.indices->empty() || !are_positions(*validation.indices, validation.inputs.size()))))
            return end(Outcome::mismatched);
        if (const std::size_t bad = options.indices
                                        ? first_without_class<Net::outputs>(Selected{ts, *options.indices})
                                        : first_without_class<Net::outputs>(ts);
            bad < ts.size())
            return end_at(Outcome::bad_label, bad, false);

        const std::size_t batch = options.batch < count ? options.batch : count;
        const ParallelFitOrNone<Trainer> parallel(
            options.threads.begin(trainer, {batch, count, options.epochs}));
        std::size_t best_epoch = 0;
        double best = 0;
        for (std::size_t number = 1; number <= options.epochs; ++number) {
            Epoch epoch{number, options.epochs};
            if (!train(trainer, xs, ts, count, options, parallel.get(), epoch))
                return end_diverged(xs, ts, options.indices, false);
            if (!validation.inputs.empty())
                epoch.validation_loss = static_cast<double>(loss_of_validation(trainer, validation));
            if (!validation.inputs.empty() && !math::is_finite(epoch.validation_loss))
                return end_diverged(validation.inputs, validation.targets, validation.indices, true);
            history.add(epoch);
            if constexpr (Decides<Observer>) {
                if (!observer(epoch)) return end(if_finite(trainer, Outcome::stopped_by_observer));
            } else observer(epoch);
            if (best_epoch == 0 || History::measure(epoch) < best - options.min_delta) {
                best = History::measure(epoch);
                best_epoch = number;
            } else if (options.patience > 0 && number - best_epoch >= options.patience)
                return end(if_finite(trainer, Outcome::stopped_early));
        }
        return end(if_finite(trainer, Outcome::finished));
    }

private:
    /// Returns the outcome, or `diverged` if a parameter is not finite: it was so before fit, or the observer
    /// has changed it.
    static constexpr Outcome if_finite(const Trainer& trainer, Outcome outcome) noexcept {
        return in_compiler() ||
                       all_finite<Net::parameter_count>(trainer.net_.values_is_an_implementation_detail_)
                   ? outcome
                   : Outcome::diverged;
    }

    static constexpr Scalar loss_of_validation(Trainer& trainer, const ValidationOf<Net>& samples) noexcept {
        if (!samples.indices)
            return validation_loss(trainer.net_, trainer.passes_, samples.inputs, samples.targets);
        return validation_loss(trainer.net_, trainer.passes_, Selected{samples.inputs, *samples.indices},
                               Selected{samples.targets, *samples.indices});
    }

    /// Trains for one epoch of `count` samples and sets epoch.loss. Returns false, without doing so, at the
    /// first minibatch whose loss is not finite.
    template <class Targets, class Options>
    static constexpr bool train(Trainer& trainer, std::span<const Input> xs, Targets ts, std::size_t count,
                                const Options& options, ParallelFit<Trainer>* parallel,
                                Epoch& epoch) noexcept {
        // Mixed, because permutations of seeds that differ by golden_gamma would share three of four keys.
        const Permutation shuffled(
            count, Random::mix(options.shuffle_seed.value_or(0) + epoch.number * Random::golden_gamma));
        double sum = 0;
        for (std::size_t first = 0; first < count; first += options.batch) {
            const std::size_t left = count - first, samples = left < options.batch ? left : options.batch;
            const Order order{first, options.shuffle_seed ? &shuffled : nullptr,
                              options.indices ? options.indices->data() : nullptr};
            const Scalar loss =
                parallel
                    ? parallel->step(*parallel, xs, ts, samples, order)
                    : trainer.update(trainer.passes_.many(trainer.net_.values_is_an_implementation_detail_,
                                                          xs, ts, samples, order),
                                     samples);
            if (!math::is_finite(loss)) return false;
            sum += static_cast<double>(loss) * static_cast<double>(samples);
        }
        epoch.loss = sum / static_cast<double>(count);
        return true;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
