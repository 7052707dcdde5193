// RmsProp and CenteredRmsProp: steps divided by the root of a moving average of the squared gradients.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// RMSprop's update of one parameter, without and with momentum.
template <class T> struct RmsPropFormula {
    T rate, alpha, one_minus_alpha, epsilon, momentum, decay;

    template <class V> constexpr V operator()(V p, V g, V& v) const noexcept {
        g = math::fma(V(decay), p, g);
        return p + V(rate) * quotient(g, v);
    }
    template <class V> constexpr V operator()(V p, V g, V& v, V& b) const noexcept {
        g = math::fma(V(decay), p, g);
        b = math::fma(V(momentum), b, quotient(g, v));
        return math::fma(V(rate), b, p);
    }

private:
    template <class V> constexpr V quotient(V g, V& v) const noexcept {
        v = math::fma(V(one_minus_alpha) * g, g, V(alpha) * v);
        return g / (math::sqrt(v) + V(epsilon));
    }
};

/// The same with v - mean^2, the variance of g, in place of v. It is at least 0 up to rounding.
template <class T> struct CenteredRmsPropFormula {
    T rate, alpha, one_minus_alpha, epsilon, momentum, decay;

    template <class V> constexpr V operator()(V p, V g, V& v, V& mean) const noexcept {
        g = math::fma(V(decay), p, g);
        return p + V(rate) * quotient(g, v, mean);
    }
    template <class V> constexpr V operator()(V p, V g, V& v, V& mean, V& b) const noexcept {
        g = math::fma(V(decay), p, g);
        b = math::fma(V(momentum), b, quotient(g, v, mean));
        return math::fma(V(rate), b, p);
    }

private:
    template <class V> constexpr V quotient(V g, V& v, V& mean) const noexcept {
        v = math::fma(V(one_minus_alpha) * g, g, V(alpha) * v);
        mean = math::fma(V(one_minus_alpha), g, V(alpha) * mean);
        return g / (math::sqrt(math::max(V(0), v - mean * mean)) + V(epsilon));
    }
};

template <template <class> class Formula, class T, class Settings>
constexpr Formula<T> rmsprop_formula(const Settings& s) noexcept {
    return {static_cast<T>(-s.learning_rate), static_cast<T>(s.alpha),    static_cast<T>(1 - s.alpha),
            static_cast<T>(s.epsilon),        static_cast<T>(s.momentum), static_cast<T>(s.weight_decay)};
}

template <class Settings> constexpr bool rmsprop_valid(const Settings& s) noexcept {
    return s.alpha >= 0 && s.alpha < 1 && s.epsilon > 0 && s.momentum >= 0;
}

/// What must be small so that no result of a step overflows: g is then at most 2^41, its quotient 2^91, the
/// velocity 2^101, and so the change of a parameter, which is less than half an ulp of the largest float.
template <class Settings> constexpr SafeWith rmsprop_safe_with(const Settings& s) noexcept {
    if (!is_between(0, math::abs(s.learning_rate), 1) || !is_between(0, s.alpha, 0.99999) ||
        !is_between(1e-15, s.epsilon, 1) || !is_between(0, s.momentum, 0.999) ||
        !is_between(0, math::abs(s.weight_decay), 1))
        return SafeWith::nothing;
    return s.weight_decay == 0 ? SafeWith::small_gradient : SafeWith::small_gradient_and_parameters;
}

} // namespace detail

/// v = alpha v + (1 - alpha) g^2, p -= learning_rate g / (sqrt(v) + epsilon); with momentum b = momentum b +
/// g / (sqrt(v) + epsilon), p -= learning_rate b. Tieleman and Hinton, 2012, as PyTorch's RMSprop.
struct RmsProp {
    double learning_rate = 0.01;
    double alpha = 0.99;     ///< decay of the mean of g^2, from 0 to less than 1
    double epsilon = 1e-8;   ///< added to sqrt(v); more than 0
    double momentum = 0;     ///< factor of the last step's b; 0 for none
    double weight_decay = 0; ///< adds weight_decay p to g

    template <class T, std::size_t N> struct State {
        Flat<T, N> square, velocity;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const auto formula = detail::rmsprop_formula<detail::RmsPropFormula, T>(*this);
        if (momentum == 0) update(formula, parameters, gradient, state.square.data);
        else update(formula, parameters, gradient, state.square.data, state.velocity.data);
    }
    constexpr bool valid() const noexcept { return detail::rmsprop_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto&) const noexcept {
        return detail::rmsprop_safe_with(*this);
    }
};

/// RmsProp with v - mean(g)^2 in place of v, where mean(g) = alpha mean(g) + (1 - alpha) g: PyTorch's RMSprop
/// with centered=True. A type of its own because its state has a third array.
struct CenteredRmsProp {
    double learning_rate = 0.01;
    double alpha = 0.99;
    double epsilon = 1e-8;
    double momentum = 0;
    double weight_decay = 0;

    template <class T, std::size_t N> struct State {
        Flat<T, N> square, mean, velocity;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const auto formula = detail::rmsprop_formula<detail::CenteredRmsPropFormula, T>(*this);
        if (momentum == 0) update(formula, parameters, gradient, state.square.data, state.mean.data);
        else update(formula, parameters, gradient, state.square.data, state.mean.data, state.velocity.data);
    }
    constexpr bool valid() const noexcept { return detail::rmsprop_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto&) const noexcept {
        return detail::rmsprop_safe_with(*this);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
