// The numbers that every implementation is given: parameters, inputs and targets, random but always the same.
#pragma once

#include "networks.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <vector>

namespace bench {

template <const Network& N> using Input = std::array<float, N.inputs()>;
template <const Network& N> using Output = std::array<float, N.outputs()>;

/// Memory that begins at a cache line, so that no implementation is lucky.
template <class T> struct AtCacheLine {
    using value_type = T;
    AtCacheLine() = default;
    template <class U> AtCacheLine(const AtCacheLine<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
    bool operator==(const AtCacheLine&) const = default;
};
template <class T> using Aligned = std::vector<T, AtCacheLine<T>>;

/// Uniform in [-limit, limit); std::uniform_real_distribution differs between libraries.
inline float uniform(std::mt19937& random, double limit) {
    return static_cast<float>(limit * (std::ldexp(static_cast<double>(random()), -31) - 1));
}

/// He's scale before ReLU, Xavier's otherwise; small biases, so that a peer that forgets them is found out.
inline std::vector<float> initial(const Network& network) {
    std::mt19937 random{42};
    std::vector<float> parameters(network.parameters());
    for (std::size_t layer = 0; layer < network.layers(); ++layer) {
        const auto in = static_cast<double>(network.widths[layer]);
        const auto out = static_cast<double>(network.widths[layer + 1]);
        const double limit = std::sqrt(6 / (network.activation(layer) == relu ? in : in + out));
        for (std::size_t i = network.weight(layer); i < network.weight(layer + 1); ++i)
            parameters[i] = uniform(random, i < network.bias(layer) ? limit : 0.1);
    }
    return parameters;
}

template <const Network& N> Aligned<Input<N>> inputs(std::size_t count) {
    std::mt19937 random{7};
    Aligned<Input<N>> xs(count);
    for (auto& x : xs)
        for (float& value : x) value = uniform(random, 1);
    return xs;
}

/// One-hot after softmax, within the range of the last activation otherwise.
template <const Network& N> Aligned<Output<N>> targets(std::size_t count) {
    std::mt19937 random{11};
    Aligned<Output<N>> ts(count);
    for (auto& t : ts)
        if constexpr (N.last == softmax) t[random() % t.size()] = 1;
        else
            for (float& value : t) value = std::abs(uniform(random, 1));
    return ts;
}

/// The numbers of many samples as one row.
template <class Array> std::span<const float> flat(const Aligned<Array>& samples) {
    return {samples.front().data(), samples.size() * samples.front().size()};
}

}
