// Trainer: steps of training, for one sample or a minibatch, and whole epochs of them.
#pragma once

#include <tenon/random.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/refused.hpp>
#include <tenon/train/set_up.hpp>
#include <tenon/train/whole_step.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

template <std::size_t Samples> struct BatchSize {};
/// Names a trainer's batch: Trainer{net, CrossEntropy{}, Adam{}, batch_size<64>}.
template <std::size_t Samples> inline constexpr BatchSize<Samples> batch_size{};

/// Trains a net: refers to the net, copies loss and optimizer, and owns traces, gradient and the optimizer's
/// state, all of static size. A target is an output, or a class index for a loss over classes. A step changes
/// nothing if its loss, its gradient or a number that it would write is not finite. Only then does it return
/// a loss that is not finite; math::is_finite tells, under all flags. A large trainer belongs into static
/// memory, where it lies in .bss and is set up when the program starts.
template <class Net, class Loss, class Optimizer, std::size_t Batch = 32>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
class Trainer {
    static_assert(Batch > 0, "a trainer's batch must have room for at least one sample");

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    /// The samples of `fit`'s validation.
    struct Samples {
        std::span<const Input> inputs{};
        std::span<const Output> targets{};
    };

    struct FitOptions {
        std::size_t epochs = 1;
        /// Samples to an update; more than the trainer's Batch are gone through in several blocks.
        std::size_t batch = Batch;
        /// Seed of the order of the samples, another in each epoch; without a seed they come as they lie.
        std::optional<std::uint64_t> shuffle_seed{};
        Samples validation{};
        /// Epochs without an improvement by more than min_delta, after which fit stops; 0 for never.
        std::size_t patience = 0;
        double min_delta = 0;
        /// Threads that share the work; more than one need tenon/threads.hpp, and change no result.
        Threads<Trainer> threads{};
    };

    constexpr Trainer(Net& net, Loss loss, Optimizer optimizer, BatchSize<Batch> = {}) noexcept
        : net_(net), passes_(loss), optimizer_(optimizer) {}

    /// The optimizer, to change its learning rate between steps.
    constexpr Optimizer& optimizer() noexcept { return optimizer_; }
    /// The gradient of the last step, in the order of the net's parameters.
    constexpr std::span<const Scalar, Net::parameter_count> gradient() const noexcept {
        return passes_.gradient();
    }

    /// One sample, one update; the loss before the update.
    constexpr Scalar step(const Input& x, const Output& t) noexcept { return single(x, t); }
    template <std::integral Class>
        requires detail::OverClasses<Loss>
    constexpr Scalar step(const Input& x, Class t) noexcept { return single(x, t); }
    template <std::size_t N, std::size_t M>
    constexpr Scalar step(const Scalar (&x)[N], const Scalar (&t)[M]) noexcept {
        if constexpr (detail::sample_fits<Net, N, M>()) return single(std::to_array(x), std::to_array(t));
        else return {};
    }
    template <std::size_t N, detail::TargetOf<Output, Loss> Target>
    constexpr Scalar step(const Scalar (&x)[N], const Target& t) noexcept {
        if constexpr (detail::sample_fits<Net, N>()) return single(std::to_array(x), t);
        else return {};
    }
    template <std::size_t M> constexpr Scalar step(const Input& x, const Scalar (&t)[M]) noexcept {
        if constexpr (detail::sample_fits<Net, Net::inputs, M>()) return single(x, std::to_array(t));
        else return {};
    }

    /// A minibatch, one update with the mean gradient; the mean loss before the update. NaN, and no update,
    /// if there are no samples, not as many targets, or a class index that names no class.
    constexpr Scalar step(std::span<const Input> xs, std::span<const Output> ts) noexcept {
        return batch(xs, ts);
    }
    template <detail::ClassIndices Classes>
        requires detail::OverClasses<Loss>
    constexpr Scalar step(std::span<const Input> xs, const Classes& ts) noexcept {
        return batch(xs, detail::read_only(std::span(ts)));
    }

