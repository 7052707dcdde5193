// The image networks that implementations are timed on, as data, with their parameters.
#pragma once

#include "samples.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace bench {

enum class Kind { none, convolution, depthwise, max_pool, global_average, flatten, dense };
enum class Padding { valid, same }; // same: the output has ceil(input / stride) rows and columns

/// One axis of a layer: its sizes, and the zeros before the first value and behind the last.
struct Axis {
    std::size_t input, kernel, stride;
    Padding padding;

    constexpr std::size_t output() const {
        return padding == Padding::same ? (input + stride - 1) / stride : (input - kernel) / stride + 1;
    }
    constexpr std::size_t zeros() const {
        const std::size_t read = (output() - 1) * stride + kernel;
        return padding == Padding::same && read > input ? read - input : 0;
    }
    constexpr std::size_t zeros_before() const { return zeros() / 2; }
    constexpr std::size_t zeros_behind() const { return zeros() - zeros_before(); }

    /// True if an output's element of the kernel is on the image.
    constexpr bool reads(std::size_t output, std::size_t element) const {
        return output * stride + element - zeros_before() < input; // unsigned
    }
    /// Pairs of an output and an element of the kernel that is on the image.
    constexpr std::size_t terms() const {
        std::size_t count = 0;
        for (std::size_t o = 0; o < output(); ++o)
            for (std::size_t k = 0; k < kernel; ++k) count += reads(o, k);
        return count;
    }
};

struct Image {
    std::size_t channels, height, width;
    constexpr std::size_t size() const { return channels * height * width; }
};

struct ImageLayer {
    Kind kind = Kind::none;
    std::size_t channels = 0; // of the output; 0: as many as the input has
    std::array<std::size_t, 2> kernel{1, 1};
    std::size_t stride = 1;
    Padding padding = Padding::valid;
    Activation activation = identity;

    constexpr bool has_parameters() const {
        return kind == Kind::convolution || kind == Kind::depthwise || kind == Kind::dense;
    }
};

/// A layer with the image that it takes.
struct PlacedLayer : ImageLayer {
    Image input;

    constexpr Axis rows() const { return {input.height, kernel[0], stride, padding}; }
    constexpr Axis columns() const { return {input.width, kernel[1], stride, padding}; }
    constexpr Image output() const {
        switch (kind) {
        case Kind::flatten:
            return {input.size(), 1, 1};
        case Kind::global_average:
            return {input.channels, 1, 1};
        case Kind::dense:
            return {channels, 1, 1};
        default:
            return {channels == 0 ? input.channels : channels, rows().output(), columns().output()};
        }
    }
    constexpr std::size_t biases() const { return has_parameters() ? output().channels : 0; }
    /// Weights of one output channel, [input channels][kernel rows][kernel columns].
    constexpr std::size_t fan_in() const {
        if (kind == Kind::dense) return input.size();
        return (kind == Kind::depthwise ? 1 : input.channels) * kernel[0] * kernel[1];
    }
    constexpr std::size_t weights() const { return biases() * fan_in(); }
    constexpr std::size_t multiply_adds() const {
        if (kind == Kind::dense) return weights();
        return weights() / kernel[0] / kernel[1] * rows().terms() * columns().terms();
    }
};

/// A sequence of layers on images, [channels][height][width]. Parameters are one flat array, layer after
/// layer: weights [out][in][kernel rows][kernel columns], then biases.
struct ImageNetwork {
    std::string_view name;
    Image input;
    std::array<ImageLayer, 12> list; // of kind none after the last

    constexpr std::size_t layers() const {
        std::size_t count = 0;
        while (list[count].kind != Kind::none) ++count;
        return count;
    }
    constexpr PlacedLayer layer(std::size_t index) const {
        Image image = input;
        for (std::size_t i = 0; i < index; ++i) image = PlacedLayer{list[i], image}.output();
        return {list[index], image};
    }
    constexpr Activation activation(std::size_t index) const { return list[index].activation; }
    constexpr std::size_t inputs() const { return input.size(); }
    constexpr std::size_t outputs() const { return layer(layers() - 1).output().size(); }

