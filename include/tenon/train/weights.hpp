// Weights of samples and of classes.
#pragma once

#include <tenon/train/loss_of.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Returns the class that an output of N values names, which are `step` apart, or the number of classes if
/// the output contains NaN. Reads it in place: a wide output may be half of what the stack may hold.
template <std::size_t N, class T>
constexpr std::size_t class_or_none(const T* output, std::size_t step) noexcept {
    std::size_t largest = 0;
    for (std::size_t o = 0; o < N; ++o) {
        if (math::is_nan(output[o * step])) return classes<N>;
        if (output[o * step] > output[largest * step]) largest = o;
    }
    if constexpr (N == 1) return output[0] > T(0.5) ? 1 : 0;
    else return largest;
}

/// The class that a target names, an output or a class index; `classes` or more if it names none.
template <std::size_t Outputs, class Target> constexpr std::size_t class_of_target(const Target& t) noexcept {
    if constexpr (std::integral<Target>) return static_cast<std::size_t>(t);
    else return class_or_none<Outputs>(t.data(), 1);
}

/// Factors of the samples' losses: of each class, and of each sample. Where both are given, their product.
/// Empty: 1.
struct SampleWeights {
    std::span<const double> classes{}, samples{};

    /// Writes the weights of a block of samples, ts[at(0)], ts[at(1)], ..., then zeros up to `size`.
    template <std::size_t Outputs, class T, class Targets, class At>
    constexpr void load(T* to, std::size_t size, std::size_t count, Targets ts, At at) const noexcept {
        for (std::size_t s = 0; s < size; ++s) to[s] = 0;
        for (std::size_t s = 0; s < count; ++s) {
            const std::size_t sample = at(s);
            double weight = samples.empty() ? 1 : samples[sample];
            if (!classes.empty())
                if (const std::size_t c = class_of_target<Outputs>(ts[sample]); c < classes.size())
                    weight *= classes[c];
            to[s] = static_cast<T>(weight);
        }
    }
};

/// An order of samples that may have weights.
template <class Order>
concept WeightedOrder = requires(const Order& order) {
    { order.weights } -> std::convertible_to<const SampleWeights*>;
};
template <class Order> constexpr bool has_weights([[maybe_unused]] const Order& order) noexcept {
    if constexpr (WeightedOrder<Order>) return order.weights != nullptr;
    else return false;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
