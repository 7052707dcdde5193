// Finds where the first number of a minibatch appears that is not finite, by repeating its passes.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/math/math.hpp>
#include <tenon/train/history.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The net and the key of the last step are as before the step that failed, so the passes have the same
/// results. Overwrites the gradient.
template <class Net, class Backpropagation, class Targets, class Order>
constexpr Divergence find_divergence(const Net& net, Backpropagation& passes,
                                     std::span<const typename Net::Input> xs, Targets ts, std::size_t count,
                                     Order order) noexcept {
    using T = typename Net::Scalar;
    using Passes = typename Backpropagation::Passes;
    using Layers = StackOf<Net>;
    Divergence found{};
    if constexpr (Passes::has_step) passes.passes().begin_step(passes.keys.last());
    T* const gradient = passes.gradient_data();
    for (std::size_t first = 0; first < count; first += Passes::max_block_samples) {
        const std::size_t samples =
            count - first < Passes::max_block_samples ? count - first : Passes::max_block_samples;
        for (std::size_t i = 0; i < Net::parameter_count; ++i) gradient[i] = 0;
        const T loss =
            passes.passes().block(passes.loss, net.values_is_an_implementation_detail_, xs, ts, first,
                                  samples, order, T(1) / static_cast<T>(count), gradient, true);
        if (const std::size_t layer = passes.passes().first_bad_layer(samples); layer < Net::layer_count) {
            found.origin = Origin::forward;
            found.layer = layer;
            return found;
        }
        if (!math::is_finite(loss)) {
            found.origin = Origin::loss;
            return found;
        }
        for (std::size_t layer = Net::layer_count; layer-- > 0;)
            for (std::size_t i = Layers::offsets[layer]; i < Layers::offsets[layer + 1]; ++i)
                if (!math::is_finite(gradient[i])) {
                    found.origin = Origin::backward;
                    found.layer = layer;
                    return found;
                }
    }
    found.origin = Origin::update;
    return found;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
