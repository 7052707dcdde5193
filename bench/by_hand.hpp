// Activations, their derivatives and optimizers in plain loops, for implementations that have none.
#pragma once

#include "networks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace bench {

/// y = A(z) over one sample, in place.
template <Activation A> inline void activate(std::span<float> y) {
    if constexpr (A == relu)
        for (float& value : y) value = value > 0 ? value : 0;
    if constexpr (A == sigmoid)
        for (float& value : y) value = 1 / (1 + std::exp(-value));
    if constexpr (A == Activation::tanh)
        for (float& value : y) value = std::tanh(value);
    if constexpr (A == softmax) {
        float largest = y[0], sum = 0;
        for (float value : y) largest = value > largest ? value : largest;
        for (float& value : y) sum += value = std::exp(value - largest);
        for (float& value : y) value /= sum;
    }
}

/// A'(z) as a function of y; 1 for softmax, whose derivative is part of cross-entropy's.
template <Activation A> inline float derivative(float y) {
    if constexpr (A == relu) return y > 0 ? 1.f : 0.f;
    if constexpr (A == sigmoid) return y * (1 - y);
    if constexpr (A == Activation::tanh) return 1 - y * y;
    return 1;
}

/// An optimizer and its state: p -= rate * direction(scale * g).
template <Optimizer O> class Update {
public:
    explicit Update(std::size_t size)
        : m(O == Optimizer::sgd ? 0 : size), v(O == Optimizer::adam ? size : 0) {}

    void operator()(std::span<float> parameters, std::span<const float> gradient, float scale) {
        float* __restrict p = parameters.data();
        const float* __restrict g = gradient.data();
        float* __restrict first = m.data();
        float* __restrict second = v.data();
        const std::size_t size = parameters.size();
        if constexpr (O == Optimizer::sgd)
            for (std::size_t i = 0; i < size; ++i) p[i] -= as_float(sgd_rate) * scale * g[i];
        if constexpr (O == Optimizer::momentum)
            for (std::size_t i = 0; i < size; ++i) {
                first[i] = as_float(momentum) * first[i] + scale * g[i];
                p[i] -= as_float(momentum_rate) * first[i];
            }
        if constexpr (O == Optimizer::adam) {
            ++steps;
            constexpr float b1 = as_float(adam_beta1), b2 = as_float(adam_beta2),
                            epsilon = as_float(adam_epsilon);
            const auto rate = static_cast<float>(adam_rate / (1 - std::pow(adam_beta1, steps)));
            const auto unbias = static_cast<float>(1 / std::sqrt(1 - std::pow(adam_beta2, steps)));
            for (std::size_t i = 0; i < size; ++i) {
                const float d = scale * g[i];
                first[i] = b1 * first[i] + (1 - b1) * d;
                second[i] = b2 * second[i] + (1 - b2) * d * d;
                p[i] -= rate * first[i] / (std::sqrt(second[i]) * unbias + epsilon);
            }
        }
    }

private:
    static constexpr float as_float(double setting) { return static_cast<float>(setting); }

    std::vector<float> m, v;
    int steps = 0;
};

}
