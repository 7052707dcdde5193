// AdaGrad: steps divided by the root of the sum of the squared gradients.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct AdaGradFormula {
    T rate, initial, epsilon, decay; ///< initial: the initial accumulator in the first step, 0 later

    template <class V> constexpr V operator()(V p, V g, V& sum) const noexcept {
        g = math::fma(V(decay), p, g);
        sum = math::fma(g, g, sum + V(initial));
        return p + V(rate) * g / (math::sqrt(sum) + V(epsilon));
    }
};

} // namespace detail

/// s = s + g^2, p -= learning_rate / (1 + t lr_decay) g / (sqrt(s) + epsilon), where t is the number of steps
/// before this one. Duchi et al., 2011, as PyTorch's Adagrad.
struct AdaGrad {
    double learning_rate = 0.01;
    double lr_decay = 0;            ///< of the learning rate; PyTorch's name
    double initial_accumulator = 0; ///< s before the first step
    double epsilon = 1e-10;         ///< added to sqrt(s); more than 0
    double weight_decay = 0;        ///< adds weight_decay p to g

    template <class T, std::size_t N> struct State {
        Flat<T, N> sum;
        std::uint64_t steps = 0;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const double rate = -learning_rate / (1 + static_cast<double>(state.steps) * lr_decay);
        const detail::AdaGradFormula<T> formula{static_cast<T>(rate),
                                                state.steps == 0 ? static_cast<T>(initial_accumulator) : T(0),
                                                static_cast<T>(epsilon), static_cast<T>(weight_decay)};
        if (update(formula, parameters, gradient, state.sum.data)) ++state.steps;
    }

    constexpr bool valid() const noexcept { return lr_decay >= 0 && initial_accumulator >= 0 && epsilon > 0; }

    /// What must be small so that no result of a step overflows: g is then at most 2^41, the sum of 2^40
    /// steps 2^123, and the change of a parameter 2^91, less than half an ulp of the largest float.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        using detail::SafeWith, detail::is_between;
        if (!is_between(0, math::abs(learning_rate), 1) || !is_between(0, lr_decay, 0x1p40) ||
            !is_between(0, initial_accumulator, 0x1p40) || !is_between(1e-15, epsilon, 1) ||
            !is_between(0, math::abs(weight_decay), 1) || state.steps >= std::uint64_t{1} << 40)
            return SafeWith::nothing;
        return weight_decay == 0 ? SafeWith::small_gradient : SafeWith::small_gradient_and_parameters;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
