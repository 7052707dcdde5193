// LevenbergMarquardt: trains a small net by nonlinear least squares over all samples.
#pragma once

#include <tenon/math/logarithm.hpp>
#include <tenon/second_order/check_samples.hpp>
#include <tenon/second_order/demands.hpp>
#include <tenon/second_order/linear_model.hpp>
#include <tenon/second_order/report.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/set_up.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Minimises the mean of squares over all samples: `LevenbergMarquardt fitter{net}; const FullBatchReport
/// report = fitter.fit(xs, ts, {.steps = 50});`. For nets of up to some hundred parameters, which it brings
/// to a minimum in tens of steps, far below what Adam reaches. Use NetOf<double, ...>: with floats, J^T J has
/// half of seven digits left.
///
/// A step solves (J^T J + lambda D^2) p = -J^T r by a Cholesky factorisation, where J are the derivatives of
/// the residuals r, and D the largest norms so far of J's columns. lambda is such that |D p| is the radius of
/// a trust region, within a tenth; it is found by Newton's method. Source: More, The Levenberg-Marquardt
/// algorithm: implementation and theory (1978), and MINPACK's lmder, with normal equations in place of QR.
///
/// Lifetime: refers to the net, which must outlive it, at the same address. It owns J^T J, the factor and a
/// block of J, of static size, up to 8 MB: give it static storage duration. Parameters that are not trained
/// stay as they are and take no memory.
template <class Net, class Loss = MeanSquaredError>
    requires(detail::SquaresSentence<Net, Loss>::passes())
class LevenbergMarquardt {
public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    /// radius: the first step is at most this many times as long as the parameters, both scaled by D. 0.1 to
    /// 100 (More's `factor`).
    constexpr explicit LevenbergMarquardt(Net& net, Loss loss = {}, double radius = 1) noexcept
        : net_(net), loss_(loss), radius_(static_cast<Scalar>(radius)) {}

    /// Decreases the mean loss until one of the options ends it. The net is left at the best point found.
    constexpr FullBatchReport fit(std::span<const Input> xs, std::span<const Output> ts,
                                  const FullBatchOptions& options = {}) noexcept {
        return fit(xs, ts, options, detail::NoObserver{});
    }

    /// After each step that decreased the loss, the observer gets the report so far, and ends the fit if it
    /// returns false. Its exceptions are passed on; the net is then as the step left it.
    template <detail::StepObserver Observer>
    constexpr FullBatchReport fit(
        std::span<const Input> xs, std::span<const Output> ts, const FullBatchOptions& options,
        Observer&& observer) noexcept(detail::observes_without_exceptions<Observer, FullBatchReport>()) {
        FullBatchReport report = detail::check_samples<Net>(xs, ts);
        if (report.outcome != FullBatchOutcome::steps_used) return report;
        Scalar loss = detail::mean_loss(net_, loss_, xs, ts);
        report.evaluations = 1;
        report.loss = report.loss_before = static_cast<double>(loss);
        lambda_ = 0;
        model_.forget_scales();
        std::size_t seen = 0;
        for (bool first = true;; first = false) {
            report.gradient = linearise(xs, ts, loss);
            if (!math::is_finite(report.loss) || !math::is_finite(report.gradient))
                report.outcome = FullBatchOutcome::diverged;
            else if (report.loss <= options.target_loss) report.outcome = FullBatchOutcome::loss_reached;
            else if (report.gradient <= options.gradient_tolerance)
                report.outcome = FullBatchOutcome::gradient_is_small;
            if (report.steps > seen) {
                seen = report.steps;
                if (!detail::observe(observer, std::as_const(report)) &&
                    report.outcome == FullBatchOutcome::steps_used)
                    report.outcome = FullBatchOutcome::stopped_by_observer;
            }
            if (report.outcome != FullBatchOutcome::steps_used || report.steps == options.steps)
                return report;
            if (first) start_radius();
            report.outcome = step(xs, ts, options, loss, report.evaluations);
            if (report.loss != static_cast<double>(loss)) ++report.steps;
            report.loss = static_cast<double>(loss);
        }
    }

    template <class Xs, class Ts>
        requires detail::NoTargets<Net, Loss, Xs, Ts>
    constexpr FullBatchReport fit(const Xs&, const Ts&, const FullBatchOptions& = {}) noexcept {
        detail::refuse_kind<Net, Ts>();
        return {};
    }
    template <class Xs, class Ts>
        requires detail::Misfits<Net, Xs, Ts>
    constexpr FullBatchReport fit(const Xs&, const Ts&, const FullBatchOptions& = {}) noexcept {
        detail::refuse<Net, detail::Many<Xs>, detail::Many<Ts>>();
        return {};
    }

private:
    using Layers = detail::StackOf<Net>;
    static constexpr std::size_t columns = detail::trained_count<Net>;
    static constexpr Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
    /// The smallest lambda. It keeps J^T J + lambda D^2 positive definite, in spite of rounding, if J^T J is
    /// singular, as with more parameters than samples.
    static constexpr Scalar min_lambda = 4 * epsilon * static_cast<Scalar>(columns);

    static constexpr int max_trials = 10; ///< factorisations for one radius

