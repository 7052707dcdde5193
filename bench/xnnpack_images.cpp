// needs: libxnnpack-dev libpthreadpool-dev, <xnnpack.h>, -lXNNPACK
// XNNPACK's image networks: an operator for each layer, with the activation as bounds of its outputs. Images
// have their channels innermost; weights are reordered and packed beforehand.
#include "image_harness.hpp"

#include <xnnpack.h>

#include <limits>
#include <memory>
#include <stdexcept>

namespace {

using namespace bench;

void require(xnn_status status) {
    if (status != xnn_status_success) throw std::runtime_error("XNNPACK: status " + std::to_string(status));
}
std::uint32_t number(std::size_t value) { return static_cast<std::uint32_t>(value); }

struct Delete {
    void operator()(xnn_operator_t step) const { xnn_delete_operator(step); }
};

template <const ImageNetwork& N, std::size_t Rows> class XnnpackNet {
public:
    explicit XnnpackNet(std::span<const float> start) {
        require(xnn_initialize(nullptr));
        x0 = buffer(N.input);
        float* x = x0;
        Image image = N.input; // of x: not flattened
        for (std::size_t index = 0; index < N.layers(); ++index) {
            const PlacedLayer layer = N.layer(index);
            if (layer.kind == flatten) continue;
            const float *w = start.data() + N.weight(index), *b = start.data() + N.bias(index);
            float* const y = buffer(layer.output());
            if (layer.kind == convolution || layer.kind == depthwise) append_convolution(layer, w, b, x, y);
            if (layer.kind == dense) append_dense(layer, image, w, b, x, y);
            if (layer.kind == max_pool) append_max_pool(layer, x, y);
            if (layer.kind == global_average) append_global_average(image, x, y);
            if (layer.activation == softmax) append_softmax(layer.channels, y);
            x = y;
            image = layer.output();
        }
        y0 = x;
    }

protected:
    /// Copies the inputs in any case: XNNPACK reads up to XNN_EXTRA_BYTES behind them.
    void run(const float* x, float* y) {
        for_each_value<N.input>([&](std::size_t inside, std::size_t outside) { x0[inside] = x[outside]; });
        for (const auto& step : steps) require(xnn_run_operator(step.get(), nullptr));
        for_each_value<N.layer(N.layers() - 1).output()>(
            [&](std::size_t inside, std::size_t outside) { y[outside] = y0[inside]; });
    }

private:
    /// Calls copy(index with the channels innermost, index with the channels first).
    template <Image I> static void for_each_value(auto copy) {
        constexpr std::size_t positions = I.height * I.width;
        for (std::size_t first = 0; first < Rows * I.size(); first += I.size())
            for (std::size_t p = 0; p < positions; ++p)
                for (std::size_t c = 0; c < I.channels; ++c)
                    copy(first + p * I.channels + c, first + c * positions + p);
    }
    float* buffer(Image image) {
        buffers.emplace_back(Rows * image.size() + XNN_EXTRA_BYTES / sizeof(float));
        return buffers.back().data();
    }
    /// Weights [out][channel][position] as [out][position][channel].
    static std::vector<float> reordered(const PlacedLayer& layer, std::size_t positions, const float* w) {
        const std::size_t channels = layer.fan_in() / positions;
        std::vector<float> to(layer.weights());
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = w[(i / layer.fan_in() * channels + i % channels) * positions + i / channels % positions];
        return to;
    }
    static float least(const PlacedLayer& layer) {
        return layer.activation == relu ? 0 : -std::numeric_limits<float>::infinity();
    }
    static constexpr float most = std::numeric_limits<float>::infinity();
    void append(xnn_operator_t step) { steps.emplace_back(step); }

    void append_convolution(const PlacedLayer& layer, const float* w, const float* b, const float* x,
                            float* y) {
        const Axis rows = layer.rows(), columns = layer.columns();
        const std::size_t in = layer.input.channels, groups = layer.kind == depthwise ? in : 1;
        xnn_operator_t step = nullptr;
        require(xnn_create_convolution2d_nhwc_f32(
            number(rows.zeros_before()), number(columns.zeros_behind()), number(rows.zeros_behind()),
            number(columns.zeros_before()), number(rows.kernel), number(columns.kernel), number(rows.stride),
            number(columns.stride), 1, 1, number(groups), in / groups, layer.channels / groups, in,
            layer.channels, reordered(layer, rows.kernel * columns.kernel, w).data(), b, least(layer), most,
            0, &step));
        append(step);
        require(xnn_setup_convolution2d_nhwc_f32(step, Rows, layer.input.height, layer.input.width, x, y,
                                                 nullptr));
    }
    void append_dense(const PlacedLayer& layer, Image image, const float* w, const float* b, const float* x,
                      float* y) {
        xnn_operator_t step = nullptr;
        require(xnn_create_fully_connected_nc_f32(image.size(), layer.channels, image.size(), layer.channels,
                                                  reordered(layer, image.height * image.width, w).data(), b,
                                                  least(layer), most, 0, &step));
        append(step);
        require(xnn_setup_fully_connected_nc_f32(step, Rows, x, y, nullptr));
    }
    void append_max_pool(const PlacedLayer& layer, const float* x, float* y) {
        const std::size_t channels = layer.input.channels;
        xnn_operator_t step = nullptr;
        require(xnn_create_max_pooling2d_nhwc_f32(
            0, 0, 0, 0, number(layer.kernel[0]), number(layer.kernel[1]), number(layer.stride),
            number(layer.stride), 1, 1, channels, channels, channels, least(layer), most, 0, &step));
        append(step);
        require(xnn_setup_max_pooling2d_nhwc_f32(step, Rows, layer.input.height, layer.input.width, x, y,
                                                 nullptr));
    }
    void append_global_average(Image image, const float* x, float* y) {
        xnn_operator_t step = nullptr;
        require(xnn_create_global_average_pooling_nwc_f32(image.channels, image.channels, image.channels,
                                                          -most, most, 0, &step));
        append(step);
        require(
            xnn_setup_global_average_pooling_nwc_f32(step, Rows, image.height * image.width, x, y, nullptr));
    }
    void append_softmax(std::size_t channels, float* y) {
        xnn_operator_t step = nullptr;
        require(xnn_create_softmax_nc_f32(channels, channels, channels, 0, &step));
        append(step);
        require(xnn_setup_softmax_nc_f32(step, Rows, y, y, nullptr));
    }

    std::vector<Aligned<float>> buffers;
    std::vector<std::unique_ptr<xnn_operator, Delete>> steps;
    float *x0, *y0;
};

struct Xnnpack : InParts<XnnpackNet> {
    static constexpr std::string_view name = "xnnpack";
};

}

int main(int argc, char** argv) { return bench::run_images<Xnnpack>(argc, argv); }
