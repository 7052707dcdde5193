// RecordingTrainer: truncated backpropagation through time over long recordings.
#pragma once

#include <tenon/cells/state.hpp>
#include <tenon/misfit/recordings.hpp>
#include <tenon/random.hpp>
#include <tenon/recordings/recording_options.hpp>
#include <tenon/recordings/window_step.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/batch_size.hpp>
#include <tenon/train/fit_progress.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/observers.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether a loss may follow steps of this many outputs.
template <class Loss, std::size_t Outputs> consteval bool is_loss_of_steps() {
    if constexpr (requires { Loss::outputs_of_step; }) return Loss::outputs_of_step == Outputs;
    else return true;
}
/// The sentence about a RecordingTrainer of this net and this loss.
template <class Net, class Loss> consteval auto recording_sentence() {
    using misfit::but_found;
    if constexpr (Net::state_count == 0)
        return std::type_identity<misfit::net_of_recording<std::false_type, but_found<Net>>>{};
    else if constexpr (fused_loss<Loss>)
        return std::type_identity<misfit::loss_of_recording<std::false_type, but_found<Loss>>>{};
    else if constexpr (!is_loss_of_steps<Loss, Net::outputs>())
        return std::type_identity<misfit::outputs_of_loss<std::false_type, but_found<Loss>>>{};
    else if constexpr (requires { Loss::warm_up_outputs; })
        return std::type_identity<misfit::warm_up_of_recording<std::false_type, but_found<Loss>>>{};
    else return std::type_identity<misfit::net_of_recording<std::true_type, but_found<Net>>>{};
}
template <class Net, class Loss>
using RecordingSentence = typename decltype(recording_sentence<Net, Loss>())::type;

} // namespace detail

template <std::size_t Steps> struct WindowSize {};
/// Sets the steps of a window: `RecordingTrainer{net, ErrorToSignal{}, Adam{}, window<512>, batch_size<32>}`.
template <std::size_t Steps> inline constexpr WindowSize<Steps> window{};

/// Trains a net with cells on recordings of any length, by truncated backpropagation through time: window
/// after window of Steps steps, each of which begins with the states at the end of the one before, and up to
/// Batch streams side by side. Each window is one update; its gradient does not reach back into the window
/// before. The loss is that of the outputs of a window, [Steps, outputs of a step], averaged over the
/// streams; it must not include an activation.
///
///     RecordingTrainer trainer{amp, ErrorToSignal{}, Adam{}, window<512>, batch_size<32>};
///     trainer.fit(xs, ts, {.epochs = 50, .segment = 22050, .warm_up = 1000});
///
/// Lifetime: the trainer refers to the net, which must outlive it, at the same address. Every update writes
/// the net's parameters. The trainer owns the memory of a window of Batch streams: give it static storage
/// duration.
template <class Net, class Loss, class Optimizer, std::size_t Steps, std::size_t Batch = 32>
    requires(detail::RecordingSentence<Net, Loss>::passes())
class RecordingTrainer : public detail::WindowStep<Net, Loss, Optimizer, Steps, Batch> {
    using Base = detail::WindowStep<Net, Loss, Optimizer, Steps, Batch>;
    using Base::net_, Base::origin_, Base::loss_of_window;

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    using Options = RecordingOptions<Net>;
    using Base::step, Base::learning_rate;

    /// Refers to `net`, and copies `loss` and `optimizer`.
    constexpr RecordingTrainer(Net& net, Loss loss, Optimizer optimizer, WindowSize<Steps>,
                               BatchSize<Batch> = {}) noexcept
        : Base(net, loss, optimizer) {}

    /// Trains for whole epochs on a recording. It is cut into segments, which are taken in a random order if
    /// there is a seed, Batch of them side by side. Each begins with a state of zero, and with
    /// `warm_up` steps that are only run; then comes an update for each window. What is left of a segment
    /// after its last whole window is not used. Returns the history; observers are those of Trainer::fit.
    template <class... Observers>
    constexpr History fit(std::span<const Input> xs, std::span<const Output> ts, const Options& options,
                          Observers&&... observers) noexcept(detail::throws_nothing<Observers...>()) {
        static_assert((!detail::Measurable<std::remove_cvref_t<Observers>> && ...),
                      "a RecordingTrainer takes observers, and no metrics");
        static_assert((detail::is_fit_argument<std::remove_reference_t<Observers>, Epoch>() && ...));
        History history;
        history.outcome = train(history, xs, ts, options, observers...);
        if (options.best && options.restore_best && progress_.best.number > 0 && history.last.number > 0)
            net_ = *options.best;
        return history;
    }

    /// The mean loss over the windows of a recording that is run from a state of zero; the first `warm_up`
    /// steps do not count. NaN if the sizes differ or there is no whole window.
    constexpr double evaluate(std::span<const Input> xs, std::span<const Output> ts,
                              std::size_t warm_up = 0) noexcept {
        if (xs.size() != ts.size() || warm_up > xs.size() || xs.size() - warm_up < Steps)
            return math::not_a_number<double>();
        State<Net>& state = states_[0];
        state.reset();
        run(state, xs, 0, warm_up);
        double sum = 0;
        std::size_t windows = 0;
        for (std::size_t first = warm_up; xs.size() - first >= Steps; first += Steps, ++windows) {
            net_.run(state, xs.subspan(first, Steps), ys_);
            detail::write_values(ys_, outputs_.data());
            sum += static_cast<double>(
                loss_of_window(outputs_.data(), ts.subspan(first, Steps), NoView{}, Scalar(1)));
        }
        return sum / static_cast<double>(windows);
    }

private:
    /// Runs a stream from `first` to `end` without training.
    constexpr void run(State<Net>& state, std::span<const Input> xs, std::size_t first,
                       std::size_t end) noexcept {
        for (std::size_t count; first < end; first += count) {
            count = end - first < Steps ? end - first : Steps;
            net_.run(state, xs.subspan(first, count), std::span<Output>(ys_).first(count));
        }
    }

