// Lbfgs: trains a net with any loss by a limited-memory quasi-Newton method over all samples.
#pragma once

#include <tenon/second_order/check_samples.hpp>
#include <tenon/second_order/demands.hpp>
#include <tenon/second_order/inverse_hessian.hpp>
#include <tenon/second_order/line_search.hpp>
#include <tenon/second_order/vectors.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/set_up.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

template <std::size_t Steps> struct HistorySize {};
/// Sets from how many past steps Lbfgs approximates the Hessian:
/// `Lbfgs{net, CrossEntropy{}, history_size<20>}`.
template <std::size_t Steps> inline constexpr HistorySize<Steps> history_size{};

/// Minimises the mean loss over all samples: `Lbfgs fitter{net, CrossEntropy{}}; const FullBatchReport report
/// = fitter.fit(xs, ts, {.steps = 200});`. For nets that are too large for LevenbergMarquardt, and for losses
/// that are no sums of squares. The memory is 2 History + 7 times the parameters.
///
/// The directions are -H g, where H is the inverse Hessian as the last History steps show it, and a line
/// search finds the step's length. The steps are those of PyTorch's LBFGS(line_search_fn="strong_wolfe"),
/// except that a step is remembered if its curvature y s is more than rounding, not more than 1e-10, and that
/// the tolerances are relative.
///
/// Lifetime: refers to the net, which must outlive it, at the same address. A target is an output, or a class
/// index for a loss over classes. Parameters that are not trained stay as they are.
template <class Net, class Loss, std::size_t History = 10>
    requires(detail::LbfgsSentence<Net, Loss>::passes())
class Lbfgs {
    static_assert(History > 0, "Lbfgs must remember at least one step");

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    constexpr Lbfgs(Net& net, Loss loss, HistorySize<History> = {}) noexcept : net_(net), passes_(loss) {}

    /// Decreases the mean loss until one of the options ends it. The net is left at the best point found.
    constexpr FullBatchReport fit(std::span<const Input> xs, std::span<const Output> ts,
                                  const FullBatchOptions& options = {}) noexcept {
        return run(xs, ts, options, detail::NoObserver{});
    }
    template <detail::ClassIndices Classes>
        requires detail::OverClasses<Loss>
    constexpr FullBatchReport fit(std::span<const Input> xs, const Classes& ts,
                                  const FullBatchOptions& options = {}) noexcept {
        return run(xs, detail::read_only(std::span(ts)), options, detail::NoObserver{});
    }

