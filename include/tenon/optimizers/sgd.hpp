// Stochastic gradient descent.
#pragma once

#include <tenon/simd/flat.hpp>

#include <cstddef>

namespace tenon::inline TENON_ABI {

/// p -= learning_rate g; with momentum b = momentum b + g and p -= learning_rate b, or, with nesterov, p -=
/// learning_rate (g + momentum b). weight_decay adds weight_decay p to g. As PyTorch's SGD.
struct Sgd {
    double learning_rate = 1e-3;
    double momentum = 0;
    bool nesterov = false;
    double weight_decay = 0;

    template <class T, std::size_t N> struct State { Flat<T, N> velocity; };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const T rate = static_cast<T>(-learning_rate), decay = static_cast<T>(weight_decay);
        if (momentum == 0 && weight_decay == 0)
            return update([=](auto p, auto g) { return p + decltype(p)(rate) * g; }, parameters, gradient);
        const T keep = static_cast<T>(momentum);
        update(
            [=, ahead = nesterov](auto p, auto g, auto& b) {
                using V = decltype(p);
                g = math::fma(V(decay), p, g);
                b = math::fma(V(keep), b, g);
                return math::fma(V(rate), ahead ? math::fma(V(keep), b, g) : b, p);
            },
            parameters, gradient, state.velocity.data);
    }
};

} // namespace tenon
