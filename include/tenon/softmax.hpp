// Softmax and LogSoftmax: activations of all values of a sample together. Definitions are PyTorch's.
#pragma once

#include <tenon/math/math.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The largest value of each sample, in every lane.
template <class V, class Values> constexpr V max_of_values(Values z) noexcept {
    const auto lowest = -math::infinite<math::Scalar<V>>();
    V max_logit = z.get(0, lowest);
    for (std::size_t i = 1; i < Values::count; ++i) max_logit = math::max(max_logit, z.get(i, lowest));
    return Values::reduce_max(max_logit);
}

/// z - max_logit. NaN stays NaN, for a single value too: z - z is 0 to a compiler that takes numbers for
/// finite.
template <class Values, class V> constexpr V below_max(V z, V max_logit) noexcept {
    if constexpr (Values::count == 1) return math::keep_nan(z - max_logit, z);
    else return z - max_logit;
}

/// The sum over each sample's values of f(i, register i), in every lane. Padding lanes contain `padding`, for
/// which f must return 0.
template <class V, class Values, class F>
constexpr V sum_of_values(Values z, math::Scalar<V> padding, F f) noexcept {
    V sum = f(0, z.get(0, padding));
    for (std::size_t i = 1; i < Values::count; ++i) sum = sum + f(i, z.get(i, padding));
    return Values::reduce_sum(sum);
}

} // namespace detail

/// y_i = exp(z_i) / sum_j exp(z_j), stable for logits of any size
struct Softmax {
    template <class Values> static constexpr void forward(Values y) noexcept {
        using V = typename Values::Register;
        const auto lowest = -math::infinite<math::Scalar<V>>();
        const V max_logit = detail::max_of_values<V>(y);
        const V sum = detail::sum_of_values<V>(y, lowest, [&](std::size_t i, V z) {
            const V power = math::exp_nonpositive(detail::below_max<Values>(z, max_logit));
            y.set(i, power);
            return power;
        });
        const V scale = V(1) / sum;
        for (std::size_t i = 0; i < Values::count; ++i) y.set(i, y.get(i, 0) * scale);
    }
    /// dz_i = y_i (dy_i - sum_j dy_j y_j)
    template <class Outputs, class Values> static constexpr void backward(Outputs y, Values dy) noexcept {
        using V = typename Values::Register;
        const V sum = detail::sum_of_values<V>(
            dy, 0, [&](std::size_t i, V derivative) { return derivative * y.get(i, 0); });
        for (std::size_t i = 0; i < Values::count; ++i) dy.set(i, y.get(i, 0) * (dy.get(i, 0) - sum));
    }
};

/// y_i = z_i - log(sum_j exp(z_j)), stable for logits of any size
struct LogSoftmax {
    static constexpr bool log_probabilities = true;
    template <class Values> static constexpr void forward(Values y) noexcept {
        using V = typename Values::Register;
        const auto lowest = -math::infinite<math::Scalar<V>>();
        const V max_logit = detail::max_of_values<V>(y);
        const V sum = detail::sum_of_values<V>(y, lowest, [&](std::size_t, V z) {
            return math::exp_nonpositive(detail::below_max<Values>(z, max_logit));
        });
        const V log_sum = math::log(sum); // not added to max_logit, which would absorb its digits
        for (std::size_t i = 0; i < Values::count; ++i)
            y.set(i, math::rounded(detail::below_max<Values>(y.get(i, 0), max_logit)) - log_sum);
    }
    /// dz_i = dy_i - exp(y_i) sum_j dy_j
    template <class Outputs, class Values> static constexpr void backward(Outputs y, Values dy) noexcept {
        using V = typename Values::Register;
        const V sum = detail::sum_of_values<V>(dy, 0, [](std::size_t, V derivative) { return derivative; });
        for (std::size_t i = 0; i < Values::count; ++i)
            dy.set(i, dy.get(i, 0) - math::exp(y.get(i, 0)) * sum);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
