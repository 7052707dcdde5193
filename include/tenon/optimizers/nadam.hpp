// Nadam: Adam with Nesterov's momentum.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/math/math.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct NadamFormula {
    T rate_of_g, rate_of_m, v_correction, one_minus_beta1, one_minus_beta2, beta2, epsilon, decay;

    template <class V> constexpr V operator()(V p, V g, V& m, V& v) const noexcept {
        g = math::fma(V(decay), p, g);
        m = math::fma(V(one_minus_beta1), g - m, m);
        v = math::fma(V(one_minus_beta2) * g, g, V(beta2) * v);
        return p + math::fma(V(rate_of_g), g, V(rate_of_m) * m) /
                       math::fma(math::sqrt(v), V(v_correction), V(epsilon));
    }
};

} // namespace detail

/// m and v as Adam's; p -= learning_rate (mu_{t+1} m / (1 - mu_1 ... mu_{t+1}) + (1 - mu_t) g / (1 - mu_1 ...
/// mu_t)) / (sqrt(v') + epsilon) in step t, from 1, where mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2).
/// Dozat, 2016, as PyTorch's NAdam from version 2 on. Version 1.13 multiplies mu_t twice into the first
/// product.
struct Nadam {
    double learning_rate = 2e-3;
    double beta1 = 0.9;            ///< decay of the mean of g, from 0 to less than 1
    double beta2 = 0.999;          ///< decay of the mean of g^2, from 0 to less than 1
    double epsilon = 1e-8;         ///< added to sqrt(v'); more than 0
    double weight_decay = 0;       ///< adds weight_decay p to g
    double momentum_decay = 0.004; ///< how fast mu_t grows from beta1 / 2 to beta1

    template <class T, std::size_t N> struct State {
        Flat<T, N> mean, square;
        double beta2_power = 1, mu_product = 1;
        std::uint64_t steps = 0;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const double mu = mu_of(state.steps + 1), next_mu = mu_of(state.steps + 2);
        const double beta2_power = state.beta2_power * beta2, product = state.mu_product * mu;
        const detail::NadamFormula<T> formula{
            static_cast<T>(-learning_rate * (1 - mu) / (1 - product)),
            static_cast<T>(-learning_rate * next_mu / (1 - product * next_mu)),
            static_cast<T>(1 / math::sqrt(1 - beta2_power)),
            static_cast<T>(1 - beta1),
            static_cast<T>(1 - beta2),
            static_cast<T>(beta2),
            static_cast<T>(epsilon),
            static_cast<T>(weight_decay)};
        if (!update(formula, parameters, gradient, state.mean.data, state.square.data)) return;
        state.beta2_power = beta2_power;
        state.mu_product = product;
        ++state.steps;
    }

    constexpr bool valid() const noexcept {
        return beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && momentum_decay >= 0;
    }

    /// What must be small so that no result of a step overflows: mean and g are then at most 2^41, each rate
    /// 2^10, and what is added to a parameter 2^102, which is less than half an ulp of the largest float.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        using detail::SafeWith, detail::is_between;
        if (!is_between(0, math::abs(learning_rate), 1) || !is_between(0, beta1, 0.999) ||
            !is_between(0, beta2, 0.99999) || !is_between(1e-15, epsilon, 1) ||
            !is_between(0, math::abs(weight_decay), 1) || !is_between(0, momentum_decay, 0x1p40) ||
            !is_between(0, state.beta2_power, 1) || !is_between(0, state.mu_product, 1))
            return SafeWith::nothing;
        return weight_decay == 0 ? SafeWith::small_gradient : SafeWith::small_gradient_and_parameters;
    }

private:
    static constexpr double log_of_096 = -0.040821994520255166;
    constexpr double mu_of(std::uint64_t t) const noexcept {
        return beta1 * (1 - 0.5 * math::exp(static_cast<double>(t) * momentum_decay * log_of_096));
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
