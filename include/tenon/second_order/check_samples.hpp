// Finds samples that no full batch can be made of.
#pragma once

#include <tenon/second_order/report.hpp>
#include <tenon/train/bad_samples.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The report of a fit that has not begun, with the outcome steps_used; or what is wrong with the samples.
template <class Net, class Target>
constexpr FullBatchReport check_samples(std::span<const typename Net::Input> xs,
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
    return report;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