    // What does not fit is refused here.
    template <class X, std::size_t N, class Target>
        requires(std::is_arithmetic_v<X>&& detail::MisfitOne<Net, std::array<X, N>, Target>)
    constexpr Scalar step(const std::array<X, N>&, const Target&) noexcept {
        detail::refuse<Net, detail::One<std::array<X, N>>, detail::One<Target>>();
        return {};
    }
    template <class Target>
        requires detail::NoTarget<Net, Loss, Target>
    constexpr Scalar step(const Input&, const Target&) noexcept {
        detail::refuse_kind<Net, Target>();
        return {};
    }
    template <std::size_t N, class Target>
        requires detail::NoTarget<Net, Loss, Target>
    constexpr Scalar step(const Scalar (&)[N], const Target&) noexcept {
        detail::refuse_kind<Net, Target>();
        return {};
    }
    template <class Xs, class Ts>
        requires detail::NoTargets<Net, Loss, Xs, Ts>
    constexpr Scalar step(const Xs&, const Ts&) noexcept {
        detail::refuse_kind<Net, Ts>();
        return {};
    }
    template <std::size_t N, class Targets>
        requires(N > Batch)
    constexpr Scalar step(const Input (&)[N], const Targets&) noexcept { return refused<N>(); }
    template <std::size_t N, class Targets>
        requires(N > Batch)
    constexpr Scalar step(const std::array<Input, N>&, const Targets&) noexcept { return refused<N>(); }
    template <class T, std::size_t N, class Targets>
        requires(N > Batch && N != std::dynamic_extent)
    constexpr Scalar step(std::span<T, N>, const Targets&) noexcept { return refused<N>(); }
    template <class Xs, class Ts>
        requires detail::Misfits<Net, Xs, Ts>
    constexpr Scalar step(const Xs&, const Ts&) noexcept {
        detail::refuse<Net, detail::Many<Xs>, detail::Many<Ts>>();
        return {};
    }

    /// Epochs of minibatches over all samples. After each epoch the observer is called with an Epoch; if it
    /// returns false, training stops. What it throws comes through; the net is then as the last step left it,
    /// and fit may be called again. Read the history's outcome: what is not finite stops training.
    template <class Observer = detail::NoObserver>
    constexpr History fit(std::span<const Input> xs, std::span<const Output> ts, const FitOptions& options,
                          Observer&& observer = {}) noexcept(detail::throws_nothing<Observer>()) {
        return epochs(xs, ts, options, observer);
    }
    template <detail::ClassIndices Classes, class Observer = detail::NoObserver>
        requires detail::OverClasses<Loss>
    constexpr History fit(std::span<const Input> xs, const Classes& ts, const FitOptions& options,
                          Observer&& observer = {}) noexcept(detail::throws_nothing<Observer>()) {
        return epochs(xs, detail::read_only(std::span(ts)), options, observer);
    }

    template <class Xs, class Ts, class... Rest>
        requires detail::NoTargets<Net, Loss, Xs, Ts>
    constexpr History fit(const Xs&, const Ts&, const FitOptions&, Rest&&...) noexcept {
        detail::refuse_kind<Net, Ts>();
        return {};
    }
    template <class Xs, class Ts, class... Rest>
        requires detail::Misfits<Net, Xs, Ts>
    constexpr History fit(const Xs&, const Ts&, const FitOptions&, Rest&&...) noexcept {
        detail::refuse<Net, detail::Many<Xs>, detail::Many<Ts>>();
        return {};
    }

private:
    constexpr Scalar update(Scalar loss) noexcept {
        if (detail::in_compiler()) { // where to overflow is an error; in few operations, for they are counted
            if (loss - loss == 0)
                optimizer_.step(net_.values_is_an_implementation_detail_, passes_.gradient_data(),
                                step_.state);
            return loss;
        }
        if (math::is_finite(loss) &&
            !step_(optimizer_, net_.values_is_an_implementation_detail_, passes_.gradient_data()))
            return math::not_a_number<Scalar>();
        return loss;
    }

    template <class Target> constexpr Scalar single(const Input& x, const Target& t) noexcept {
        if constexpr (std::integral<Target>)
            if (!detail::is_class<Net::outputs>(t)) return math::not_a_number<Scalar>();
        return update(passes_.one(net_.values_is_an_implementation_detail_, x, t));
    }

    template <class Target>
    constexpr Scalar batch(std::span<const Input> xs, std::span<const Target> ts) noexcept {
        if (xs.empty() || xs.size() != ts.size() || detail::first_without_class<Net::outputs>(ts) < ts.size())
            return math::not_a_number<Scalar>();
        return update(
            passes_.many(net_.values_is_an_implementation_detail_, xs, ts, xs.size(), detail::InOrder{}));
    }

    template <class Targets, class Observer>
    constexpr History epochs(std::span<const Input> xs, Targets ts, const FitOptions& options,
                             Observer& observer) noexcept(detail::throws_nothing<Observer>()) {
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
        const auto end_diverged = [&](auto inputs, auto targets, bool of_validation) {
            const std::size_t bad = detail::first_not_finite(inputs, targets);
            return bad < inputs.size() ? end_at(Outcome::bad_sample, bad, of_validation)
                                       : end(Outcome::diverged);
        };
        const Samples validation = options.validation;
        if (xs.empty() || xs.size() != ts.size() || options.batch == 0 ||
            validation.inputs.size() != validation.targets.size())
            return end(Outcome::mismatched);
        if (const std::size_t bad = detail::first_without_class<Net::outputs>(ts); bad < ts.size())
            return end_at(Outcome::bad_label, bad, false);
        const std::size_t batch = options.batch < xs.size() ? options.batch : xs.size();
        const detail::ParallelFitOrNone<Trainer> team(
            options.threads.begin(*this, {batch, xs.size(), options.epochs}));
        std::size_t best_epoch = 0;
        double best = 0;
        for (std::size_t number = 1; number <= options.epochs; ++number) {
            Epoch epoch{number, options.epochs};
            if (!one_epoch(xs, ts, options, team.get(), epoch)) return end_diverged(xs, ts, false);
            if (!validation.inputs.empty())
                epoch.validation_loss = static_cast<double>(
                    detail::validation_loss(net_, passes_, validation.inputs, validation.targets));
            if (!validation.inputs.empty() && !math::is_finite(epoch.validation_loss))
                return end_diverged(validation.inputs, validation.targets, true);
            history.add(epoch);
            if constexpr (detail::Decides<Observer>) {
                if (!observer(epoch)) return end(has_finite_net(Outcome::stopped_by_observer));
            } else observer(epoch);
            if (best_epoch == 0 || History::measure(epoch) < best - options.min_delta) {
                best = History::measure(epoch);
                best_epoch = number;
            } else if (options.patience > 0 && number - best_epoch >= options.patience)
                return end(has_finite_net(Outcome::stopped_early));
        }
        return end(has_finite_net(Outcome::finished));
    }