    /// Calls f(c, parameter) for the trained parameters, c = 0, 1, ...
    template <class F> constexpr void for_each_trained(F f) noexcept {
        std::size_t c = 0;
        for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r)
            for (std::size_t p = Layers::trainable_ranges.ranges[r].first;
                 p < Layers::trainable_ranges.ranges[r].end; ++p)
                f(c++, net_.values_is_an_implementation_detail_[p]);
    }

    /// The largest derivative of the loss at the net's parameters.
    constexpr double linearise(std::span<const Input> xs, std::span<const Output> ts, Scalar loss) noexcept {
        is_solved_ = false;
        const auto largest =
            static_cast<double>(model_.linearise(net_.values_is_an_implementation_detail_, xs, ts));
        return 2 * largest *
               (model_.squares() == 0 ? 0.
                                      : static_cast<double>(loss) / static_cast<double>(model_.squares()));
    }

    constexpr Scalar scaled_norm_of_parameters() noexcept {
        for_each_trained([&](std::size_t c, Scalar p) { before_[c] = model_.scale()[c] * p; });
        return detail::norm(before_, columns);
    }
    constexpr void start_radius() noexcept {
        const Scalar length = scaled_norm_of_parameters();
        trust_ = length > 0 ? radius_ * length : radius_;
    }

    /// Finds lambda, such that |D p| is about the radius, or less with the smallest lambda. `about` is as in
    /// Dennis and Schnabel, Numerical Methods for Unconstrained Optimization (1983), A6.4.2.
    constexpr bool solve_within_radius() noexcept {
        Scalar lower = min_lambda, upper = math::max(lower, model_.gradient_norm() / trust_);
        if (!is_solved_) {
            if (lambda_ == 0) lambda_ = upper * Scalar(1e-3);
            lambda_ = math::max(lower, math::min(upper, lambda_));
        }
        for (int i = 0;; ++i) {
            if (!is_solved_ && !model_.solve(lambda_)) { // only by rounding
                if (i >= max_trials) return false;
                lower = lambda_ *= 10;
                upper = math::max(upper, lower);
                continue;
            }
            is_solved_ = true;
            const Scalar ratio = model_.step_norm() / trust_;
            if ((ratio >= Scalar(0.75) && ratio <= Scalar(1.5)) || (ratio < 1 && lambda_ <= lower) ||
                i >= max_trials)
                return true;
            (ratio > 1 ? lower : upper) = lambda_;
            lambda_ = model_.secular_model().lambda_for(trust_, lower, upper);
            is_solved_ = false;
        }
    }
    /// The lambda with which the last step would have the radius: where to begin after it.
    constexpr void guess_lambda() noexcept {
        lambda_ = model_.secular_model().lambda_for(trust_, min_lambda,
                                                    math::max(min_lambda, model_.gradient_norm() / trust_));
    }

    /// One step that decreases the loss, as MINPACK's inner loop: the radius shrinks until there is one.
    constexpr FullBatchOutcome step(std::span<const Input> xs, std::span<const Output> ts,
                                    const FullBatchOptions& options, Scalar& loss,
                                    std::size_t& evaluations) noexcept {
        const Scalar length = scaled_norm_of_parameters();
        bool shrunk = false;
        for (;;) {
            if (!(trust_ > epsilon * length) || !solve_within_radius()) return without_decrease();
            const Scalar step_norm = model_.step_norm(), slope = model_.slope(),
                         damped = lambda_ * step_norm * step_norm,
                         predicted = (damped - slope) / model_.squares();

            for_each_trained([&](std::size_t c, Scalar& p) {
                before_[c] = p;
                p += model_.step()[c] / model_.scale()[c];
            });
            const Scalar next = detail::mean_loss(net_, loss_, xs, ts);
            ++evaluations;
            const bool usable = math::is_finite(next) && next < 100 * loss;
            const Scalar actual = usable ? 1 - next / loss : -1,
                         ratio = predicted > 0 ? actual / predicted : Scalar(0);
            const bool decreases = ratio >= Scalar(1e-4) && next < loss;
            const bool small = static_cast<double>(math::abs(actual)) <= options.loss_tolerance &&
                               static_cast<double>(predicted) <= options.loss_tolerance,
                       is_rounding = predicted <= epsilon && math::abs(actual) <= epsilon;
            // The radius alone may make the change small, as with a loss of 1e100.
            const bool too_near = (small || is_rounding) && lambda_ > min_lambda && !shrunk;
            if (too_near) {
                trust_ *= 1000;
                guess_lambda();
            } else if (ratio <= Scalar(0.25)) {
                shrunk = true;
                const Scalar half_slope = slope / model_.squares();
                Scalar factor = actual >= 0 ? Scalar(0.5)
                                            : Scalar(0.5) * half_slope / (half_slope + Scalar(0.5) * actual);
                if (!usable || factor < Scalar(0.1)) factor = Scalar(0.1);
                trust_ = factor * math::min(trust_, 10 * step_norm);
                if (decreases) guess_lambda();
            } else if (lambda_ <= min_lambda || ratio >= Scalar(0.75)) {
                trust_ = 2 * step_norm;
                guess_lambda();
            }
            if (decreases) {
                loss = next;
                const bool short_step =
                    static_cast<double>(step_norm) <= options.step_tolerance * static_cast<double>(length);
                return !too_near && (small || short_step) && model_.cosine() <= Scalar(1e-4)
                           ? FullBatchOutcome::change_is_small
                           : FullBatchOutcome::steps_used;
            }
            for_each_trained([&](std::size_t c, Scalar& p) { p = before_[c]; });
            if (too_near) is_solved_ = false;
            else if (is_rounding) return without_decrease();
        }
    }

    constexpr FullBatchOutcome without_decrease() noexcept {
        return model_.cosine() <= 64 * math::sqrt(epsilon) ? FullBatchOutcome::no_decrease
                                                           : FullBatchOutcome::stuck;
    }

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    Loss loss_;
    Scalar radius_, trust_ = 0, lambda_ = 0;
    bool is_solved_ = false; ///< whether the model's step is that of lambda_
    alignas(64) Scalar before_[columns] = {};
    detail::LinearModel<Net> model_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
