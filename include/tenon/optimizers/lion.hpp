// Lion: steps of the same size for all parameters.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>
#include <tenon/optimizers/sign.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct LionFormula {
    T rate, beta1, one_minus_beta1, one_minus_beta2, decay;

    template <class V> constexpr V operator()(V p, V g, V& m) const noexcept {
        p = math::fma(V(-decay), p, p);
        const V direction = math::fma(V(beta1), m, V(one_minus_beta1) * g);
        m = math::fma(V(one_minus_beta2), g - m, m);
        return p - in_direction(V(rate), direction);
    }
};

} // namespace detail

/// p -= learning_rate (sign(beta1 m + (1 - beta1) g) + weight_decay p), m = beta2 m + (1 - beta2) g. Chen et
/// al., "Symbolic Discovery of Optimization Algorithms", 2023, algorithm 2, with its default values.
struct Lion {
    double learning_rate = 1e-4;
    double beta1 = 0.9;      ///< share of m in the direction, from 0 to less than 1
    double beta2 = 0.99;     ///< decay of the mean m of g, from 0 to less than 1
    double weight_decay = 0; ///< p is multiplied by 1 - learning_rate weight_decay

    template <class T, std::size_t N> struct State {
        Flat<T, N> mean;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        update(detail::LionFormula<T>{static_cast<T>(learning_rate), static_cast<T>(beta1),
                                      static_cast<T>(1 - beta1), static_cast<T>(1 - beta2),
                                      static_cast<T>(learning_rate * weight_decay)},
               parameters, gradient, state.mean.data);
    }

    constexpr bool valid() const noexcept { return beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1; }

    /// What must be small so that no result of a step overflows: the mean is then at most 2^41, and the
    /// change of a parameter 2^40, less than half an ulp of the largest float; weight decay makes parameters
    /// smaller.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>&) const noexcept {
        using detail::is_between;
        return is_between(0, math::abs(learning_rate), 0x1p40) && is_between(0, beta1, 0.99999) &&
                       is_between(0, beta2, 0.99999) && is_between(0, learning_rate * weight_decay, 1)
                   ? detail::SafeWith::small_gradient
                   : detail::SafeWith::nothing;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
