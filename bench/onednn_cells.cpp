// needs: libdnnl-dev, <oneapi/dnnl/dnnl.hpp>, -ldnnl
// oneDNN's LSTM and GRU, the reset gate after the product (lbr_gru), with an inner product behind: all steps
// of a stream in one call, or one step of all streams.
#include "cell_harness.hpp"
#include "onednn_steps.hpp"

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

        static memory::desc tensor(std::initializer_list<std::size_t> sizes, Tag layout) {
            return {memory::dims(sizes.begin(), sizes.end()), memory::data_type::f32, layout};
        }
        /// Our gate at the place of oneDNN's, whose GRU has the update gate first.
        static constexpr std::size_t gate(std::size_t own) { return is_lstm || own == 2 ? own : 1 - own; }

        memory reordered(const memory::desc& plain, const float* values, const memory::desc& wanted) {
            memory from{plain, engine, const_cast<float*>(values)}, to{wanted, engine};
            dnnl::reorder(from, to).execute(stream, from, to);
            stream.wait();
            return to;
        }

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

    template <const CellNetwork& N>
        requires(N.layer(0).recurrent())
    struct Stream : Net<N, run_steps, 1> {
        using Net<N, run_steps, 1>::Net;
    };
    template <const CellNetwork& N> struct Streams : Net<N, 1, stream_count> {
        using Net<N, 1, stream_count>::Net;
    };
};

}

int main(int argc, char** argv) { return bench::run_cells<OneDnn>(argc, argv); }
