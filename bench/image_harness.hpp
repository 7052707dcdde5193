// The reference for image networks, in double, and main() of an implementation of them.
#pragma once

#include "harness.hpp"
#include "images.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace bench {

/// Calls visit(weight, input, output), indices, for every product that a layer sums. The weights of a
/// global average count as one.
void for_each_product(const PlacedLayer& layer, auto visit) {
    const Image in = layer.input, out = layer.output();
    if (layer.kind == dense || layer.kind == global_average) {
        const std::size_t inputs = in.size() / (layer.kind == dense ? 1 : in.channels);
        for (std::size_t o = 0; o < out.channels; ++o)
            for (std::size_t i = 0; i < inputs; ++i)
                visit(o * inputs + i, layer.kind == dense ? i : o * inputs + i, o);
        return;
    }
    const Axis rows = layer.rows(), columns = layer.columns();
    const std::size_t group = layer.kind == convolution ? in.channels : 1;
    for (std::size_t o = 0; o < out.channels; ++o)
        for (std::size_t c = 0; c < group; ++c)
            for (std::size_t y = 0; y < out.height; ++y)
                for (std::size_t x = 0; x < out.width; ++x)
                    for (std::size_t i = 0; i < rows.kernel; ++i)
                        for (std::size_t j = 0; j < columns.kernel; ++j) {
                            if (!rows.reads(y, i) || !columns.reads(x, j)) continue;
                            const std::size_t channel = layer.kind == convolution ? c : o;
                            const std::size_t row = y * rows.stride + i - rows.zeros_before();
                            const std::size_t column = x * columns.stride + j - columns.zeros_before();
                            visit(((o * group + c) * rows.kernel + i) * columns.kernel + j,
                                  (channel * in.height + row) * in.width + column,
                                  (o * out.height + y) * out.width + x);
                        }
}

class ImageReference : public Reference {
public:
    ImageReference(const ImageNetwork& net, std::span<const float> start)
        : Reference(net.inputs(), net.outputs(), start), network(net) {}

private:
    void append(std::size_t index) override {
        const PlacedLayer layer = network.layer(index);
        const std::vector<double>& x = trace[index];
        std::vector<double> y(layer.output().size());
        if (layer.kind == flatten) y = x;
        if (layer.kind == max_pool) {
            std::ranges::fill(y, -1e300);
            for_each_product(layer,
                             [&](std::size_t, std::size_t i, std::size_t o) { y[o] = std::max(y[o], x[i]); });
        }
        if (layer.kind == global_average)
            for_each_product(
                layer, [&](std::size_t, std::size_t i, std::size_t o) { y[o] += x[i] / mean_of(layer); });
        if (layer.has_parameters()) {
            const double *w = &p[network.weight(index)], *b = &p[network.bias(index)];
            const std::size_t positions = y.size() / layer.biases();
            for (std::size_t o = 0; o < y.size(); ++o) y[o] = b[o / positions];
            for_each_product(layer,
                             [&](std::size_t k, std::size_t i, std::size_t o) { y[o] += w[k] * x[i]; });
            activate(layer.activation, y);
        }
        trace.push_back(std::move(y));
    }

    std::vector<double> backward(std::size_t index, std::vector<double> dy,
                                 std::vector<double>& gradient) override {
        const PlacedLayer layer = network.layer(index);
        const std::vector<double>&x = trace[index], &y = trace[index + 1];
        std::vector<double> dx(x.size());
        if (layer.kind == flatten) dx = dy;
        if (layer.kind == max_pool)
            for_each_product(layer, [&](std::size_t, std::size_t i, std::size_t o) {
                if (x[i] == y[o]) dx[i] += std::exchange(dy[o], 0.); // the first of equal values
            });
        if (layer.kind == global_average)
            for_each_product(
                layer, [&](std::size_t, std::size_t i, std::size_t o) { dx[i] += dy[o] / mean_of(layer); });
        if (layer.has_parameters()) {
            const double* w = &p[network.weight(index)];
            double *dw = &gradient[network.weight(index)], *db = &gradient[network.bias(index)];
            const std::size_t positions = y.size() / layer.biases();
            for (std::size_t o = 0; o < y.size(); ++o) {
                dy[o] *= derivative(layer.activation, y[o]);
                db[o / positions] += dy[o];
            }
            for_each_product(layer, [&](std::size_t k, std::size_t i, std::size_t o) {
                dw[k] += x[i] * dy[o];
                dx[i] += w[k] * dy[o];
            });
        }
        return dx;
    }

    std::size_t layers() const override { return network.layers(); }
    static double mean_of(const PlacedLayer& layer) {
        return static_cast<double>(layer.input.height * layer.input.width);
    }

    const ImageNetwork& network;
};

inline ImageReference reference_of(const ImageNetwork& network, std::span<const float> start) {
    return {network, start};
}

/// The jobs of an implementation whose Net<N, Rows>::run(inputs, outputs) computes Rows samples. A batch is
/// computed in parts: a layer's images of a part stay in the cache of the second or third level.
template <template <const ImageNetwork&, std::size_t> class Net> struct InParts {
    template <const ImageNetwork& N> struct One : Net<N, 1> {
        using Net<N, 1>::Net;
        Output<N> operator()(const Input<N>& x) {
            Output<N> y;
            this->run(x.data(), y.data());
            return y;
        }
    };

    static constexpr std::size_t part = 20;
    static_assert(batch_samples % part == 0);

    template <const ImageNetwork& N> struct Batch : Net<N, part> {
        using Net<N, part>::Net;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            for (std::size_t s = 0; s < batch_samples; s += part) this->run(xs[s].data(), ys[s].data());
        }
    };
};

/// main() of an implementation of image networks.
template <class Peer> int run_images(int argc, char** argv) {
    run<Peer>(Options{argc, argv}, ImagesOneSample{}, ImagesBatched{}, ImagesTraining{}, List<>{});
    return 0;
}

}
