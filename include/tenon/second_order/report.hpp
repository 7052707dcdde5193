// What LevenbergMarquardt and Lbfgs are told, and what they report.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// When LevenbergMarquardt::fit and Lbfgs::fit end, whichever comes first:
/// `fitter.fit(xs, ts, {.steps = 200, .target_loss = 1e-8})`. A tolerance of 0 turns its test off.
struct FullBatchOptions {
    std::size_t steps = 100;           ///< steps that decreased the loss
    double target_loss = 0;            ///< the mean loss is at most this
    double gradient_tolerance = 1e-10; ///< no derivative of the mean loss is larger than this
    double loss_tolerance = 1e-12;     ///< a step changes the loss by at most this fraction of it
    double step_tolerance = 1e-12;     ///< a step is at most this fraction of the parameters, by their norms
};

/// Why LevenbergMarquardt::fit or Lbfgs::fit ended. After each but the last four, the net is at the best
/// point that was found, and at a minimum up to a tolerance after the second to fourth.
enum class FullBatchOutcome {
    loss_reached,      ///< the loss is at most target_loss
    gradient_is_small, ///< every derivative is within gradient_tolerance
    change_is_small,   ///< loss_tolerance or step_tolerance
    no_decrease,       ///< no step decreases the loss: rounding errors are as large as what could be gained
    stuck, ///< of LevenbergMarquardt: no step decreases the loss, but its derivatives are more than rounding,
           ///< as where it has an edge, or where numbers are too large; the net is at the best point found
    steps_used,          ///< all steps were done
    stopped_by_observer, ///< the observer returned false
    diverged,   ///< loss or derivatives are not finite; the net is as at the last point where they were
    mismatched, ///< sizes of inputs and targets differ, or there are none; nothing was done
    bad_label,  ///< a class index names no class; nothing was done
    bad_sample, ///< an input or target is infinite or NaN; nothing was done
};

/// The result of LevenbergMarquardt::fit and Lbfgs::fit. Losses are means over the samples, as `evaluate`
/// returns them; loss <= loss_before always.
struct FullBatchReport {
    FullBatchOutcome outcome = FullBatchOutcome::mismatched;
    std::size_t steps = 0;                             ///< steps that decreased the loss
    std::size_t evaluations = 0;                       ///< how often the loss of all samples was computed
    double loss_before = math::not_a_number<double>(); ///< at the start
    double loss = math::not_a_number<double>();        ///< at the end
    double gradient = math::not_a_number<double>();    ///< the largest |d loss / dp| at the end
    std::size_t sample = 0; ///< after bad_label and bad_sample: the first such sample, from 0

    /// Whether the net is at a minimum up to a tolerance or rounding, or the target was reached.
    constexpr bool converged() const noexcept { return outcome <= FullBatchOutcome::no_decrease; }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
