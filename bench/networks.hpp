// The networks and the training jobs that every implementation is timed on, as data.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

enum class Activation { identity, relu, sigmoid, tanh, softmax };
enum class Optimizer { sgd, momentum, adam };

/// A sequence of dense layers. Parameters are one flat array, layer after layer: weights [in][out], then
/// biases.
struct Network {
    std::string_view name;
    Activation hidden, last;
    std::array<std::size_t, 12> widths; // zeros after the last

    constexpr std::size_t layers() const {
        std::size_t layer = 0;
        while (widths[layer + 1] != 0) ++layer;
        return layer;
    }
    constexpr std::size_t inputs() const { return widths[0]; }
    constexpr std::size_t outputs() const { return widths[layers()]; }
    constexpr Activation activation(std::size_t layer) const { return layer + 1 < layers() ? hidden : last; }

    /// Index of a layer's first weight in the flat parameters.
    constexpr std::size_t weight(std::size_t layer) const {
        return layer == 0 ? 0 : bias(layer - 1) + widths[layer];
    }
    /// Index of a layer's first bias in the flat parameters.
    constexpr std::size_t bias(std::size_t layer) const {
        return weight(layer) + widths[layer] * widths[layer + 1];
    }
    constexpr std::size_t parameters() const { return weight(layers()); }

    /// Multiply-adds of one forward pass.
    constexpr std::size_t multiply_adds() const {
        std::size_t sum = 0;
        for (std::size_t layer = 0; layer < layers(); ++layer) sum += widths[layer] * widths[layer + 1];
        return sum;
    }
    /// Those of the first layer, the gradient of whose inputs is not needed.
    constexpr std::size_t first_multiply_adds() const { return widths[0] * widths[1]; }
};

/// A training job: minibatches of `batch` samples are taken in turn from `samples` samples, and each gives
/// one update. The loss is the mean over the minibatch of cross-entropy after softmax, and of half the
/// squared error otherwise.
template <class AnyNetwork> struct JobOf {
    const AnyNetwork& network;
    std::size_t batch;
    Optimizer optimizer;
    std::size_t samples;

    std::string mode() const { return "train-" + setting(); }
    std::string epoch_mode() const { return "epoch-" + setting(); }
    std::string setting() const {
        constexpr std::array names{"sgd", "momentum", "adam"};
        return std::to_string(batch) + "-" + names[static_cast<std::size_t>(optimizer)];
    }
};

using Job = JobOf<Network>;

/// PyTorch's definitions of the optimizers, with these settings.
inline constexpr double sgd_rate = 0.1, momentum_rate = 0.01, momentum = 0.9;
inline constexpr double adam_rate = 1e-3, adam_beta1 = 0.9, adam_beta2 = 0.999, adam_epsilon = 1e-8;

using enum Activation;

inline constexpr Network xor_net{"xor", sigmoid, sigmoid, {2, 3, 1}};
inline constexpr Network jets{"jets", relu, softmax, {16, 64, 32, 32, 5}};
inline constexpr Network acas{"acas", relu, identity, {5, 50, 50, 50, 50, 50, 50, 5}};
inline constexpr Network digits{"digits", tanh, softmax, {64, 32, 10}};
inline constexpr Network mnist{"mnist", relu, softmax, {784, 128, 10}};
inline constexpr Network anomaly{
    "anomaly", relu, identity, {640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640}};
inline constexpr Network expm{"expm", tanh, identity, {4, 32, 16, 4}};

inline constexpr Job xor_online{xor_net, 1, Optimizer::sgd, 4};
inline constexpr Job xor_batch{xor_net, 4, Optimizer::sgd, 4};
inline constexpr Job digits_momentum{digits, 32, Optimizer::momentum, 1024};
inline constexpr Job digits_adam{digits, 32, Optimizer::adam, 1024};
inline constexpr Job mnist_adam{mnist, 64, Optimizer::adam, 1024};
inline constexpr Job expm_adam{expm, 10000, Optimizer::adam, 10000};
inline constexpr Job jets_adam{jets, 128, Optimizer::adam, 1024};

template <auto&... Items> struct List {};
template <auto&... Items> void for_each(List<Items...>, auto visit) { (visit(Items), ...); }

using OneSample = List<xor_net, jets, acas, digits, mnist, anomaly>;
using Batched = List<xor_net, jets, acas, mnist>;
using Training = List<xor_online, xor_batch, digits_momentum, digits_adam, mnist_adam, expm_adam, jets_adam>;

/// Jobs timed over whole epochs: each of epoch_samples samples once, in a random order.
using Epochs = List<mnist_adam>;
inline constexpr std::size_t epoch_samples = 60000;

inline constexpr std::size_t batch_samples = 1000;
inline std::string batch_mode() { return "batch-" + std::to_string(batch_samples); }

}
