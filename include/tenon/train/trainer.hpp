// Trainer: training steps with one sample or a minibatch, and fit, which runs whole epochs.
#pragma once

#include <tenon/optimizers/sgd.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/batch_size.hpp>
#include <tenon/train/epochs.hpp>
#include <tenon/train/fit_calls.hpp>
#include <tenon/train/fit_options.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/refused.hpp>
#include <tenon/train/set_up.hpp>
#include <tenon/train/statistics.hpp>
#include <tenon/train/step_calls.hpp>
#include <tenon/train/step_with.hpp>
#include <tenon/train/whole_step.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory> // construct_at; xsimd includes it, too
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Saves and restores a trainer: defined in io/checkpoint.hpp.
template <class Trainer> class Checkpoint;

} // namespace detail

/// Trains a net: `Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 1e-3}, batch_size<64>};`.
///
/// Lifetime: the trainer refers to the net, so the net must outlive it, at the same address. The trainer owns
/// copies of loss and optimizer, the traces, the gradient and the optimizer's state, all of static size.
///
/// Batch is the number of samples that are processed at once, in one block (at most 64; double: 32). A step
/// with an array of more is refused; a minibatch of run-time size, and fit's, may be larger, and is processed
/// in several blocks.
///
/// A target is an output, or a class index for a loss over classes. A step changes nothing if the loss, the
/// gradient or an updated number is not finite; it then returns a loss that is not finite, and in no other
/// case. math::is_finite detects that under all compiler flags.
///
/// Give a large trainer static storage duration: it is then located in .bss, and set up when the program
/// starts.
template <class Net, class Loss, class Optimizer, std::size_t Batch = 32>
    requires(detail::TrainerSentence<Net, Loss, Optimizer>::passes())
