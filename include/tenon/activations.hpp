// Activations: functions of single values, and Softmax. Definitions and defaults are PyTorch's.
#pragma once

#include <tenon/simd/math.hpp>

#include <cstddef>
#include <limits>

namespace tenon::inline TENON_ABI {

/// y = z
struct Identity {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return z; }
    template <class V> static constexpr V derivative(V, V) noexcept { return V(1); }
};

/// y = max(0, z); derivative 0 at 0
struct Relu {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::max(V(0), z); }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), V(1), V(0));
    }
};

/// y = z for z > 0, else 0.01 z
struct LeakyRelu {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::select(z > V(0), z, V(0.01) * z);
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), V(1), V(0.01));
    }
};

/// y = z for z > 0, else exp(z) - 1
struct Elu {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::select(z > V(0), z, math::expm1(math::min(V(0), z)));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), V(1), y + V(1));
    }
};

/// y = scale * (z for z > 0, else alpha * (exp(z) - 1)); Klambauer et al., 2017
struct Selu {
    static constexpr bool derivative_from_output = true;
    static constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::select(z > V(0), V(scale) * z, V(scale * alpha) * math::expm1(math::min(V(0), z)));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), V(scale), y + V(scale * alpha));
    }
};

/// y = z Phi(z), Phi the normal distribution function (not the tanh approximation)
struct Gelu {
    template <class V> static constexpr V apply(V z) noexcept { return z * math::normal_cdf(z); }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        constexpr double one_by_sqrt_2_pi = 0.3989422804014327;
        return math::fma(z * V(one_by_sqrt_2_pi), math::exp(V(-0.5) * z * z), math::normal_cdf(z));
    }
};

/// y = 1 / (1 + exp(-z))
struct Sigmoid {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::sigmoid(z); }
    template <class V> static constexpr V derivative(V, V y) noexcept { return y * (V(1) - y); }
};

/// y = z sigmoid(z), also called swish
struct Silu {
    template <class V> static constexpr V apply(V z) noexcept { return z * math::sigmoid(z); }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        const V s = math::sigmoid(z);
        return s + z * s * (V(1) - s);
    }
};

/// y = (exp(z) - exp(-z)) / (exp(z) + exp(-z))
struct Tanh {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::tanh(z); }
    template <class V> static constexpr V derivative(V, V y) noexcept { return V(1) - y * y; }
};

/// y = log(1 + exp(z)), exact for all z (PyTorch takes z itself above 20)
struct Softplus {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::max(V(0), z) + math::log1p(math::exp_nonpositive(-math::abs(z)));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept { return -math::expm1(-y); }
};

/// y = z / (1 + |z|)
struct Softsign {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return z / (V(1) + math::abs(z)); }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        const V rest = V(1) - math::abs(y);
        return rest * rest;
    }
};

/// y = z / 6 + 1/2, held between 0 and 1
struct HardSigmoid {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::max(V(0), math::min(V(1), math::fma(z, V(1. / 6), V(0.5))));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), math::select(y < V(1), V(1. / 6), V(0)), V(0));
    }
};

namespace detail {

/// The largest value of each sample, in every lane.
template <class V, class Values> constexpr V highest(Values z) noexcept {
    constexpr auto lowest = -std::numeric_limits<math::Scalar<V>>::infinity();
    V most = z.get(0, lowest);
    for (std::size_t i = 1; i < Values::count; ++i) most = math::max(most, z.get(i, lowest));
    return Values::highest(most);
}

/// The sum over each sample's values of f(register), in every lane; padding counts as `rest`: f(rest) = 0.
template <class V, class Values, class F> constexpr V total(Values z, math::Scalar<V> rest, F f) noexcept {
    V sum = f(0, z.get(0, rest));
    for (std::size_t i = 1; i < Values::count; ++i) sum = sum + f(i, z.get(i, rest));
    return Values::total(sum);
}

} // namespace detail

/// y_i = exp(z_i) / sum_j exp(z_j), stable for logits of any size
struct Softmax {
    template <class Values> static constexpr void forward(Values y) noexcept {
        using V = typename Values::Register;
        constexpr auto lowest = -std::numeric_limits<math::Scalar<V>>::infinity();
        const V most = detail::highest<V>(y);
        const V sum = detail::total<V>(y, lowest, [&](std::size_t i, V z) {
            const V power = math::exp_nonpositive(z - most);
            y.set(i, power);
            return power;
        });
        const V scale = V(1) / sum;
        for (std::size_t i = 0; i < Values::count; ++i) y.set(i, y.get(i, 0) * scale);
    }
    /// dz_i = y_i (dy_i - sum_j dy_j y_j)
    template <class Outputs, class Values> static constexpr void backward(Outputs y, Values dy) noexcept {
        using V = typename Values::Register;
        const V sum =
            detail::total<V>(dy, 0, [&](std::size_t i, V derivative) { return derivative * y.get(i, 0); });
        for (std::size_t i = 0; i < Values::count; ++i) dy.set(i, y.get(i, 0) * (dy.get(i, 0) - sum));
    }
};

/// y_i = z_i - log(sum_j exp(z_j)), stable for logits of any size
struct LogSoftmax {
    template <class Values> static constexpr void forward(Values y) noexcept {
        using V = typename Values::Register;
        constexpr auto lowest = -std::numeric_limits<math::Scalar<V>>::infinity();
        const V most = detail::highest<V>(y);
        const V sum =
            detail::total<V>(y, lowest, [&](std::size_t, V z) { return math::exp_nonpositive(z - most); });
        const V log_sum = math::log(sum); // most + log_sum would lose its digits
        for (std::size_t i = 0; i < Values::count; ++i) y.set(i, y.get(i, 0) - most - log_sum);
    }
    /// dz_i = dy_i - exp(y_i) sum_j dy_j
    template <class Outputs, class Values> static constexpr void backward(Outputs y, Values dy) noexcept {
        using V = typename Values::Register;
        const V sum = detail::total<V>(dy, 0, [](std::size_t, V derivative) { return derivative; });
        for (std::size_t i = 0; i < Values::count; ++i)
            dy.set(i, dy.get(i, 0) - math::exp(y.get(i, 0)) * sum);
    }
};

} // namespace tenon
