// standardize: computes the mean and the deviation of a net's Scale from samples.
#pragma once

#include <tenon/layers/scale.hpp>
#include <tenon/math/math.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Sets the mean and the deviation of the net's first layer, a Scale, to those of the inputs xs: its outputs
/// then have mean 0 and variance 1, as with scikit-learn's StandardScaler. The deviation of a constant input
/// is set to 1. Changes nothing if xs is empty. Call it after initialize, which resets both.
template <class T, class Values, class... Layers>
constexpr void standardize(NetOf<T, Scale<Values>, Layers...>& net,
                           std::span<const typename NetOf<T, Scale<Values>, Layers...>::Input> xs) noexcept {
    if (xs.empty()) return;
    const double count = static_cast<double>(xs.size());
    const auto scale = net.template layer<0>();
    for (std::size_t i = 0; i < Values::size; ++i) {
        double sum = 0, squares = 0;
        for (const auto& x : xs) sum += static_cast<double>(x[i]);
        const double mean = sum / count;
        for (const auto& x : xs) {
            const double difference = static_cast<double>(x[i]) - mean;
            squares += difference * difference;
        }
        scale.tensor("mean", i) = static_cast<T>(mean);
        scale.tensor("deviation", i) = squares > 0 ? static_cast<T>(math::sqrt(squares / count)) : T(1);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
