// The epochs of Trainer::fit: checks of the samples, minibatches, validation, early stopping.
#pragma once

#include <tenon/random.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/divergence.hpp>
#include <tenon/train/fit_checks.hpp>
#include <tenon/train/fit_options.hpp>
#include <tenon/train/fit_progress.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/measure.hpp>
#include <tenon/train/observers.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/validation.hpp>
#include <tenon/train/whole_step.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A friend of the trainer. Rest are the metrics and observers that are passed to fit.
template <class Trainer, class Net, class Target, class... Rest> class Epochs {
    using Input = typename Net::Input;
    using Targets = std::span<const Target>;
    using Options = typename Trainer::FitOptions;
    using OneEpoch = EpochFor<Rest...>;
    using LossOf = std::remove_cvref_t<decltype(std::declval<Trainer&>().passes_.loss)>;
    static_assert((is_fit_argument<Rest, OneEpoch>() && ...));

    Trainer& trainer_;
    const std::span<const Input> xs_;
    const Targets ts_;
    const Options& options_;
    const SampleWeights weights_;
    const std::size_t all_;      ///< samples that fit is given
    const std::size_t held_out_; ///< samples that serve as validation
    const std::size_t count_;    ///< samples that are trained with
    const Permutation split_;    ///< validation samples, then those that are trained with
    HistoryOf<OneEpoch> history_{};

public:
    /// What Trainer::fit does.
    static constexpr HistoryOf<OneEpoch> run(Trainer& trainer, std::span<const Input> xs, Targets ts,
                                             const Options& options,
                                             Rest&... rest) noexcept(throws_nothing<Rest...>()) {
        Epochs epochs{trainer, xs, ts, options};
        epochs.history_.outcome = epochs.train(rest...);
        if (options.best && options.restore_best && trainer.progress_.best.number > 0 &&
            epochs.history_.last.number > 0)
            trainer.net_ = *options.best;
        return epochs.history_;
    }

private:
    constexpr Epochs(Trainer& trainer, std::span<const Input> xs, Targets ts, const Options& options) noexcept
        : trainer_(trainer), xs_(xs), ts_(ts), options_(options),
          weights_{options.class_weights, options.sample_weights},
          all_(options.indices ? options.indices->size() : xs.size()),
          held_out_(options.validation_share > 0 && options.validation_share < 1
                        ? at_least_one(options.validation_share * static_cast<double>(all_))
                        : 0),
          count_(all_ - held_out_), split_(all_ > 0 ? all_ : 1, Random::mix(options.validation_seed)) {}

    static constexpr std::size_t at_least_one(double share) noexcept {
        return share < 1 ? 1 : static_cast<std::size_t>(share);
    }

    constexpr Outcome train(Rest&... rest) noexcept(throws_nothing<Rest...>()) {
        if (!are_consistent<Net, LossOf>(options_, xs_.size(), ts_.size()) ||
            (options_.reduce_on_plateau && !HasLearningRate<decltype(trainer_.optimizer_)>))
            return Outcome::mismatched;
        if (const std::size_t bad = options_.indices
                                        ? first_without_class<Net::outputs>(Selected{ts_, *options_.indices})
                                        : first_without_class<Net::outputs>(ts_);
            bad < ts_.size()) {
            history_.sample = bad;
            return Outcome::bad_label;
        }
        if (const std::size_t bad = first_without_class(options_.validation);
            bad < options_.validation.classes.size()) {
            history_.sample = bad;
            history_.of_validation = true;
            return Outcome::bad_label;
        }
        FitProgress& progress = trainer_.progress_;
        if (options_.first_epoch == 1 || progress.epoch + 1 != options_.first_epoch) progress = {};
        if (options_.best && !progress.best_is_kept) progress.best = {}; // its weights are lost
        if (progress.best.number > 0) static_cast<Epoch&>(history_.best) = progress.best;
        if (progress.stops(options_.patience)) return if_finite(Outcome::stopped_early);

        const std::size_t batch = options_.batch < count_ ? options_.batch : count_;
        const ParallelFitOrNone<Trainer> parallel(
            options_.threads.begin(trainer_, {batch, count_, options_.epochs}));
        for (std::size_t number = options_.first_epoch; number <= options_.epochs; ++number) {
            OneEpoch epoch{};
            epoch.number = number;
            epoch.total = options_.epochs;
            if (const Outcome outcome = train_epoch(parallel.get(), epoch, rest...);
                outcome != Outcome::finished)
                return outcome;
            if (const Outcome outcome = validate_epoch(epoch, rest...); outcome != Outcome::finished)
                return outcome;
            epoch.learning_rate = trainer_.learning_rate();
            if (progress.add(epoch, options_.min_delta)) {
                progress.best_is_kept = options_.best != nullptr;
                if (options_.best) *options_.best = trainer_.net_;
            }
            if (options_.reduce_on_plateau)
                options_.reduce_on_plateau->end_epoch(History::measure(epoch), progress.plateau,
                                                      trainer_.optimizer_);
            history_.add(epoch);
            bool goes_on = true;
            ((goes_on = show_epoch(rest, epoch) && goes_on), ...);
            if (!goes_on) return if_finite(Outcome::stopped_by_observer);
            if (progress.stops(options_.patience)) return if_finite(Outcome::stopped_early);
        }
        return if_finite(Outcome::finished);
    }

    /// Trains for one epoch and sets epoch.loss. Returns why not, if it was not finished.
    constexpr Outcome train_epoch(ParallelFit<Trainer>* parallel, OneEpoch& epoch,
                                  Rest&... rest) noexcept(throws_nothing<Rest...>()) {
        // Mixed, because permutations of seeds that differ by golden_gamma would share three of four keys.
        const Permutation shuffled(
            count_, Random::mix(options_.shuffle_seed.value_or(0) + epoch.number * Random::golden_gamma));
        Order order = samples_from(held_out_);
        if (options_.shuffle_seed) order.shuffled = &shuffled;
        if (!weights_.classes.empty() || !weights_.samples.empty()) order.weights = &weights_;
        double sum = 0;
        for (std::size_t step = 1; order.first < count_; order.first += options_.batch, ++step) {
            const std::size_t left = count_ - order.first,
                              samples = left < options_.batch ? left : options_.batch;
            const auto loss =
                parallel
                    ? parallel->step(*parallel, xs_, ts_, samples, order)
                    : trainer_.update(trainer_.passes_.many(trainer_.net_.values_is_an_implementation_detail_,
                                                            xs_, ts_, samples, order),
                                      samples);
            if (!math::is_finite(loss)) {
                history_.divergence =
                    find_divergence(trainer_.net_, trainer_.passes_, xs_, ts_, samples, order);
                history_.divergence.epoch = epoch.number;
                history_.divergence.step = step;
                return diverged(xs_, ts_, options_.indices, false);
            }
            sum += static_cast<double>(loss) * static_cast<double>(samples);
            if constexpr ((SeesMinibatches<Rest> || ...)) {
                Minibatch minibatch{epoch.number, options_.epochs,
                                    step,         (count_ + options_.batch - 1) / options_.batch,
                                    samples,      static_cast<double>(loss)};
                minibatch.learning_rate = trainer_.learning_rate();
                bool goes_on = true;
                ((goes_on = show_minibatch(rest, minibatch) && goes_on), ...);
                if (!goes_on) return if_finite(Outcome::stopped_by_observer);
            }
        }
        epoch.loss = sum / static_cast<double>(count_);
        return Outcome::finished;
    }

    /// Sets the validation loss and the metrics: of the validation samples, or, without any, the metrics of
    /// all samples.
    constexpr Outcome validate_epoch(OneEpoch& epoch, [[maybe_unused]] Rest&... rest) noexcept {
        const ValidationOf<Net>& validation = options_.validation;
        const auto& net = trainer_.net_;
        auto& passes = trainer_.passes_;
        auto metrics = metrics_for<Net>(rest...);
        const auto mean = [&](std::size_t samples, auto pass) {
            double sum = pass(true);
            while (metrics.again()) pass(false);
            // Rounded as `evaluate` does.
            return static_cast<double>(static_cast<typename Net::Scalar>(sum / static_cast<double>(samples)));
        };
        if (!validation.inputs.empty())
            epoch.validation_loss = mean(sample_count(validation), [&](bool with_loss) {
                return pass_over_validation(net, passes, validation, metrics, with_loss);
            });
        else if (held_out_ > 0)
            epoch.validation_loss = mean(held_out_, [&](bool with_loss) {
                return trainers_pass_over(net, passes, xs_, ts_, samples_from(0), held_out_, metrics,
                                          with_loss);
            });
        else if constexpr (metric_count<Rest...> > 0)
            mean(all_, [&](bool) {
                if (options_.indices)
                    return trainers_pass_over(net, passes, xs_, ts_, samples_from(0), all_, metrics, false);
                return trainers_pass_over(net, passes, xs_, ts_, metrics, false);
            });
        if constexpr (metric_count<Rest...> > 0) epoch.metrics = metrics.values();
        if ((!validation.inputs.empty() || held_out_ > 0) && !math::is_finite(epoch.validation_loss)) {
            history_.divergence = {epoch.number, 0, Origin::validation};
            if (!validation.classes.empty()) // of which each exists
                return diverged(validation.inputs, validation.inputs, validation.indices, true);
            return validation.inputs.empty()
                       ? diverged(xs_, ts_, options_.indices, false)
                       : diverged(validation.inputs, validation.targets, validation.indices, true);
        }
        return Outcome::finished;
    }

    /// The samples from this position of the split on; without a split, all.
    constexpr Order samples_from(std::size_t first) const noexcept {
        Order order{};
        if (options_.indices) order.indices = options_.indices->data();
        if (held_out_ > 0) {
            order.split = &split_;
            order.split_first = first;
        }
        return order;
    }

    /// bad_sample, if there is one, else diverged.
    template <class Ts, class Indices>
    constexpr Outcome diverged(std::span<const Input> xs, Ts ts, const Indices& indices,
                               bool of_validation) noexcept {
        const std::size_t bad = indices ? first_not_finite(Selected{xs, *indices}, Selected{ts, *indices})
                                        : first_not_finite(xs, ts);
        if (bad == xs.size()) return Outcome::diverged;
        history_.sample = bad;
        history_.of_validation = of_validation;
        return Outcome::bad_sample;
    }

    /// Returns the outcome, or `diverged` if a parameter is not finite: it was so before fit, or an observer
    /// has changed it.
    constexpr Outcome if_finite(Outcome outcome) const noexcept {
        return in_compiler() ||
                       all_finite<Net::parameter_count>(trainer_.net_.values_is_an_implementation_detail_)
                   ? outcome
                   : Outcome::diverged;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
