// The reference that every implementation is compared with: passes and optimizers in double, written for
// readability. That of image networks is in image_harness.hpp.
#pragma once

#include "networks.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace bench {

class Reference {
public:
    virtual ~Reference() = default;

    std::span<const double> parameters() const { return p; }

    /// Returns the outputs for one sample. Stores every layer's outputs for backward.
    std::span<const double> forward(std::span<const float> x) {
        trace.assign(1, {x.begin(), x.end()});
        for (std::size_t layer = 0; layer < layers(); ++layer) append(layer);
        return trace.back();
    }

    /// One update with the mean gradient of a minibatch; xs and ts contain its samples one after another.
    void step(Optimizer optimizer, std::span<const float> xs, std::span<const float> ts) {
        const std::size_t batch = ts.size() / outputs;
        std::vector<double> gradient(p.size());
        for (std::size_t s = 0; s < batch; ++s) {
            forward(xs.subspan(s * inputs, inputs));
            std::vector<double> dy = trace.back();
            for (std::size_t o = 0; o < outputs; ++o) dy[o] -= static_cast<double>(ts[s * outputs + o]);
            for (std::size_t layer = layers(); layer-- > 0;) dy = backward(layer, std::move(dy), gradient);
        }
        ++steps;
        for (std::size_t i = 0; i < p.size(); ++i)
            update(optimizer, i, gradient[i] / static_cast<double>(batch));
    }

protected:
    Reference(std::size_t input_count, std::size_t output_count, std::span<const float> start)
        : inputs(input_count), outputs(output_count), p(start.begin(), start.end()), m(p.size()),
          v(p.size()) {}

    virtual std::size_t layers() const = 0;
    /// Appends the outputs of a layer to the trace.
    virtual void append(std::size_t layer) = 0;
    /// Adds a layer's gradient; returns the derivatives with respect to its inputs.
    virtual std::vector<double> backward(std::size_t layer, std::vector<double> dy,
                                         std::vector<double>& gradient) = 0;

    static void activate(Activation activation, std::vector<double>& y) {
        if (activation == softmax) {
            const double largest = *std::ranges::max_element(y);
            double sum = 0;
            for (double& value : y) sum += value = std::exp(value - largest);
            for (double& value : y) value /= sum;
        }
        for (double& value : y) {
            if (activation == relu) value = std::max(value, 0.0);
            if (activation == sigmoid) value = 1 / (1 + std::exp(-value));
            if (activation == Activation::tanh) value = std::tanh(value);
        }
    }

    static double derivative(Activation activation, double y) {
        if (activation == relu) return y > 0 ? 1 : 0;
        if (activation == sigmoid) return y * (1 - y);
        if (activation == Activation::tanh) return 1 - y * y;
        return 1; // identity, and softmax under cross-entropy
    }

    std::size_t inputs, outputs;
    std::vector<double> p, m, v;
    std::vector<std::vector<double>> trace; // the inputs, then the outputs of each layer

private:
    void update(Optimizer optimizer, std::size_t i, double g) {
        if (optimizer == Optimizer::sgd) p[i] -= sgd_rate * g;
        if (optimizer == Optimizer::momentum) p[i] -= momentum_rate * (m[i] = momentum * m[i] + g);
        if (optimizer == Optimizer::adam) {
            m[i] += (1 - adam_beta1) * (g - m[i]);
            v[i] += (1 - adam_beta2) * (g * g - v[i]);
            const double root = std::sqrt(v[i] / (1 - std::pow(adam_beta2, steps)));
            p[i] -= adam_rate * m[i] / (1 - std::pow(adam_beta1, steps)) / (root + adam_epsilon);
        }
    }

    int steps = 0;
};

class DenseReference : public Reference {
public:
    DenseReference(const Network& net, std::span<const float> start)
        : Reference(net.inputs(), net.outputs(), start), network(net) {}

private:
    void append(std::size_t layer) override {
        const std::size_t in = network.widths[layer], out = network.widths[layer + 1];
        const double* w = &p[network.weight(layer)];
        std::vector<double> y(&p[network.bias(layer)], &p[network.bias(layer)] + out);
        for (std::size_t i = 0; i < in; ++i)
            for (std::size_t o = 0; o < out; ++o) y[o] += trace[layer][i] * w[i * out + o];
        activate(network.activation(layer), y);
        trace.push_back(std::move(y));
    }

    std::vector<double> backward(std::size_t layer, std::vector<double> dy,
                                 std::vector<double>& gradient) override {
        const std::size_t in = network.widths[layer], out = network.widths[layer + 1];
        const std::size_t w = network.weight(layer), b = network.bias(layer);
        std::vector<double> dx(in);
        for (std::size_t o = 0; o < out; ++o) {
            const double dz = dy[o] * derivative(network.activation(layer), trace[layer + 1][o]);
            gradient[b + o] += dz;
            for (std::size_t i = 0; i < in; ++i) {
                gradient[w + i * out + o] += trace[layer][i] * dz;
                dx[i] += p[w + i * out + o] * dz;
            }
        }
        return dx;
    }

    std::size_t layers() const override { return network.layers(); }

    const Network& network;
};

inline DenseReference reference_of(const Network& network, std::span<const float> start) {
    return {network, start};
}

}