    /// The observer is as that of LevenbergMarquardt::fit.
    template <detail::StepObserver Observer>
    constexpr FullBatchReport fit(
        std::span<const Input> xs, std::span<const Output> ts, const FullBatchOptions& options,
        Observer&& observer) noexcept(detail::observes_without_exceptions<Observer, FullBatchReport>()) {
        return run(xs, ts, options, observer);
    }
    template <detail::ClassIndices Classes, detail::StepObserver Observer>
        requires detail::OverClasses<Loss>
    constexpr FullBatchReport fit(
        std::span<const Input> xs, const Classes& ts, const FullBatchOptions& options,
        Observer&& observer) noexcept(detail::observes_without_exceptions<Observer, FullBatchReport>()) {
        return run(xs, detail::read_only(std::span(ts)), options, observer);
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
    static constexpr std::size_t N = Net::parameter_count;
    static constexpr Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
    using Point = detail::LinePoint<Scalar>;
    using Vector = Flat<Scalar, N>;

    static constexpr Scalar dot(const Vector& a, const Vector& b) noexcept {
        return detail::dot(a.data, b.data, N);
    }
    static constexpr void copy(const Scalar* from, Vector& to) noexcept {
        for (std::size_t i = 0; i < N; ++i) to.data[i] = from[i];
    }

    template <class Target, class Observer>
    constexpr FullBatchReport run(
        std::span<const Input> xs, std::span<const Target> ts, const FullBatchOptions& options,
        Observer&& observer) noexcept(detail::observes_without_exceptions<Observer, FullBatchReport>()) {
        FullBatchReport report = detail::check_samples<Net>(xs, ts);
        if (report.outcome != FullBatchOutcome::steps_used) return report;
        inverse_hessian_.forget();
        for (Scalar& d : direction_.data) d = 0;
        Point now = evaluate(xs, ts, 0);
        copy(passes_.gradient_data(), gradient_);
        report.evaluations = 1;
        report.loss = report.loss_before = static_cast<double>(now.loss);
        if (!now.finite) report.outcome = FullBatchOutcome::diverged;
        for (std::size_t seen = 0;;) {
            report.gradient = static_cast<double>(detail::largest(gradient_.data, N));
            if (report.outcome == FullBatchOutcome::diverged) {
                if (!detail::is_all_finite(gradient_.data, N)) report.gradient = math::not_a_number<double>();
                return report;
            }
            if (report.loss <= options.target_loss) report.outcome = FullBatchOutcome::loss_reached;
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
            report.outcome = step(xs, ts, options, now, report);
        }
    }

    template <class Target>
    constexpr FullBatchOutcome step(std::span<const Input> xs, std::span<const Target> ts,
                                    const FullBatchOptions& options, Point& now,
                                    FullBatchReport& report) noexcept {
        for (std::size_t i = 0; i < N; ++i) direction_.data[i] = -gradient_.data[i];
        inverse_hessian_.multiply(direction_);
        now.t = 0;
        now.slope = dot(gradient_, direction_);
        const Scalar longest = detail::largest(direction_.data, N);
        if (!(now.slope < 0) || !math::is_finite(now.slope)) return forget();
        Scalar first_t = 1;
        if (inverse_hessian_.is_identity()) {
            Scalar sum = 0;
            for (std::size_t i = 0; i < N; ++i) sum += math::abs(gradient_.data[i]);
            first_t = math::min(Scalar(1), 1 / sum);
        }

        copy(net_.values_is_an_implementation_detail_, start_);
        copy(gradient_.data, previous_gradient_);
        Point next, longest_step;
        do { // with a longer first step, if that was too short to change the loss, as with a loss of 1e100
            longest_step.t = 0;
            next = detail::strong_wolfe(
                now, first_t, epsilon / longest,
                [&](Scalar t) {
                    ++report.evaluations;
                    const Point point = evaluate(xs, ts, t);
                    if (t > longest_step.t) longest_step = point;
                    return point;
                },
                [&] { copy(passes_.gradient_data(), gradient_); });
            first_t = 1000 * longest_step.t;
        } while (!(next.loss < now.loss) && longest_step.finite && is_steep(longest_step, now) &&
                 math::is_finite(first_t));
        move(next.t);
        if (!(next.loss < now.loss)) return forget();

        inverse_hessian_.remember(next.t, direction_, previous_gradient_, gradient_);
        const double decrease = static_cast<double>(now.loss - next.loss), before = report.loss,
                     length = static_cast<double>(next.t * math::sqrt(dot(direction_, direction_))),
                     size = static_cast<double>(math::sqrt(dot(start_, start_)));
        const bool steep = is_steep(next, now);
        now = next;
        ++report.steps;
        report.loss = static_cast<double>(now.loss);
        const bool small =
            decrease <= options.loss_tolerance * before || length <= options.step_tolerance * size;
        return small && !steep ? FullBatchOutcome::change_is_small : FullBatchOutcome::steps_used;
    }

    /// Whether the loss still decreases at a point of a line nearly as fast as at its start.
    static constexpr bool is_steep(const Point& point, const Point& start) noexcept {
        return point.slope < Scalar(0.9) * start.slope;
    }

    /// After a direction without a decrease: begins again with that of the gradient; if it was that, ends.
    constexpr FullBatchOutcome forget() noexcept {
        if (inverse_hessian_.is_identity()) return FullBatchOutcome::no_decrease;
        inverse_hessian_.forget();
        return FullBatchOutcome::steps_used;
    }

    constexpr void move(Scalar t) noexcept {
        detail::add_scaled(start_.data, t, direction_.data, N, net_.values_is_an_implementation_detail_);
    }

    /// Moves to start + t direction; the gradient there is then passes_.gradient().
    template <class Target>
    constexpr Point evaluate(std::span<const Input> xs, std::span<const Target> ts, Scalar t) noexcept {
        if (t != 0) move(t);
        const Scalar* const parameters = net_.values_is_an_implementation_detail_;
        const Scalar loss = passes_.many(parameters, xs, ts, xs.size(), detail::InOrder{});
        const Scalar slope = detail::dot(passes_.gradient_data(), direction_.data, N);
        bool finite = true; // not const: is_constant_evaluated() would be true in its initializer
        if (!detail::in_compiler())
            finite = math::is_finite(loss) && math::is_finite(slope) &&
                     detail::is_all_finite(parameters, N) &&
                     detail::is_all_finite(passes_.gradient_data(), N);
        return {t, loss, slope, finite};
    }

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    detail::Backpropagation<Net, Loss, detail::block_samples<Scalar>> passes_;
    Vector direction_, start_, gradient_, previous_gradient_;
    detail::InverseHessian<Scalar, N, History> inverse_hessian_{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
