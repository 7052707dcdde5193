// Sgd: stochastic gradient descent, with momentum, Nesterov's momentum and weight decay.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// g += decay p, b = momentum b + gradient_factor g, p += rate b; with nesterov p += rate (g + momentum b).
template <class T> struct SgdFormula {
    T rate, momentum, gradient_factor, decay;
    bool nesterov;

    template <class V> constexpr V operator()(V p, V g, V& b) const noexcept {
        g = math::fma(V(decay), p, g);
        b = math::fma(V(momentum), b, V(gradient_factor) * g);
        return math::fma(V(rate), nesterov ? math::fma(V(momentum), b, g) : b, p);
    }
};

/// p += rate (g + decay p). Wrappers change `decay`.
template <class T> struct DecayFormula {
    T rate, decay;

    template <class V> constexpr V operator()(V p, V g) const noexcept {
        return math::fma(V(rate), math::fma(V(decay), p, g), p);
    }
};

} // namespace detail

/// p -= learning_rate g; with momentum b = momentum b + (1 - dampening) g, b = g in the first step, and p -=
/// learning_rate b, or, with nesterov, p -= learning_rate (g + momentum b). weight_decay adds weight_decay p
/// to g. As PyTorch's SGD, also where settings change: steps without momentum leave b as it is.
struct Sgd {
    double learning_rate = 1e-3;
    double momentum = 0;     ///< factor of the last step's b; 0 for none
    bool nesterov = false;   ///< Nesterov's momentum; without dampening
    double weight_decay = 0; ///< factor of p that is added to g
    double dampening = 0;    ///< b = momentum b + (1 - dampening) g

    /// The spare number of the velocity is 1 after the first step with momentum.
    template <class T, std::size_t N> struct State {
        Flat<T, N> velocity;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const T rate = static_cast<T>(-learning_rate), decay = static_cast<T>(weight_decay);
        if (momentum == 0 && weight_decay == 0)
            return void(
                update([=](auto p, auto g) { return p + decltype(p)(rate) * g; }, parameters, gradient));
        if (momentum == 0) return void(update(detail::DecayFormula<T>{rate, decay}, parameters, gradient));
        const T gradient_factor = state.velocity.spare() == 0 ? T(1) : static_cast<T>(1 - dampening);
        if (update(detail::SgdFormula<T>{rate, static_cast<T>(momentum), gradient_factor, decay, nesterov},
                   parameters, gradient, state.velocity.data))
            state.velocity.spare() = 1;
    }

    constexpr bool valid() const noexcept { return momentum >= 0 && (!nesterov || dampening == 0); }

    /// What must be small so that no result of a step overflows: the velocity is then at most 2^54, and the
    /// change of a parameter 2^95, which is less than half an ulp of the largest float.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>&) const noexcept {
        using detail::SafeWith, detail::is_between;
        if (!is_between(0, math::abs(learning_rate), 0x1p40)) return SafeWith::nothing;
        if (momentum == 0 && weight_decay == 0) return SafeWith::small_gradient;
        if (!is_between(0, momentum, 0.9999) || !is_between(0, math::abs(weight_decay), 1) ||
            !is_between(0, dampening, nesterov ? 0 : 1))
            return SafeWith::nothing;
        return weight_decay == 0 ? SafeWith::small_gradient : SafeWith::small_gradient_and_parameters;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
