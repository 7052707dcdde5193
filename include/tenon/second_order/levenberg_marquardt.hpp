// LevenbergMarquardt: trains a small net by nonlinear least squares over all samples.
#pragma once

#include <tenon/math/logarithm.hpp>
#include <tenon/second_order/check_samples.hpp>
#include <tenon/second_order/demands.hpp>
#include <tenon/second_order/report.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/set_up.hpp>

#include <cstddef>
#include <limits>
#include <span>

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
        FullBatchReport report = detail::check_samples<Net>(xs, ts);
        if (report.outcome != FullBatchOutcome::steps_used) return report;
        Scalar loss = detail::mean_loss(net_, loss_, xs, ts);
        report.evaluations = 1;
        report.loss = report.loss_before = static_cast<double>(loss);
        lambda_ = 0;
        for (Scalar& d : scale_) d = 0;
        for (bool first = true;; first = false) {
            report.gradient = linearise(xs, ts, loss);
            if (!math::is_finite(report.loss) || !math::is_finite(report.gradient))
                report.outcome = FullBatchOutcome::diverged;
            else if (report.loss <= options.target_loss) report.outcome = FullBatchOutcome::loss_reached;
            else if (report.gradient <= options.gradient_tolerance)
                report.outcome = FullBatchOutcome::gradient_is_small;
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
    using Matrix = detail::NormalMatrix<Scalar, columns>;
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

    /// Computes [J r]^T [J r] and D at the net's parameters. Returns the largest derivative of the loss.
    constexpr double linearise(std::span<const Input> xs, std::span<const Output> ts, Scalar loss) noexcept {
        bool add = false;
        jacobian_.run(net_.values_is_an_implementation_detail_, xs, ts,
                      [&](const Scalar* rows, std::size_t count) {
                          normal_.accumulate(rows, count, add);
                          add = true;
                      });
        squares_ = normal_.at(columns, columns);
        Scalar largest = 0;
        for (std::size_t c = 0; c < columns; ++c) {
            const Scalar square = normal_.at(c, c), derivative = math::abs(normal_.at(c, columns));
            if (!math::is_finite(square) || !math::is_finite(derivative)) return math::not_a_number<double>();
            const Scalar norm = math::sqrt(square);
            if (norm > scale_[c]) scale_[c] = norm;
            if (scale_[c] == 0) scale_[c] = 1;
            if (derivative > largest) largest = derivative;
        }
        return 2 * static_cast<double>(largest) * (squares_ == 0 ? 0. : static_cast<double>(loss / squares_));
    }

    constexpr Scalar scaled_norm_of_parameters() noexcept {
        for_each_trained([&](std::size_t c, Scalar p) { work_[c] = scale_[c] * p; });
        return detail::norm(work_, columns);
    }
    constexpr void start_radius() noexcept {
        const Scalar length = scaled_norm_of_parameters();
        trust_ = length > 0 ? radius_ * length : radius_;
    }

    /// Computes the step p for this lambda, and |D p|. Returns whether that was possible.
    constexpr bool solve(Scalar lambda) noexcept {
        if (!factor_.factor(normal_, lambda, scale_)) return false;
        factor_.solve(step_);
        for (std::size_t c = 0; c < columns; ++c) work_[c] = scale_[c] * step_[c];
        step_norm_ = detail::norm(work_, columns);
        return math::is_finite(step_norm_);
    }

    /// Finds lambda, such that |D p| is the radius within a tenth, or less with the smallest lambda. Newton's
    /// method for 1 / |D p| (Hebden, 1973) where lambda is too small. Where it is too large, for the
    /// logarithms of both: |D p| depends on lambda over many powers of ten if J^T J is nearly singular, and
    /// 1 / |D p| is then far from linear (a fifth fewer factorisations for nets with 321 parameters).
    constexpr bool solve_within_radius() noexcept {
        for (std::size_t c = 0; c < columns; ++c) work_[c] = normal_.at(c, columns) / scale_[c];
        Scalar lower = min_lambda, upper = detail::norm(work_, columns) / trust_;
        if (!(upper > lower)) upper = lower;
        if (lambda_ == 0) lambda_ = upper * Scalar(1e-3);
        lambda_ = math::max(lower, math::min(upper, lambda_));
        for (int i = 0;; ++i) {
            if (!solve(lambda_)) { // only by rounding
                if (i >= max_trials) return false;
                lower = lambda_ *= 10;
                upper = math::max(upper, lower);
                continue;
            }
            const Scalar excess = step_norm_ - trust_;
            if (math::abs(excess) <= trust_ / 10 || (excess < 0 && lambda_ == lower) || i >= max_trials)
                return true;
            (excess > 0 ? lower : upper) = lambda_;
            // work_ = D p. With U^T w = D D p / |D p|, the derivative of |D p| by lambda is -|D p| |w|^2.
            for (std::size_t c = 0; c < columns; ++c) work_[c] *= scale_[c] / step_norm_;
            factor_.solve_transposed(work_);
            const Scalar slope = detail::dot(work_, work_, columns);
            const Scalar next = excess > 0
                                    ? lambda_ + excess / (trust_ * slope)
                                    : lambda_ * math::exp(math::log(step_norm_ / trust_) / (lambda_ * slope));
            if (next >= lower && next <= upper) lambda_ = next;
            else lambda_ = next < lower && lower == min_lambda ? lower : math::sqrt(lower * upper);
        }
    }

    /// One step that decreases the loss, as MINPACK's inner loop: the radius shrinks until there is one.
    constexpr FullBatchOutcome step(std::span<const Input> xs, std::span<const Output> ts,
                                    const FullBatchOptions& options, Scalar& loss,
                                    std::size_t& evaluations) noexcept {
        const Scalar length = scaled_norm_of_parameters();
        for (;;) {
            if (!(trust_ > epsilon * length) || !solve_within_radius()) return FullBatchOutcome::no_decrease;
            Scalar slope = 0; // of the half squares along p
            for (std::size_t c = 0; c < columns; ++c) slope += normal_.at(c, columns) * step_[c];
            const Scalar damped = lambda_ * step_norm_ * step_norm_, predicted = (damped - slope) / squares_;

            for_each_trained([&](std::size_t c, Scalar& p) {
                before_[c] = p;
                p += step_[c];
            });
            const Scalar next = detail::mean_loss(net_, loss_, xs, ts);
            ++evaluations;
            const bool usable = math::is_finite(next) && next < 100 * loss;
            const Scalar actual = usable ? 1 - next / loss : -1,
                         ratio = predicted > 0 ? actual / predicted : Scalar(0);
            if (ratio <= Scalar(0.25)) {
                const Scalar half_slope = slope / squares_;
                Scalar factor = actual >= 0 ? Scalar(0.5)
                                            : Scalar(0.5) * half_slope / (half_slope + Scalar(0.5) * actual);
                if (!usable || factor < Scalar(0.1)) factor = Scalar(0.1);
                trust_ = factor * math::min(trust_, 10 * step_norm_);
                lambda_ /= factor;
            } else if (lambda_ <= min_lambda || ratio >= Scalar(0.75)) {
                trust_ = 2 * step_norm_;
                lambda_ /= 2;
            }
            if (ratio >= Scalar(1e-4) && next < loss) {
                loss = next;
                const bool small = static_cast<double>(actual) <= options.loss_tolerance &&
                                   static_cast<double>(predicted) <= options.loss_tolerance;
                const bool short_step =
                    static_cast<double>(step_norm_) <= options.step_tolerance * static_cast<double>(length);
                return small || short_step ? FullBatchOutcome::change_is_small : FullBatchOutcome::steps_used;
            }
            for_each_trained([&](std::size_t c, Scalar& p) { p = before_[c]; });
            if (predicted <= epsilon && math::abs(actual) <= epsilon) return FullBatchOutcome::no_decrease;
        }
    }

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    Loss loss_;
    Scalar radius_, trust_ = 0, lambda_ = 0, squares_ = 0, step_norm_ = 0;
    alignas(64) Scalar scale_[columns] = {}, step_[columns] = {}, work_[columns] = {}, before_[columns] = {};
    Matrix normal_, factor_;
    detail::Jacobian<Net, Matrix::pitch> jacobian_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
