// Schedules of the learning rate. Steps are updates, not epochs; all values are factors of the learning rate.
#pragma once

#include <tenon/optimizers/schedule.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Always 1: for Warmup alone.
struct ConstantRate {
    constexpr double operator()(std::size_t) const noexcept { return 1; }
};

/// gamma^(step / steps), rounded down: PyTorch's StepLR.
struct StepDecay {
    std::size_t steps = 0; ///< between two decays; 0: never
    double gamma = 0.1;

    constexpr double operator()(std::size_t step) const noexcept {
        return steps == 0 ? 1 : detail::power(gamma, step / steps);
    }
};

/// gamma^n, where n is the number of milestones that `step` has reached: PyTorch's MultiStepLR.
/// `MultiStep{{3000, 8000}, 0.1}`.
template <std::size_t N> struct MultiStep {
    std::size_t milestones[N]{};
    double gamma = 0.1;

    constexpr MultiStep() noexcept = default;
    constexpr explicit MultiStep(const std::size_t (&steps)[N], double factor = 0.1) noexcept
        : gamma(factor) {
        for (std::size_t i = 0; i < N; ++i) milestones[i] = steps[i];
    }

    constexpr double operator()(std::size_t step) const noexcept {
        std::size_t reached = 0;
        for (const std::size_t milestone : milestones) reached += step >= milestone ? 1 : 0;
        return detail::power(gamma, reached);
    }
};

/// gamma^step: PyTorch's ExponentialLR, which has no default gamma.
struct ExponentialDecay {
    double gamma = 0.999;

    constexpr double operator()(std::size_t step) const noexcept { return detail::power(gamma, step); }
};

/// minimum + (1 - minimum) (1 + cos(pi t / steps)) / 2: from 1 to `minimum` in `steps` steps. Loshchilov and
/// Hutter, SGDR, 2017. PyTorch's eta_min is minimum times the learning rate.
///
/// Without restarts t = step, as in PyTorch's CosineAnnealingLR: after `steps` the factor rises again, as the
/// cosine does. With restarts t counts from the last restart, as in CosineAnnealingWarmRestarts; each period
/// is `growth` times as long as the one before it (T_mult).
struct Cosine {
    std::size_t steps = 0; ///< of the (first) period; 0: the factor is 1
    double minimum = 0;
    bool restarts = false;
    std::size_t growth = 1;

    constexpr double operator()(std::size_t step) const noexcept {
        if (steps == 0) return 1;
        std::size_t period = steps;
        if (restarts && growth <= 1) step %= period;
        else if (restarts)
            for (; step >= period; period *= growth) step -= period;
        return detail::cosine_between(1, minimum, static_cast<double>(step) / static_cast<double>(period));
    }
};

/// From start_factor to 1 on a line in `steps` steps, then `schedule`, whose steps are counted from there:
/// PyTorch's SequentialLR of LinearLR, with its defaults, and another. `Warmup{Cosine{.steps = 9500}, 500}`,
/// or `Warmup{ConstantRate{}, 500}`.
template <class S = ConstantRate> struct Warmup {
    S schedule{};
    std::size_t steps = 5;
    double start_factor = 1.0 / 3;

    constexpr Warmup() noexcept = default;
    constexpr explicit Warmup(S after, std::size_t count = 5, double start = 1.0 / 3) noexcept
        : schedule(after), steps(count), start_factor(start) {}

    constexpr double operator()(std::size_t step) const noexcept {
        if (step >= steps) return static_cast<double>(schedule(step - steps));
        return start_factor + (1 - start_factor) * (static_cast<double>(step) / static_cast<double>(steps));
    }
    constexpr double momentum(std::size_t step, double own) const noexcept
        requires requires(const S& s) { s.momentum(std::size_t{}, 0.); }
    {
        return step >= steps ? schedule.momentum(step - steps, own) : own;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
