// Parameters, inputs and targets for every implementation: random, but the same in every run.
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

template <const auto& N> using Input = std::array<float, N.inputs()>;
template <const auto& N> using Output = std::array<float, N.outputs()>;

/// An allocator of memory aligned to cache lines, so that no implementation depends on the luck of alignment.
template <class T> struct CacheLineAllocator {
    using value_type = T;
    CacheLineAllocator() = default;
    template <class U> CacheLineAllocator(const CacheLineAllocator<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{64}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t{64}); }
    bool operator==(const CacheLineAllocator&) const = default;
};
template <class T> using Aligned = std::vector<T, CacheLineAllocator<T>>;

/// Uniform in [-limit, limit); std::uniform_real_distribution differs between libraries.
inline float uniform(std::mt19937& random, double limit) {
    return static_cast<float>(limit * (std::ldexp(static_cast<double>(random()), -31) - 1));
}

/// Starting weights: He's scale before ReLU, Xavier's otherwise. Biases are small but not zero, so that the
/// check fails a peer that omits them.
inline std::vector<float> initial_parameters(const Network& network) {
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

template <const auto& N> Aligned<Input<N>> inputs(std::size_t count) {
    std::mt19937 random{7};
    Aligned<Input<N>> xs(count);
    for (auto& x : xs)
        for (float& value : x) value = uniform(random, 1);
    return xs;
}

/// One-hot after softmax, within the range of the last activation otherwise.
template <const auto& N> Aligned<Output<N>> targets(std::size_t count) {
    std::mt19937 random{11};
    Aligned<Output<N>> ts(count);
    for (auto& t : ts)
        if constexpr (N.activation(N.layers() - 1) == softmax) t[random() % t.size()] = 1;
        else
            for (float& value : t) value = std::abs(uniform(random, 1));
    return ts;
}

/// The values of all samples as one flat span.
template <class Array> std::span<const float> flat(const Aligned<Array>& samples) {
    return {samples.front().data(), samples.size() * samples.front().size()};
}

}
