// The networks over time that implementations are timed on, as data, with their parameters.
#pragma once

#include "samples.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class CellKind { none, lstm, gru, causal_convolution, wavenet, dense };

struct CellLayer {
    CellKind kind = CellKind::none;
    std::size_t outputs = 0; // units of a cell
    std::size_t kernel = 1, dilation = 1;
    Activation activation = Activation::identity; // not of lstm and gru
    std::array<std::size_t, 2> channels{};        // of each stack of a wavenet
};

/// A layer with the number of its inputs at each step. lstm has the gates i, f, g, o; gru r, z, n, the reset
/// gate after the product. A wavenet has two stacks of layers, with the dilations D = 1, 2, 4, ..., dilation.
/// With its inputs c, for the first stack x = c and s = 0; y is the s of the last:
///
///     x = W x, and for each layer:  z = A(causal convolution of x + V c + b),  s = s + z,  x = x + R z + d
///     s = H s + e
struct PlacedCell : CellLayer {
    std::size_t inputs;

    constexpr bool recurrent() const { return kind == CellKind::lstm || kind == CellKind::gru; }
    constexpr std::size_t gates() const { return kind == CellKind::lstm ? 4 : kind == CellKind::gru ? 3 : 1; }
    constexpr std::size_t columns() const { return gates() * outputs; }
    /// Weights are [rows][columns]. Rows are inputs, of a convolution those of each element of the kernel,
    /// the latest last; of a cell its own outputs follow. Columns are outputs, or units, gate after gate.
    constexpr std::size_t rows() const {
        return is_wavenet() ? convolution(0, 0).rows() + inputs
                            : kernel * inputs + (recurrent() ? outputs : 0);
    }
    /// The parameters of a wavenet are in the order of their use; rows() are those of its first convolution.
    constexpr std::size_t weights() const {
        std::size_t sum = is_wavenet() ? 0 : rows() * columns();
        for (std::size_t stack = 0; stack < stacks(); ++stack) {
            const std::size_t n = channels[stack];
            sum += n * (before(stack) + depth() * (kernel * n + inputs + n) + head(stack));
        }
        return sum;
    }
    /// A gru has a bias of the products with the inputs, and one of those with its own outputs.
    constexpr std::size_t biases() const {
        std::size_t sum = is_wavenet() ? 0 : columns() * (kind == CellKind::gru ? 2 : 1);
        for (std::size_t stack = 0; stack < stacks(); ++stack)
            sum += 2 * depth() * channels[stack] + head(stack);
        return sum;
    }
    /// How many steps before this one a convolution reads.
    constexpr std::size_t past() const { return (kernel - 1) * dilation; }

    constexpr bool is_wavenet() const { return kind == CellKind::wavenet; }
    constexpr std::size_t stacks() const { return is_wavenet() ? channels.size() : 0; }
    /// Layers of a stack.
    constexpr std::size_t depth() const { return static_cast<std::size_t>(std::bit_width(dilation)); }
    /// Values of x before a stack, and of s behind it.
    constexpr std::size_t before(std::size_t stack) const {
        return stack == 0 ? inputs : channels[stack - 1];
    }
    constexpr std::size_t head(std::size_t stack) const {
        return stack + 1 < stacks() ? channels[stack + 1] : outputs;
    }
    /// The convolution of a layer, without V c.
    constexpr PlacedCell convolution(std::size_t stack, std::size_t layer) const {
        return {{CellKind::causal_convolution, channels[stack], kernel, std::size_t{1} << layer},
                channels[stack]};
    }
};

/// A sequence of layers that take `width` values at each step. Parameters are one flat array, layer after
/// layer: weights, then biases.
struct CellNetwork {
    std::string_view name;
    std::size_t width;
    std::array<CellLayer, 5> list; // of kind none after the last

    constexpr std::size_t layers() const {
        std::size_t count = 0;
        while (list[count].kind != CellKind::none) ++count;
        return count;
    }
    constexpr PlacedCell layer(std::size_t index) const {
        return {list[index], index == 0 ? width : list[index - 1].outputs};
    }
    constexpr Activation activation(std::size_t index) const { return list[index].activation; }
    constexpr std::size_t inputs() const { return width; }
    constexpr std::size_t outputs() const { return list[layers() - 1].outputs; }