    /// The outcome, unless a parameter is not finite: before fit, or as the observer left it.
    constexpr Outcome has_finite_net(Outcome outcome) const noexcept {
        return detail::in_compiler() ||
                       detail::all_finite<Net::parameter_count>(net_.values_is_an_implementation_detail_)
                   ? outcome
                   : Outcome::diverged;
    }

    /// Whether every loss was finite.
    template <class Targets>
    constexpr bool one_epoch(std::span<const Input> xs, Targets ts, const FitOptions& options,
                             detail::ParallelFit<Trainer>* team, Epoch& epoch) noexcept {
        // Mixed, because seeds that differ by golden_gamma would give permutations that share three of four
        // keys.
        const Permutation shuffled(
            xs.size(), Random::mix(options.shuffle_seed.value_or(0) + epoch.number * Random::golden_gamma));
        double sum = 0;
        for (std::size_t first = 0; first < xs.size(); first += options.batch) {
            const std::size_t left = xs.size() - first, samples = left < options.batch ? left : options.batch;
            const detail::Order order{first, options.shuffle_seed ? &shuffled : nullptr};
            const Scalar loss =
                team ? team->step(*team, xs, ts, samples, order)
                     : update(passes_.many(net_.values_is_an_implementation_detail_, xs, ts, samples, order));
            if (!math::is_finite(loss)) return false;
            sum += static_cast<double>(loss) * static_cast<double>(samples);
        }
        epoch.loss = sum / static_cast<double>(xs.size());
        return true;
    }

    template <std::size_t N> static constexpr Scalar refused() noexcept {
        static_assert(misfit::batch_too_large<misfit::takes<Batch>, misfit::but_given<N>>::passes());
        return {};
    }

    friend detail::Threaded<Trainer>;

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    detail::Backpropagation<Net, Loss, Batch> passes_;
    Optimizer optimizer_;
    detail::WholeStep<Optimizer, Scalar, Net::parameter_count> step_{};
};

/// Stands for a trainer that was refused, so that its use makes no more messages.
template <std::size_t Batch> class Trainer<detail::NoNet, detail::NoLoss, detail::NoOptimizer, Batch> {
public:
    using FitOptions =
        typename Trainer<NetOf<float, Activate<Shape<1>, Identity>>, MeanSquaredError, Sgd>::FitOptions;

    constexpr Trainer(const auto&...) noexcept {}
    constexpr double step(detail::Anything, detail::Anything) noexcept { return 0; }
    template <class Observer = detail::NoObserver>
    constexpr History fit(detail::Anything, detail::Anything, const FitOptions&, Observer&& = {}) noexcept {
        return {};
    }
};

// What does not train is deduced as the trainer that stands for it, once that has been said.
template <class Net, class Loss, class Optimizer>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
Trainer(Net&, Loss, Optimizer)
->Trainer<typename detail::TrainersParts<Net, Loss, Optimizer>::Net,
          typename detail::TrainersParts<Net, Loss, Optimizer>::Loss,
          typename detail::TrainersParts<Net, Loss, Optimizer>::Optimizer>;
template <class Net, class Loss, class Optimizer, std::size_t Batch>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
Trainer(Net&, Loss, Optimizer, BatchSize<Batch>)
->Trainer<typename detail::TrainersParts<Net, Loss, Optimizer>::Net,
          typename detail::TrainersParts<Net, Loss, Optimizer>::Loss,
          typename detail::TrainersParts<Net, Loss, Optimizer>::Optimizer, Batch>;
template <class Net, class Loss, class Optimizer, class... Batch>
    requires(!std::is_lvalue_reference_v<Net>)
&&(misfit::temporary_net<misfit::but_found<Net>>::passes())Trainer(Net&&, Loss, Optimizer, Batch...)
      ->Trainer<detail::NoNet, detail::NoLoss, detail::NoOptimizer>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
