// Adam, AdamW, and both with the largest mean square (AMSGrad).
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Adam's update of one parameter. Decoupled: AdamW's weight decay, p -= decay p; else g += decay p.
template <class T, bool Decoupled> struct AdamFormula {
    T rate, v_correction, one_minus_beta1, one_minus_beta2, beta2, epsilon, decay;

    template <class V> constexpr V operator()(V p, V g, V& m, V& v) const noexcept {
        update_moments(p, g, m, v);
        return p + V(rate) * m / math::fma(math::sqrt(v), V(v_correction), V(epsilon));
    }
    /// With the largest v so far in place of v.
    template <class V> constexpr V operator()(V p, V g, V& m, V& v, V& largest) const noexcept {
        update_moments(p, g, m, v);
        largest = math::max(largest, v);
        return p + V(rate) * m / math::fma(math::sqrt(largest), V(v_correction), V(epsilon));
    }

private:
    template <class V> constexpr void update_moments(V& p, V g, V& m, V& v) const noexcept {
        if constexpr (Decoupled) p = math::fma(V(-decay), p, p);
        else g = math::fma(V(decay), p, g);
        m = math::fma(V(one_minus_beta1), g - m, m);
        v = math::fma(V(one_minus_beta2) * g, g, V(beta2) * v);
    }
};

/// A step of Adam or one of its variants, whose members these settings are. Moments: m and v, and for AMSGrad
/// the largest v.
template <bool Decoupled, class Settings, class T, class State, class Update, class... Moments>
constexpr void adam_step(const Settings& s, T* parameters, const T* gradient, State& state, Update update,
                         Moments*... moments) noexcept {
    const double beta1_power = state.beta1_power * s.beta1, beta2_power = state.beta2_power * s.beta2;
    const AdamFormula<T, Decoupled> formula{
        static_cast<T>(-s.learning_rate / (1 - beta1_power)),
        static_cast<T>(1 / math::sqrt(1 - beta2_power)),
        static_cast<T>(1 - s.beta1),
        static_cast<T>(1 - s.beta2),
        static_cast<T>(s.beta2),
        static_cast<T>(s.epsilon),
        static_cast<T>(Decoupled ? s.learning_rate * s.weight_decay : s.weight_decay)};
    if (!update(formula, parameters, gradient, moments...)) return;
    state.beta1_power = beta1_power;
    state.beta2_power = beta2_power;
}

template <class Settings> constexpr bool adam_valid(const Settings& s) noexcept {
    return s.beta1 >= 0 && s.beta1 < 1 && s.beta2 >= 0 && s.beta2 < 1 && s.epsilon > 0;
}

/// What must be small so that no result of a step overflows: the mean is then at most 2^41, the square 2^82,
/// the rate 2^10, and what is added to a parameter 2^101, which is less than half an ulp of the largest
/// float. Decoupled weight decay makes parameters smaller if learning_rate weight_decay is at most 1.
template <bool Decoupled, class Settings, class State>
constexpr SafeWith adam_safe_with(const Settings& s, const State& state) noexcept {
    if (!is_between(0, math::abs(s.learning_rate), 1) || !is_between(0, s.beta1, 0.999) ||
        !is_between(0, s.beta2, 0.99999) || !is_between(1e-15, s.epsilon, 1) ||
        !is_between(0, Decoupled ? s.learning_rate * s.weight_decay : math::abs(s.weight_decay), 1) ||
        !is_between(0, state.beta1_power, 1) || !is_between(0, state.beta2_power, 1))
        return SafeWith::nothing;
    return Decoupled || s.weight_decay == 0 ? SafeWith::small_gradient
                                            : SafeWith::small_gradient_and_parameters;
}

/// The state of Adam and AdamW for N parameters, and with the largest square.
template <class T, std::size_t N> struct AdamState {
    Flat<T, N> mean, square;
    double beta1_power = 1, beta2_power = 1;
};
template <class T, std::size_t N> struct AmsGradState {
    Flat<T, N> mean, square, largest_square;
    double beta1_power = 1, beta2_power = 1;
};

} // namespace detail

/// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, p -= learning_rate m' / (sqrt(v') + epsilon),
/// where m' and v' are freed of their bias towards 0. Kingma and Ba, 2015, as PyTorch's Adam.
struct Adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9;      ///< decay of the mean of g, from 0 to less than 1
    double beta2 = 0.999;    ///< decay of the mean of g^2, from 0 to less than 1
    double epsilon = 1e-8;   ///< added to sqrt(v'); more than 0
    double weight_decay = 0; ///< adds weight_decay p to g, as PyTorch's Adam, not AdamW

    template <class T, std::size_t N> using State = detail::AdamState<T, N>;

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, detail::AdamState<T, N>& state,
                        Update update = {}) const noexcept {
        detail::adam_step<false>(*this, parameters, gradient, state, update, state.mean.data,
                                 state.square.data);
    }
    constexpr bool valid() const noexcept { return detail::adam_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto& state) const noexcept {
        return detail::adam_safe_with<false>(*this, state);
    }
};

/// Adam with decoupled weight decay: p -= learning_rate weight_decay p, then Adam's update without decay.
/// Loshchilov and Hutter, 2019, as PyTorch's AdamW.
struct AdamW {
    double learning_rate = 1e-3;
    double beta1 = 0.9;         ///< decay of the mean of g, from 0 to less than 1
    double beta2 = 0.999;       ///< decay of the mean of g^2, from 0 to less than 1
    double epsilon = 1e-8;      ///< added to sqrt(v'); more than 0
    double weight_decay = 0.01; ///< p is multiplied by 1 - learning_rate weight_decay

    template <class T, std::size_t N> using State = detail::AdamState<T, N>;

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, detail::AdamState<T, N>& state,
                        Update update = {}) const noexcept {
        detail::adam_step<true>(*this, parameters, gradient, state, update, state.mean.data,
                                state.square.data);
    }
    constexpr bool valid() const noexcept { return detail::adam_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto& state) const noexcept {
        return detail::adam_safe_with<true>(*this, state);
    }
};

/// Adam with the largest v so far in place of v: Reddi et al., 2018, as PyTorch's Adam with amsgrad=True. A
/// type of its own because its state has a third array.
struct AmsGrad {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0; ///< adds weight_decay p to g

    template <class T, std::size_t N> using State = detail::AmsGradState<T, N>;

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, detail::AmsGradState<T, N>& state,
                        Update update = {}) const noexcept {
        detail::adam_step<false>(*this, parameters, gradient, state, update, state.mean.data,
                                 state.square.data, state.largest_square.data);
    }
    constexpr bool valid() const noexcept { return detail::adam_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto& state) const noexcept {
        return detail::adam_safe_with<false>(*this, state);
    }
};

/// AdamW with the largest v so far in place of v: PyTorch's AdamW with amsgrad=True.
struct AmsGradW {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.01; ///< p is multiplied by 1 - learning_rate weight_decay

    template <class T, std::size_t N> using State = detail::AmsGradState<T, N>;

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, detail::AmsGradState<T, N>& state,
                        Update update = {}) const noexcept {
        detail::adam_step<true>(*this, parameters, gradient, state, update, state.mean.data,
                                state.square.data, state.largest_square.data);
    }
    constexpr bool valid() const noexcept { return detail::adam_valid(*this); }
    constexpr detail::SafeWith safe_with(const auto& state) const noexcept {
        return detail::adam_safe_with<true>(*this, state);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
