// needs: libdnnl-dev, <oneapi/dnnl/dnnl.hpp>, -ldnnl
// oneDNN's image networks: convolutions with the activation as a post-operation, and images and weights in
// the layouts that oneDNN chooses.
#include "image_harness.hpp"
#include "onednn_steps.hpp"

namespace {

using namespace bench;
using dnnl::memory;
using Tag = memory::format_tag;

template <const ImageNetwork& N, std::size_t Rows> class OneDnnNet : protected OneDnnSteps {
public:
    explicit OneDnnNet(std::span<const float> start) : OneDnnSteps(images(N.input, Tag::nchw)) {
        memory x = x0;
        for (std::size_t index = 0; index < N.layers(); ++index) {
            const PlacedLayer layer = N.layer(index);
            const float *w = start.data() + N.weight(index), *b = start.data() + N.bias(index);
            if (layer.kind == convolution || layer.kind == depthwise) x = append_convolution(layer, w, b, x);
            if (layer.kind == dense) x = append_dense(layer, w, b, x);
            if (layer.kind == max_pool) x = append_pool(layer, dnnl::algorithm::pooling_max, layer.kernel, x);
            if (layer.kind == global_average)
                x = append_pool(layer, dnnl::algorithm::pooling_avg_exclude_padding,
                                {layer.input.height, layer.input.width}, x);
            if (layer.activation == softmax) x = append_softmax(x);
        }
        const PlacedLayer last = N.layer(N.layers() - 1);
        y0 = last.kind == dense ? x : in_layout(images(last.output(), Tag::nchw), x);
    }

private:
    static memory::desc images(Image image, Tag layout) {
        return tensor({Rows, image.channels, image.height, image.width}, layout);
    }
    static memory::dims sizes(std::size_t rows, std::size_t columns) {
        return {static_cast<memory::dim>(rows), static_cast<memory::dim>(columns)};
    }

    /// x in another layout, by a step if it has to be converted.
    memory in_layout(const memory::desc& wanted, memory x) {
        if (x.get_desc() == wanted) return x;
        memory y{wanted, engine};
        steps.emplace_back(dnnl::reorder(x, y), Arguments{{DNNL_ARG_FROM, x}, {DNNL_ARG_TO, y}});
        return y;
    }

    /// Appends a convolution or an inner product.
    memory append_weighted(auto primitive, const memory::desc& plain, const float* w, const float* b,
                           memory x) {
        memory from{plain, engine, const_cast<float*>(w)}, weights{primitive.weights_desc(), engine};
        dnnl::reorder(from, weights).execute(stream, from, weights);
        memory bias{primitive.bias_desc(), engine}, y{primitive.dst_desc(), engine};
        std::copy_n(b, primitive.bias_desc().dims()[0], static_cast<float*>(bias.get_data_handle()));
        stream.wait();
        x = in_layout(primitive.src_desc(), x);
        steps.emplace_back(dnnl::primitive(primitive.get()), Arguments{{DNNL_ARG_SRC, x},
                                                                       {DNNL_ARG_WEIGHTS, weights},
                                                                       {DNNL_ARG_BIAS, bias},
                                                                       {DNNL_ARG_DST, y}});
        return y;
    }

    memory append_convolution(const PlacedLayer& layer, const float* w, const float* b, memory x) {
        const std::size_t out = layer.channels, in = layer.input.channels, *kernel = layer.kernel.data();
        const bool grouped = layer.kind == depthwise;
        const auto weights = [&](Tag layout) {
            return grouped ? tensor({in, 1, 1, kernel[0], kernel[1]}, layout)
                           : tensor({out, in, kernel[0], kernel[1]}, layout);
        };
        const Axis rows = layer.rows(), columns = layer.columns();
        using Convolution = dnnl::convolution_forward;
        const Convolution::desc description{dnnl::prop_kind::forward_inference,
                                            dnnl::algorithm::convolution_auto,
                                            images(layer.input, Tag::any),
                                            weights(Tag::any),
                                            tensor({out}, Tag::a),
                                            images(layer.output(), Tag::any),
                                            sizes(rows.stride, columns.stride),
                                            sizes(rows.zeros_before(), columns.zeros_before()),
                                            sizes(rows.zeros_behind(), columns.zeros_behind())};
        const Convolution::primitive_desc primitive{description, with_activation(layer.activation), engine};
        return append_weighted(primitive, weights(grouped ? Tag::goihw : Tag::oihw), w, b, x);
    }

    memory append_dense(const PlacedLayer& layer, const float* w, const float* b, memory x) {
        const Image in = layer.input;
        // The image before it was flattened, if it was: oneDNN's inner product takes it as it is.
        const memory::dims image = x.get_desc().dims();
        const bool flat = image.size() == 2 || (image[2] == 1 && image[3] == 1);
        memory::dims sizes = flat ? memory::dims{1, static_cast<memory::dim>(in.size())} : image;
        if (flat && image.size() == 4) {
            memory y{tensor({Rows, in.size()}, Tag::ab), engine, nullptr};
            x = in_layout(images(in, Tag::nchw), x);
            y.set_data_handle(x.get_data_handle());
            x = y;
        }
        sizes[0] = static_cast<memory::dim>(layer.channels);
        const auto weights = [&](Tag layout) { return memory::desc(sizes, memory::data_type::f32, layout); };
        using Product = dnnl::inner_product_forward;
        const Product::desc description{dnnl::prop_kind::forward_inference, x.get_desc(), weights(Tag::any),
                                        tensor({layer.channels}, Tag::a),
                                        tensor({Rows, layer.channels}, Tag::ab)};
        const Product::primitive_desc primitive{description, with_activation(layer.activation), engine};
        return append_weighted(primitive, weights(flat ? Tag::ab : Tag::abcd), w, b, x);
    }

    memory append_pool(const PlacedLayer& layer, dnnl::algorithm kind, std::array<std::size_t, 2> kernel,
                       memory x) {
        using Pool = dnnl::pooling_forward;
        const Pool::desc description{dnnl::prop_kind::forward_inference,
                                     kind,
                                     x.get_desc(),
                                     images(layer.output(), Tag::any),
                                     sizes(layer.stride, layer.stride),
                                     sizes(kernel[0], kernel[1]),
                                     sizes(0, 0),
                                     sizes(0, 0)};
        const Pool::primitive_desc primitive{description, engine};
        memory y{primitive.dst_desc(), engine};
        steps.emplace_back(Pool{primitive}, Arguments{{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
        return y;
    }
};

struct OneDnn : InParts<OneDnnNet> {
    static constexpr std::string_view name = "onednn";
};

}

int main(int argc, char** argv) { return bench::run_images<OneDnn>(argc, argv); }
