// needs: libdnnl-dev, <oneapi/dnnl/dnnl.hpp>, -ldnnl
// oneDNN's LSTM and GRU, the reset gate after the product (lbr_gru), with an inner product behind: all steps
// of a stream in one call, or one step of all streams. Causal convolutions, of all steps in one call.
#include "cell_harness.hpp"
#include "onednn_steps.hpp"

#include <array>
#include <type_traits>
#include <vector>

namespace {

using namespace bench;
using dnnl::memory;
using Tag = memory::format_tag;

struct OneDnn {
    static constexpr std::string_view name = "onednn";

    /// A cell and a dense layer, over Steps steps of Rows streams.
    template <const CellNetwork& N, std::size_t Steps, std::size_t Rows> class Net : OneDnnSteps {
    public:
        explicit Net(std::span<const float> start) : OneDnnSteps(tensor({Steps, Rows, N.width}, Tag::tnc)) {
            append_dense(start.data() + N.weight(1), start.data() + N.bias(1),
                         append_cell(start.data() + N.weight(0), start.data() + N.bias(0)));
        }
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            run(xs.front().data(), ys.front().data());
        }

    private:
        static constexpr PlacedCell cell = N.layer(0), dense = N.layer(1);
        static constexpr bool is_lstm = cell.kind == CellKind::lstm;
        static_assert(cell.recurrent() && dense.kind == CellKind::dense && N.layers() == 2);

        /// Our gate at the place of oneDNN's, whose GRU has the update gate first.
        static constexpr std::size_t gate(std::size_t own) { return is_lstm || own == 2 ? own : 1 - own; }

        memory append_cell(const float* w, const float* b) {
            constexpr std::size_t n = cell.outputs, gates = cell.gates(), in = cell.inputs;
            std::vector<float> own(cell.weights()), biases((gates + !is_lstm) * n);
            for (std::size_t row = 0; row < cell.rows(); ++row)
                for (std::size_t g = 0; g < gates; ++g)
                    std::copy_n(w + (row * gates + g) * n, n, own.data() + (row * gates + gate(g)) * n);
            for (std::size_t g = 0; g < gates; ++g)
                for (std::size_t u = 0; u < n; ++u) {
                    float& bias = biases[gate(g) * n + u];
                    bias = b[g * n + u];
                    // a GRU's biases are summed, except for those of n, which are apart
                    if (!is_lstm) (g == 2 ? biases[3 * n + u] : bias) += b[(gates + g) * n + u];
                }
            const auto weights = [&](std::size_t inputs, Tag layout) {
                return tensor({1, 1, inputs, gates, n}, layout);
            };
            const memory::desc x = x0.get_desc(), h = tensor({1, 1, Rows, n}, Tag::ldnc),
                               bias = tensor({1, 1, gates + !is_lstm, n}, Tag::ldgo),
                               y = tensor({Steps, Rows, n}, Tag::tnc);
            const auto append = [&](auto primitive, auto arguments) {
                memory of_h{h, engine}, out{y, engine};
                std::fill_n(static_cast<float*>(of_h.get_data_handle()), Rows * n, 0.f);
                arguments.insert(
                    {{DNNL_ARG_SRC_LAYER, x0},
                     {DNNL_ARG_SRC_ITER, of_h},
                     {DNNL_ARG_WEIGHTS_LAYER,
                      reordered(weights(in, Tag::ldigo), own.data(), primitive.weights_layer_desc())},
                     {DNNL_ARG_WEIGHTS_ITER, reordered(weights(n, Tag::ldigo), own.data() + in * gates * n,
                                                       primitive.weights_iter_desc())},
                     {DNNL_ARG_BIAS, reordered(bias, biases.data(), bias)},
                     {DNNL_ARG_DST_LAYER, out},
                     {DNNL_ARG_DST_ITER, of_h}});
                steps.emplace_back(dnnl::primitive(primitive.get()), std::move(arguments));
                return out;
            };
            constexpr auto kind = dnnl::prop_kind::forward_inference;
            constexpr auto direction = dnnl::rnn_direction::unidirectional_left2right;
            if constexpr (is_lstm) {
                memory c{h, engine};
                std::fill_n(static_cast<float*>(c.get_data_handle()), Rows * n, 0.f);
                const dnnl::lstm_forward::desc description{
                    kind, direction, x, h, h, weights(in, Tag::any), weights(n, Tag::any), bias, y, h, h};
                return append(dnnl::lstm_forward::primitive_desc{description, engine},
                              Arguments{{DNNL_ARG_SRC_ITER_C, c}, {DNNL_ARG_DST_ITER_C, c}});
            } else {
                const dnnl::lbr_gru_forward::desc description{
                    kind, direction, x, h, weights(in, Tag::any), weights(n, Tag::any), bias, y, h};
                return append(dnnl::lbr_gru_forward::primitive_desc{description, engine}, Arguments{});
            }
        }