    /// Index of a layer's first weight in the flat parameters.
    constexpr std::size_t weight(std::size_t index) const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < index; ++i) sum += layer(i).weights() + layer(i).biases();
        return sum;
    }
    /// Index of a layer's first bias in the flat parameters.
    constexpr std::size_t bias(std::size_t index) const { return weight(index) + layer(index).weights(); }
    constexpr std::size_t parameters() const { return weight(layers()); }

    /// Multiply-adds of one forward pass, without those of the padding.
    constexpr std::size_t multiply_adds() const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < layers(); ++i) sum += layer(i).multiply_adds();
        return sum;
    }
    constexpr std::size_t first_multiply_adds() const { return layer(0).multiply_adds(); }
};

/// Starting weights, as of dense networks.
inline std::vector<float> initial_parameters(const ImageNetwork& network) {
    std::mt19937 random{42};
    std::vector<float> parameters(network.parameters());
    for (std::size_t index = 0; index < network.layers(); ++index) {
        const PlacedLayer layer = network.layer(index);
        const auto in = static_cast<double>(layer.fan_in()), out = static_cast<double>(layer.biases());
        const double limit = std::sqrt(6 / (layer.activation == relu ? in : in + out));
        for (std::size_t i = network.weight(index); i < network.weight(index + 1); ++i)
            parameters[i] = uniform(random, i < network.bias(index) ? limit : 0.1);
    }
    return parameters;
}

using ImageJob = JobOf<ImageNetwork>;

using enum Kind;
using enum Padding;

/// LeNet-5 in the sizes of PyTorch's tutorials.
inline constexpr ImageNetwork lenet{"lenet",
                                    {1, 28, 28},
                                    {{{convolution, 6, {5, 5}, 1, same, relu},
                                      {max_pool, 0, {2, 2}, 2, valid, identity},
                                      {convolution, 16, {5, 5}, 1, valid, relu},
                                      {max_pool, 0, {2, 2}, 2, valid, identity},
                                      {flatten, 0, {1, 1}, 1, valid, identity},
                                      {dense, 120, {1, 1}, 1, valid, relu},
                                      {dense, 84, {1, 1}, 1, valid, relu},
                                      {dense, 10, {1, 1}, 1, valid, softmax}}}};

/// MLPerf Tiny's net for spotting keywords, after batch normalization is folded.
inline constexpr ImageNetwork ds_cnn{"ds-cnn",
                                     {1, 49, 10},
                                     {{{convolution, 64, {10, 4}, 2, same, relu},
                                       {depthwise, 64, {3, 3}, 1, same, relu},
                                       {convolution, 64, {1, 1}, 1, valid, relu},
                                       {depthwise, 64, {3, 3}, 1, same, relu},
                                       {convolution, 64, {1, 1}, 1, valid, relu},
                                       {depthwise, 64, {3, 3}, 1, same, relu},
                                       {convolution, 64, {1, 1}, 1, valid, relu},
                                       {depthwise, 64, {3, 3}, 1, same, relu},
                                       {convolution, 64, {1, 1}, 1, valid, relu},
                                       {global_average, 0, {1, 1}, 1, valid, identity},
                                       {dense, 12, {1, 1}, 1, valid, softmax}}}};

/// One convolution over a signal of 128 samples.
inline constexpr ImageNetwork conv1d{"conv1d", {8, 1, 128}, {{{convolution, 8, {1, 9}, 1, same, relu}}}};

inline constexpr ImageJob lenet_adam{lenet, 64, Optimizer::adam, 1024};

using ImagesOneSample = List<lenet, ds_cnn, conv1d>;
using ImagesBatched = List<lenet>;
using ImagesTraining = List<lenet_adam>;

}