    template <class... Observers>
    constexpr Outcome train(History& history, std::span<const Input> xs, std::span<const Output> ts,
                            const Options& options,
                            Observers&... observers) noexcept(detail::throws_nothing<Observers...>()) {
        const auto& validation = options.validation;
        const std::size_t segment = options.segment > 0 ? options.segment : (xs.size() + Batch - 1) / Batch;
        const auto has_windows = [&](std::size_t steps) {
            return steps >= Steps && options.warm_up <= steps - Steps;
        };
        if (xs.size() != ts.size() || segment > xs.size() || !has_windows(segment) ||
            options.first_epoch == 0 || validation.inputs.size() != validation.targets.size() ||
            (!validation.inputs.empty() && !has_windows(validation.inputs.size())))
            return Outcome::mismatched;
        if (options.first_epoch == 1 || progress_.epoch + 1 != options.first_epoch) progress_ = {};
        if (options.best && !progress_.best_is_kept) progress_.best = {}; // its weights are lost
        if (progress_.best.number > 0) history.best = progress_.best;
        if (progress_.stops(options.patience)) return Outcome::stopped_early;
        for (std::size_t number = options.first_epoch; number <= options.epochs; ++number) {
            Epoch epoch;
            epoch.number = number;
            epoch.total = options.epochs;
            if (const Outcome outcome = train_epoch(history, epoch, xs, ts, segment, options, observers...);
                outcome != Outcome::finished)
                return outcome;
            if (!validation.inputs.empty()) {
                epoch.validation_loss = evaluate(validation.inputs, validation.targets, options.warm_up);
                if (!math::is_finite(epoch.validation_loss)) {
                    history.divergence = {number, 0, Origin::validation};
                    return diverged(history, validation.inputs, validation.targets, true);
                }
            }
            epoch.learning_rate = learning_rate();
            if (progress_.add(epoch, options.min_delta)) {
                progress_.best_is_kept = options.best != nullptr;
                if (options.best) *options.best = net_;
            }
            history.add(epoch);
            bool goes_on = true;
            ((goes_on = detail::show_epoch(observers, epoch) && goes_on), ...);
            if (!goes_on) return Outcome::stopped_by_observer;
            if (progress_.stops(options.patience)) return Outcome::stopped_early;
        }
        return Outcome::finished;
    }

    template <class... Observers>
    constexpr Outcome train_epoch(History& history, Epoch& epoch, std::span<const Input> xs,
                                  std::span<const Output> ts, std::size_t segment, const Options& options,
                                  Observers&... observers) noexcept(detail::throws_nothing<Observers...>()) {
        const std::size_t segments = (xs.size() + segment - 1) / segment,
                          windows = (segment - options.warm_up) / Steps,
                          steps = (segments + Batch - 1) / Batch * windows;
        const Permutation shuffled(
            segments, Random::mix(options.shuffle_seed.value_or(0) + epoch.number * Random::golden_gamma));
        double sum = 0;
        std::size_t step_number = 0;
        for (std::size_t first = 0; first < segments; first += Batch) {
            const std::size_t streams = segments - first < Batch ? segments - first : Batch;
            for (std::size_t s = 0; s < streams; ++s) {
                const std::size_t i = options.shuffle_seed ? shuffled(first + s) : first + s,
                                  last = xs.size() - segment;
                positions_[s] = i * segment < last ? i * segment : last;
                states_[s].reset();
                run(states_[s], xs, positions_[s], positions_[s] + options.warm_up);
                positions_[s] += options.warm_up;
            }
            for (std::size_t w = 0; w < windows; ++w) {
                ++step_number;
                const auto loss = static_cast<double>(
                    step(std::span(states_).first(streams), xs, ts, std::span(positions_).first(streams)));
                if (!math::is_finite(loss)) {
                    history.divergence = {epoch.number, step_number, origin_};
                    return diverged(history, xs, ts, false);
                }
                sum += loss * static_cast<double>(streams);
                for (std::size_t s = 0; s < streams; ++s) positions_[s] += Steps;
                [[maybe_unused]] Minibatch minibatch{epoch.number, epoch.total, step_number,
                                                     steps,        streams,     loss};
                minibatch.learning_rate = learning_rate();
                bool goes_on = true;
                ((goes_on = detail::show_minibatch(observers, minibatch) && goes_on), ...);
                if (!goes_on) return Outcome::stopped_by_observer;
            }
        }
        epoch.loss = sum / static_cast<double>(segments * windows);
        return Outcome::finished;
    }

    /// bad_sample, if there is one, else diverged.
    static constexpr Outcome diverged(History& history, std::span<const Input> xs, std::span<const Output> ts,
                                      bool of_validation) noexcept {
        const std::size_t bad = detail::first_not_finite(xs, ts);
        if (bad == xs.size()) return Outcome::diverged;
        history.sample = bad;
        history.of_validation = of_validation;
        return Outcome::bad_sample;
    }

    std::array<Scalar, Steps * Net::outputs> outputs_{};
    std::array<Output, Steps> ys_{};
    std::array<State<Net>, Batch> states_{};
    std::array<std::size_t, Batch> positions_{};
    detail::FitProgress progress_{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
