// Adam.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, p -= learning_rate m' / (sqrt(v') + epsilon),
/// where m' and v' are freed of their bias towards 0. Kingma and Ba, 2015, as PyTorch's Adam.
struct Adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9;      ///< decay of the mean of g, from 0 to less than 1
    double beta2 = 0.999;    ///< decay of the mean of g^2, from 0 to less than 1
    double epsilon = 1e-8;   ///< added to sqrt(v')
    double weight_decay = 0; ///< adds weight_decay p to g, as PyTorch's Adam, not AdamW

    template <class T, std::size_t N> struct State {
        Flat<T, N> mean, square;
        double beta1_power = 1, beta2_power = 1;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const double beta1_power = state.beta1_power * beta1, beta2_power = state.beta2_power * beta2;
        const T rate = static_cast<T>(-learning_rate / (1 - beta1_power));
        const T unbias = static_cast<T>(1 / math::sqrt(1 - beta2_power));
        const T b1 = static_cast<T>(1 - beta1), b2 = static_cast<T>(1 - beta2), keep = static_cast<T>(beta2);
        const T small = static_cast<T>(epsilon), decay = static_cast<T>(weight_decay);
        const bool updated = update(
            [=](auto p, auto g, auto& m, auto& v) {
                using V = decltype(p);
                g = math::fma(V(decay), p, g);
                m = math::fma(V(b1), g - m, m);
                v = math::fma(V(b2) * g, g, V(keep) * v);
                return p + V(rate) * m / math::fma(math::sqrt(v), V(unbias), V(small));
            },
            parameters, gradient, state.mean.data, state.square.data);
        if (!updated) return;
        state.beta1_power = beta1_power;
        state.beta2_power = beta2_power;
    }

    /// What must be small so that no result of a step overflows: the mean is then at most 2^41, the square
    /// 2^82, the rate 2^10, and what is added to a parameter 2^101, which is less than half an ulp of the
    /// largest float.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        using detail::is_between;
        if (!is_between(0, math::abs(learning_rate), 1) || !is_between(0, beta1, 0.999) ||
            !is_between(0, beta2, 0.99999) || !is_between(1e-15, epsilon, 1) ||
            !is_between(0, math::abs(weight_decay), 1) || !is_between(0, state.beta1_power, 1) ||
            !is_between(0, state.beta2_power, 1))
            return detail::SafeWith::nothing;
        return weight_decay == 0 ? detail::SafeWith::small_gradient
                                 : detail::SafeWith::small_gradient_and_parameters;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