    /// Index of a layer's first weight in the flat parameters.
    constexpr std::size_t weight(std::size_t index) const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < index; ++i) sum += layer(i).weights() + layer(i).biases();
        return sum;
    }
    /// Index of a layer's first bias in the flat parameters.
    constexpr std::size_t bias(std::size_t index) const { return weight(index) + layer(index).weights(); }
    constexpr std::size_t parameters() const { return weight(layers()); }

    /// Multiply-adds of one step, in products of matrices.
    constexpr std::size_t multiply_adds() const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < layers(); ++i) sum += layer(i).weights();
        return sum;
    }
    /// Those with the network's inputs, whose gradient is not needed.
    constexpr std::size_t first_multiply_adds() const { return width * layer(0).columns(); }
};

/// A network over a fixed number of steps, as it is trained: a sample is a sequence.
struct Unrolled : CellNetwork {
    std::size_t steps;

    constexpr std::size_t inputs() const { return steps * CellNetwork::inputs(); }
    constexpr std::size_t outputs() const { return steps * CellNetwork::outputs(); }
    constexpr std::size_t multiply_adds() const { return steps * CellNetwork::multiply_adds(); }
    constexpr std::size_t first_multiply_adds() const { return steps * CellNetwork::first_multiply_adds(); }
};

/// Starting weights, as of dense networks; biases of a wavenet as its weights.
inline std::vector<float> initial_parameters(const CellNetwork& network) {
    std::mt19937 random{42};
    std::vector<float> parameters(network.parameters());
    for (std::size_t index = 0; index < network.layers(); ++index) {
        const PlacedCell layer = network.layer(index);
        const double limit = std::sqrt(6 / static_cast<double>(layer.rows() + layer.outputs));
        for (std::size_t i = network.weight(index); i < network.weight(index + 1); ++i)
            parameters[i] = uniform(random, layer.is_wavenet() || i < network.bias(index) ? limit : 0.1);
    }
    return parameters;
}

using CellJob = JobOf<Unrolled>;

inline constexpr CellNetwork lstm20{"lstm20", 1, {{{CellKind::lstm, 20}, {CellKind::dense, 1}}}};
inline constexpr CellNetwork lstm40{"lstm40", 1, {{{CellKind::lstm, 40}, {CellKind::dense, 1}}}};
inline constexpr CellNetwork gru24{"gru24", 1, {{{CellKind::gru, 24}, {CellKind::dense, 1}}}};

/// A dilated stack, as of models of amplifiers.
inline constexpr CellNetwork tcn{"tcn",
                                 1,
                                 {{{CellKind::causal_convolution, 8, 3, 1, Activation::tanh},
                                   {CellKind::causal_convolution, 8, 3, 2, Activation::tanh},
                                   {CellKind::causal_convolution, 8, 3, 4, Activation::tanh},
                                   {CellKind::dense, 1}}}};
/// Two long convolutions.
inline constexpr CellNetwork conv{
    "conv", 1, {{{CellKind::causal_convolution, 12, 65}, {CellKind::causal_convolution, 8, 33}}}};
/// The A1 standard of Neural Amp Modeler.
inline constexpr CellNetwork wavenet{
    "wavenet", 1, {{{CellKind::wavenet, 1, 3, 512, Activation::tanh, {16, 8}}}}};
inline constexpr CellNetwork gru64{"gru64", 32, {{{CellKind::gru, 64}}}};

inline constexpr Unrolled lstm20_windows{lstm20, 512};
inline constexpr Unrolled gru64_windows{gru64, 64};
inline constexpr CellJob lstm20_adam{lstm20_windows, 32, Optimizer::adam, 64};
inline constexpr CellJob gru64_adam{gru64_windows, 32, Optimizer::adam, 64};

using OneStream = List<lstm20, lstm40, gru24, tcn, conv, wavenet>;
using ManyStreams = List<lstm20, lstm40, gru24>;
using CellTraining = List<lstm20_adam, gru64_adam>;

inline constexpr std::size_t run_steps = 512, stream_count = 64;
inline std::string streams_mode() { return "streams-" + std::to_string(stream_count); }

}
