// The samples that fit's option `validation` names: whether their classes exist, and passes over them.
#pragma once

#include <tenon/train/fit_options.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/measure.hpp>
#include <tenon/train/parallel.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class Net> constexpr std::size_t sample_count(const ValidationOf<Net>& validation) noexcept {
    return validation.indices ? validation.indices->size() : validation.inputs.size();
}

/// The position of the first sample whose class index names no class, or the number of class indices.
template <class Net> constexpr std::size_t first_without_class(const ValidationOf<Net>& validation) noexcept {
    const auto& classes = validation.classes;
    const std::size_t count = classes.empty() ? 0 : sample_count(validation);
    for (std::size_t i = 0; i < count; ++i)
        if (const std::size_t at = validation.indices ? (*validation.indices)[i] : i;
            !is_class<Net::outputs>(classes[at]))
            return at;
    return classes.size();
}

/// The sum of the losses of all samples, with the loss of `passes`, if `with_loss`; adds them to `metrics`.
template <class Net, class Passes, class Metrics>
constexpr double pass_over_validation(const Net& net, Passes& passes, const ValidationOf<Net>& validation,
                                      Metrics& metrics, bool with_loss) noexcept {
    const std::size_t count = sample_count(validation);
    Order order{};
    if (validation.indices) order.indices = validation.indices->data();
    if constexpr (OverClasses<std::remove_cvref_t<decltype(passes.loss)>>)
        if (!validation.classes.empty())
            return trainers_pass_over(net, passes, validation.inputs, validation.classes, order, count,
                                      metrics, with_loss);
    if (validation.indices)
        return trainers_pass_over(net, passes, validation.inputs, validation.targets, order, count, metrics,
                                  with_loss);
    return trainers_pass_over(net, passes, validation.inputs, validation.targets, metrics, with_loss);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
