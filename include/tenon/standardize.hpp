// standardize, scale_to_range: compute the mean and the deviation of a net's Scale from samples.
#pragma once

#include <tenon/layers/scale.hpp>
#include <tenon/math/math.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Sets the mean and the deviation of a Scale so that x is mapped to (x - mean) / deviation with mean 0 and
/// variance 1 over `count` inputs x = input(s). Changes nothing if count is 0.
template <class T, class Values, class Layer, class Input>
constexpr void standardize_inputs(Layer scale, std::size_t count, Input input) noexcept {
    if (count == 0) return;
    const double n = static_cast<double>(count);
    for (std::size_t i = 0; i < Values::size; ++i) {
        double sum = 0, squares = 0;
        for (std::size_t s = 0; s < count; ++s) sum += static_cast<double>(input(s)[i]);
        const double mean = sum / n;
        for (std::size_t s = 0; s < count; ++s) {
            const double difference = static_cast<double>(input(s)[i]) - mean;
            squares += difference * difference;
        }
        scale.tensor("mean", i) = static_cast<T>(mean);
        scale.tensor("deviation", i) = squares > 0 ? static_cast<T>(math::sqrt(squares / n)) : T(1);
    }
}

/// The same, so that the smallest of the inputs is mapped to `low` and the largest to `high`.
template <class T, class Values, class Layer, class Input>
constexpr void scale_inputs(Layer scale, std::size_t count, Input input, double low, double high) noexcept {
    if (count == 0 || !(low < high)) return;
    for (std::size_t i = 0; i < Values::size; ++i) {
        double smallest = static_cast<double>(input(0)[i]), largest = smallest;
        for (std::size_t s = 1; s < count; ++s) {
            const double x = static_cast<double>(input(s)[i]);
            if (x < smallest) smallest = x;
            if (x > largest) largest = x;
        }
        const double range = largest - smallest, deviation = (range > 0 ? range : 1) / (high - low);
        scale.tensor("mean", i) = static_cast<T>(smallest - low * deviation);
        scale.tensor("deviation", i) = static_cast<T>(deviation);
    }
}

} // namespace detail

/// Sets the mean and the deviation of the net's first layer, a Scale, to those of the inputs xs: its outputs
/// then have mean 0 and variance 1, as with scikit-learn's StandardScaler. The deviation of a constant input
/// is set to 1. Changes nothing if xs is empty. Call it after initialize, which resets both.
template <class T, class Values, class... Layers>
constexpr void standardize(NetOf<T, Scale<Values>, Layers...>& net,
                           std::span<const typename NetOf<T, Scale<Values>, Layers...>::Input> xs) noexcept {
    detail::standardize_inputs<T, Values>(net.template layer<0>(), xs.size(),
                                          [=](std::size_t s) -> const auto& { return xs[s]; });
}
/// The same from some of the inputs, by their positions, which must be below xs.size(): those of training.
template <class T, class Values, class... Layers>
constexpr void standardize(NetOf<T, Scale<Values>, Layers...>& net,
                           std::span<const typename NetOf<T, Scale<Values>, Layers...>::Input> xs,
                           std::span<const std::size_t> indices) noexcept {
    detail::standardize_inputs<T, Values>(net.template layer<0>(), indices.size(),
                                          [=](std::size_t s) -> const auto& { return xs[indices[s]]; });
}

/// Sets the net's first layer, a Scale, so that the smallest of each value of the inputs xs becomes `low` and
/// the largest `high`, as with scikit-learn's MinMaxScaler:
///     y = low + (high - low) (x - min) / (max - min)
/// Inputs outside of the range of xs are mapped beyond low and high. A constant input is mapped to low.
/// Changes nothing if xs is empty or if low is not below high. Call it after initialize, which resets both.
template <class T, class Values, class... Layers>
constexpr void scale_to_range(NetOf<T, Scale<Values>, Layers...>& net,
                              std::span<const typename NetOf<T, Scale<Values>, Layers...>::Input> xs,
                              double low = 0, double high = 1) noexcept {
    detail::scale_inputs<T, Values>(
        net.template layer<0>(), xs.size(), [=](std::size_t s) -> const auto& { return xs[s]; }, low, high);
}
/// The same from some of the inputs, by their positions, which must be below xs.size(): those of training.
template <class T, class Values, class... Layers>
constexpr void scale_to_range(NetOf<T, Scale<Values>, Layers...>& net,
                              std::span<const typename NetOf<T, Scale<Values>, Layers...>::Input> xs,
                              std::span<const std::size_t> indices, double low = 0,
                              double high = 1) noexcept {
    detail::scale_inputs<T, Values>(
        net.template layer<0>(), indices.size(), [=](std::size_t s) -> const auto& { return xs[indices[s]]; },
        low, high);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