        void append_dense(const float* w, const float* b, memory from) {
            const auto weights = [](Tag layout) { return tensor({dense.outputs, dense.inputs}, layout); };
            memory x{tensor({Steps * Rows, dense.inputs}, Tag::ab), engine, from.get_data_handle()};
            owned = from;
            const memory::desc bias = tensor({dense.outputs}, Tag::a),
                               y = tensor({Steps * Rows, dense.outputs}, Tag::ab);
            using Product = dnnl::inner_product_forward;
            const Product::primitive_desc primitive{
                Product::desc{dnnl::prop_kind::forward_inference, x.get_desc(), weights(Tag::any), bias, y},
                engine};
            y0 = {y, engine, nullptr};
            steps.emplace_back(
                Product{primitive},
                Arguments{{DNNL_ARG_SRC, x},
                          {DNNL_ARG_WEIGHTS, reordered(weights(Tag::ba), w, primitive.weights_desc())},
                          {DNNL_ARG_BIAS, reordered(bias, b, bias)},
                          {DNNL_ARG_DST, y0}});
        }

        memory owned; // what the inner product reads
    };

    /// Causal convolutions, and dense layers as those of kernel 1. rows[i] are the inputs of layer i, a row
    /// for each step: of its past, then of run_steps, which are not fewer.
    template <const CellNetwork& N> class Causal : OneDnnSteps {
    public:
        explicit Causal(std::span<const float> start) : OneDnnSteps(values(0, past(0))) {
            for (std::size_t i = 0; i < N.layers(); ++i) rows[i].resize((past(i) + run_steps) * width(i));
            for (std::size_t i = 0; i < N.layers(); ++i) {
                const bool is_last = i + 1 == N.layers();
                const memory x = i == 0 ? x0 : memory{values(i, past(i)), engine, rows[i].data()};
                y0 = {values(i + 1, 0), engine, is_last ? nullptr : now(i + 1)};
                append(N.layer(i), start.data() + N.weight(i), x, y0);
            }
        }
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            std::copy_n(xs.front().data(), run_steps * N.width, now(0));
            run(rows[0].data(), ys.front().data());
            for (std::size_t i = 0; i < N.layers(); ++i)
                std::copy_n(rows[i].data() + run_steps * width(i), past(i) * width(i), rows[i].data());
        }

    private:
        static constexpr std::size_t past(std::size_t i) { return N.layer(i).past(); }
        /// The inputs of layer i at a step; behind the last layer, its outputs.
        static constexpr std::size_t width(std::size_t i) {
            return i == 0 ? N.width : N.layer(i - 1).outputs;
        }
        static memory::desc values(std::size_t i, std::size_t before) {
            return tensor({1, width(i), before + run_steps}, Tag::nwc);
        }
        float* now(std::size_t i) { return rows[i].data() + past(i) * width(i); }

        void append(const PlacedCell& layer, const float* w, const memory& x, const memory& y) {
            const auto weights = [&](Tag layout) {
                return tensor({layer.outputs, layer.inputs, layer.kernel}, layout);
            };
            const memory::desc bias = tensor({layer.outputs}, Tag::a);
            using Convolution = dnnl::convolution_forward;
            const Convolution::desc description{dnnl::prop_kind::forward_inference,
                                                dnnl::algorithm::convolution_auto,
                                                x.get_desc(),
                                                weights(Tag::any),
                                                bias,
                                                y.get_desc(),
                                                {1},
                                                {static_cast<memory::dim>(layer.dilation) - 1},
                                                {0},
                                                {0}};
            const Convolution::primitive_desc primitive{description, with_activation(layer.activation),
                                                        engine};
            steps.emplace_back(
                Convolution{primitive},
                Arguments{{DNNL_ARG_SRC, x},
                          {DNNL_ARG_WEIGHTS, reordered(weights(Tag::wio), w, primitive.weights_desc())},
                          {DNNL_ARG_BIAS, reordered(bias, w + layer.weights(), bias)},
                          {DNNL_ARG_DST, y}});
        }

        std::array<Aligned<float>, N.layers()> rows;
    };

    template <const CellNetwork& N>
        requires(!N.layer(0).is_wavenet())
    using Stream = std::conditional_t<N.layer(0).recurrent(), Net<N, run_steps, 1>, Causal<N>>;
    template <const CellNetwork& N> using Streams = Net<N, 1, stream_count>;
};

}

int main(int argc, char** argv) { return bench::run_cells<OneDnn>(argc, argv); }
