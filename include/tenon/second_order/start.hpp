// The beginning of a fit over a full batch.
#pragma once

#include <tenon/second_order/report.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/evaluate.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Begins the report of a fit: what is wrong with the samples, which is all of it then, or the loss at the
/// start.
template <class Net, class Target, class Loss>
constexpr FullBatchReport first_report(const Net& net, const Loss& loss,
                                       std::span<const typename Net::Input> xs,
                                       std::span<const Target> ts) noexcept {
    FullBatchReport report;
    if (xs.empty() || xs.size() != ts.size()) return report;
    report.sample = first_without_class<Net::outputs>(ts);
    report.outcome = FullBatchOutcome::bad_label;
    if (report.sample < ts.size()) return report;
    report.sample = in_compiler() ? xs.size() : first_not_finite(xs, ts);
    report.outcome = FullBatchOutcome::bad_sample;
    if (report.sample < ts.size()) return report;
    report.sample = 0;
    report.outcome = FullBatchOutcome::steps_used;
    report.evaluations = 1;
    report.loss = report.loss_before = static_cast<double>(mean_loss(net, loss, xs, ts));
    if (!math::is_finite(report.loss)) report.outcome = FullBatchOutcome::diverged;
    return report;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
