// Checks of fit's options against the samples, before anything is done.
#pragma once

#include <tenon/optimizers/limits.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/fit_options.hpp>
#include <tenon/train/loss_of.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether there are samples, as many targets as inputs, all positions and weights are those of samples, and
/// each option has a value that it may have.
template <class Net, class Loss, class Options>
constexpr bool are_consistent(const Options& options, std::size_t inputs, std::size_t targets) noexcept {
    const auto& validation = options.validation;
    if (inputs == 0 || inputs != targets || options.batch == 0 || options.first_epoch == 0) return false;
    if (options.indices && (options.indices->empty() || !are_positions(*options.indices, inputs)))
        return false;
    if (validation.classes.empty() ? validation.inputs.size() != validation.targets.size()
                                   : !OverClasses<Loss> || !validation.targets.empty() ||
                                         validation.inputs.size() != validation.classes.size())
        return false;
    if (validation.indices &&
        (validation.indices->empty() || !are_positions(*validation.indices, validation.inputs.size())))
        return false;
    if (!is_between(0, math::abs(options.validation_share), 1) || options.validation_share < 0 ||
        options.validation_share >= 1) // is_between refuses NaN, with any compiler flags
        return false;
    if (options.validation_share > 0 &&
        (!validation.inputs.empty() || (options.indices ? options.indices->size() : inputs) < 2))
        return false;
    if (!options.sample_weights.empty() && options.sample_weights.size() != inputs) return false;
    return options.class_weights.empty() || options.class_weights.size() == classes<Net::outputs>;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
