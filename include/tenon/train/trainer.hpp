// Trainer: steps of training, for one sample or a minibatch, and whole epochs of them.
#pragma once

#include <tenon/random.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/parallel.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace tenon::inline TENON_ABI {

template <std::size_t Samples> struct BatchSize {};
/// Names a trainer's batch: Trainer{net, CrossEntropy{}, Adam{}, batch_size<64>}.
template <std::size_t Samples> inline constexpr BatchSize<Samples> batch_size{};

/// Trains a net: refers to the net, copies loss and optimizer, and owns traces, gradient and the optimizer's
/// state, all of static size. A target is an output, or a class index for a loss over classes. Inputs must be
/// finite numbers. A step whose loss is not finite changes nothing, and the loss that it returns says so.
template <class Net, class Loss, class Optimizer, std::size_t Batch = 32>
    requires(tenon::Loss<Loss>&& tenon::Optimizer<Optimizer>&&
                 misfit::loss_mismatch<Loss, detail::EndsIn<Net>>::none())
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
    /// where there are no samples or not as many targets.
    constexpr Scalar step(std::span<const Input> xs, std::span<const Output> ts) noexcept {
        return batch(xs, ts);
    }
    template <detail::ClassIndices Classes>
        requires detail::OverClasses<Loss>
    constexpr Scalar step(std::span<const Input> xs, const Classes& ts) noexcept {
        return batch(xs, detail::read_only(std::span(ts)));
    }

    // What does not fit is refused here.
    template <std::size_t N, std::size_t M>
        requires(N != Net::inputs || M != Net::outputs)
    constexpr Scalar step(const std::array<Scalar, N>&, const std::array<Scalar, M>&) noexcept {
        return Scalar(detail::sample_fits<Net, N, M>());
    }
    template <std::size_t N, detail::TargetOf<Output, Loss> Target>
        requires(N != Net::inputs)
    constexpr Scalar step(const std::array<Scalar, N>&, const Target&) noexcept {
        return Scalar(detail::sample_fits<Net, N>());
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
        detail::refuse<Net, Xs, Ts>();
        return {};
    }

    /// Epochs of minibatches over all samples. After each epoch the observer is called with an Epoch; if it
    /// returns false, training stops. Read the history's outcome: a loss that is not finite stops training.
    template <class Observer = detail::Silent>
    constexpr History fit(std::span<const Input> xs, std::span<const Output> ts, const FitOptions& options,
                          Observer&& observer = {}) noexcept {
        return epochs(xs, ts, options, observer);
    }
    template <detail::ClassIndices Classes, class Observer = detail::Silent>
        requires detail::OverClasses<Loss>
    constexpr History fit(std::span<const Input> xs, const Classes& ts, const FitOptions& options,
                          Observer&& observer = {}) noexcept {
        return epochs(xs, detail::read_only(std::span(ts)), options, observer);
    }

    template <class Xs, class Ts, class... Rest>
        requires detail::Misfits<Net, Xs, Ts>
    constexpr History fit(const Xs&, const Ts&, const FitOptions&, Rest&&...) noexcept {
        detail::refuse<Net, Xs, Ts>();
        return {};
    }

private:
    constexpr Scalar update(Scalar loss) noexcept {
        if (math::is_finite(loss)) optimizer_.step(net_.values, passes_.gradient_data(), state_);
        return loss;
    }

    template <class Target> constexpr Scalar single(const Input& x, const Target& t) noexcept {
        return update(passes_.one(net_.values, x, t));
    }

    template <class Target>
    constexpr Scalar batch(std::span<const Input> xs, std::span<const Target> ts) noexcept {
        if (xs.empty() || xs.size() != ts.size()) return std::numeric_limits<Scalar>::quiet_NaN();
        return update(passes_.many(net_.values, xs, ts, xs.size(), detail::InOrder{}));
    }

    template <class Targets, class Observer>
    constexpr History epochs(std::span<const Input> xs, Targets ts, const FitOptions& options,
                             Observer& observer) noexcept {
        History history;
        const auto end = [&](Outcome outcome) {
            history.outcome = outcome;
            return history;
        };
        const Samples validation = options.validation;
        if (xs.empty() || xs.size() != ts.size() || options.batch == 0 ||
            validation.inputs.size() != validation.targets.size())
            return end(Outcome::mismatched);
        const std::size_t batch = options.batch < xs.size() ? options.batch : xs.size();
        const detail::TeamOrNone<Trainer> team(
            options.threads.begin(*this, {batch, xs.size(), options.epochs}));
        std::size_t best_epoch = 0;
        double best = std::numeric_limits<double>::infinity();
        for (std::size_t number = 1; number <= options.epochs; ++number) {
            Epoch epoch{number, options.epochs};
            if (!one_epoch(xs, ts, options, team.get(), epoch)) return end(Outcome::diverged);
            if (!validation.inputs.empty())
                epoch.validation_loss = static_cast<double>(
                    detail::validation_loss(net_, passes_, validation.inputs, validation.targets));
            if (!validation.inputs.empty() && !math::is_finite(epoch.validation_loss))
                return end(Outcome::diverged);
            history.add(epoch);
            if constexpr (requires {
                              { observer(epoch) } -> std::convertible_to<bool>;
                          }) {
                if (!observer(epoch)) return end(Outcome::stopped_by_observer);
            } else observer(epoch);
            if (History::measure(epoch) < best - options.min_delta) {
                best = History::measure(epoch);
                best_epoch = number;
            } else if (options.patience > 0 && number - best_epoch >= options.patience)
                return end(Outcome::stopped_early);
        }
        return end(Outcome::finished);
    }

    /// Whether every loss was finite.
    template <class Targets>
    constexpr bool one_epoch(std::span<const Input> xs, Targets ts, const FitOptions& options,
                             detail::Team<Trainer>* team, Epoch& epoch) noexcept {
        // mixed, for seeds that are golden apart would give permutations that share three of their four keys
        const Permutation shuffled(
            xs.size(), Random::mixed(options.shuffle_seed.value_or(0) + epoch.number * Random::golden));
        double sum = 0;
        for (std::size_t first = 0; first < xs.size(); first += options.batch) {
            const std::size_t left = xs.size() - first, samples = left < options.batch ? left : options.batch;
            const detail::Order order{first, options.shuffle_seed ? &shuffled : nullptr};
            const Scalar loss = team ? team->step(*team, xs, ts, samples, order)
                                     : update(passes_.many(net_.values, xs, ts, samples, order));
            if (!math::is_finite(loss)) return false;
            sum += static_cast<double>(loss) * static_cast<double>(samples);
        }
        epoch.loss = sum / static_cast<double>(xs.size());
        return true;
    }

    template <std::size_t N> static constexpr Scalar refused() noexcept {
        static_assert(misfit::batch_too_large<misfit::takes<Batch>, misfit::but_given<N>>::none());
        return {};
    }

    friend detail::Threaded<Trainer>;

    Net& net_;
    detail::Backpropagation<Net, Loss, Batch> passes_;
    Optimizer optimizer_;
    typename Optimizer::template State<Scalar, Net::parameter_count> state_{};
};

template <class Net, class Loss, class Optimizer>
Trainer(Net&, Loss, Optimizer) -> Trainer<Net, Loss, Optimizer>;
template <class Net, class Loss, class Optimizer, std::size_t Batch>
Trainer(Net&, Loss, Optimizer, BatchSize<Batch>) -> Trainer<Net, Loss, Optimizer, Batch>;

} // namespace tenon