class Trainer : public detail::StepCalls<Trainer<Net, Loss, Optimizer, Batch>, Net, Loss, Batch>,
                public detail::StepWith<Trainer<Net, Loss, Optimizer, Batch>, Net, Batch>,
                public detail::FitCalls<Trainer<Net, Loss, Optimizer, Batch>, Net, Loss, Batch> {
    using StepCalls = detail::StepCalls<Trainer, Net, Loss, Batch>;
    using StepWith = detail::StepWith<Trainer, Net, Batch>;
    using FitCalls = detail::FitCalls<Trainer, Net, Loss, Batch>;
    static_assert(Batch > 0, "a trainer's Batch must be at least 1");

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    using Validation = detail::ValidationOf<Net>;
    using FitOptions = detail::FitOptionsOf<Trainer, Net, Batch>;

    /// Refers to `net`, and copies `loss` and `optimizer`.
    constexpr Trainer(Net& net, Loss loss, Optimizer optimizer, BatchSize<Batch> = {}) noexcept
        : net_(net), passes_(loss), optimizer_(optimizer) {
        if (detail::in_compiler() && !detail::has_valid_settings(optimizer))
            detail::settings_of_the_optimizer_are_out_of_range();
    }

    /// The optimizer, to change its learning rate between steps.
    constexpr Optimizer& optimizer() noexcept { return optimizer_; }
    /// The learning rate of the next step: with Scheduled, that of the schedule.
    constexpr double learning_rate() const noexcept { return learning_rate_of(optimizer_, step_.state); }
    /// Exchanges the net's trained parameters with their averages (Averaged); does nothing before the first
    /// step that counts. Call it again before training goes on.
    constexpr void swap_averages() noexcept {
        detail::swap_averages<Layers, Optimizer>(step_.state, net_.values_is_an_implementation_detail_);
    }
    /// Sets the seed of the random numbers that layers use in training (Dropout), and starts them anew. The
    /// default is 0.
    constexpr void seed(std::uint64_t value) noexcept { passes_.keys.seed(value); }
    /// The gradient of the last step, in the order of the net's parameters; 0 for those that are not trained.
    constexpr std::span<const Scalar, Net::parameter_count> gradient() const noexcept {
        return passes_.gradient();
    }

    using StepCalls::step;
    /// Updates once with one sample: x and its target t, which may be arrays in braces. Returns the loss
    /// before the update.
    constexpr Scalar step(const Input& x, const Output& t) noexcept { return step_sample(x, t); }

    /// Updates once with the mean gradient of a minibatch. Returns the mean loss before the update. Returns
    /// NaN and does nothing if xs is empty, if the sizes differ, or if a class index names no class.
    constexpr Scalar step(std::span<const Input> xs, std::span<const Output> ts) noexcept {
        return step_minibatch(xs, ts);
    }

    /// Updates once with a gradient with respect to the net's parameters, such as that of a Tape. Returns
    /// whether it did: nothing changes if the gradient or an updated number is not finite.
    constexpr bool apply(std::span<const Scalar, Net::parameter_count> gradient) noexcept {
        detail::copy_trained<Layers>(gradient, passes_.gradient_data());
        return update_parameters();
    }
    /// Sets the optimizer's state and the count of steps back to the start, as of a new trainer with the same
    /// seed. The net and the optimizer's settings stay.
    constexpr void reset() noexcept {
        std::construct_at(&step_);
        passes_.keys.restart();
        progress_ = {};
    }

    using FitCalls::fit;
    /// Trains for whole epochs, in minibatches:
    /// `const History history = trainer.fit(xs, ts, {.epochs = 20, .batch = 32, .shuffle_seed = 7});`.
    ///
    /// Returns the history: the epochs' losses, and the outcome. Check the outcome: training ends at the
    /// first number that is not finite. The optimizer's state is kept between calls of fit and of step.
    ///
    /// After the options come metrics and observers, in any order: `trainer.fit(xs, ts, options, Accuracy{},
    /// F1{}, observer)`. Metrics are measured after each epoch (EpochWith). An observer is called with an
    /// Epoch after each epoch, or with a Minibatch after each step (observers.hpp); training ends if it
    /// returns false. fit passes on the observers' exceptions. The net is then as the last step left it, and
    /// fit may be called again.
    template <class... Rest>
    constexpr HistoryOf<detail::EpochFor<Rest...>> fit(
        std::span<const Input> xs, std::span<const Output> ts, const FitOptions& options,
        Rest&&... rest) noexcept(detail::throws_nothing<Rest...>()) {
        return detail::Epochs<Trainer, Net, Output, std::remove_reference_t<Rest>...>::run(*this, xs, ts,
                                                                                           options, rest...);
    }

private:
    using Layers = detail::StackOf<Net>;

    /// Updates with the gradient of a minibatch of `samples` with this loss, which it returns.
    constexpr Scalar update(Scalar loss, std::size_t samples) noexcept {
        Scalar* const parameters = net_.values_is_an_implementation_detail_;
        if (detail::in_compiler()) { // overflow is an error there; operations are limited, so use few
            if (loss - loss != 0) return loss;
            if constexpr (detail::trains_all<Layers> && !detail::spares_biases<Optimizer>)
                optimizer_.step(parameters, passes_.gradient_data(), step_.state);
            else {
                statistics_.take(passes_.gradient_data());
                step_.in_compiler(optimizer_, parameters, passes_.gradient_data());
                statistics_.settle(parameters, samples);
            }
            return loss;
        }
        const bool usable = statistics_.take(passes_.gradient_data());
        if (!math::is_finite(loss)) return loss;
        if (!usable || !step_(optimizer_, parameters, passes_.gradient_data()))
            return math::not_a_number<Scalar>();
        statistics_.settle(parameters, samples);
        return loss;
    }

    /// Updates with the gradient alone.
    constexpr bool update_parameters() noexcept {
        Scalar* const parameters = net_.values_is_an_implementation_detail_;
        if (!detail::in_compiler()) return step_(optimizer_, parameters, passes_.gradient_data());
        step_.in_compiler(optimizer_, parameters, passes_.gradient_data());
        return true;
    }

    template <class Target> constexpr Scalar step_sample(const Input& x, const Target& t) noexcept {
        if constexpr (std::integral<Target>)
            if (!detail::is_class<Net::outputs>(t)) return math::not_a_number<Scalar>();
        return update(passes_.one(net_.values_is_an_implementation_detail_, x, t), 1);
    }

    template <class Target>
    constexpr Scalar step_minibatch(std::span<const Input> xs, std::span<const Target> ts) noexcept {
        if (xs.empty() || xs.size() != ts.size() || detail::first_without_class<Net::outputs>(ts) < ts.size())
            return math::not_a_number<Scalar>();
        return update(
            passes_.many(net_.values_is_an_implementation_detail_, xs, ts, xs.size(), detail::InOrder{}),
            xs.size());
    }

    /// step_minibatch of xs[indices[i]], ts[indices[i]].
    template <class Target, class Index>
    constexpr Scalar step_selected(std::span<const Input> xs, std::span<const Target> ts,
                                   std::span<const Index> indices) noexcept {
        if (indices.empty() || xs.size() != ts.size()) return math::not_a_number<Scalar>();
        for (const Index i : indices) {
            if (static_cast<std::size_t>(i) >= xs.size()) return math::not_a_number<Scalar>();
            if constexpr (std::integral<Target>)
                if (!detail::is_class<Net::outputs>(ts[static_cast<std::size_t>(i)]))
                    return math::not_a_number<Scalar>();
        }
        return update(passes_.many(net_.values_is_an_implementation_detail_, xs, ts, indices.size(),
                                   detail::AtIndices<Index>{indices}),
                      indices.size());
    }

    friend StepCalls;
    friend StepWith;
    template <class, class, class, class...> friend class detail::Epochs;
    friend detail::Checkpoint<Trainer>;
    friend detail::Threaded<Trainer>;

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    detail::Backpropagation<Net, Loss, Batch> passes_;
    Optimizer optimizer_;
    detail::WholeStep<Optimizer, Scalar, Layers> step_{};
    detail::FitProgress progress_{};
    [[no_unique_address]] detail::Statistics<Layers, Scalar> statistics_{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
