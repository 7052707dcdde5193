// needs: libdnnl-dev, <oneapi/dnnl/dnnl.hpp>, -ldnnl
// oneDNN: inner products with the activation as a post-operation, weights in the layout that oneDNN chooses.
#include "harness.hpp"
#include "onednn_steps.hpp"

namespace {

using namespace bench;
using dnnl::memory;

struct OneDnn {
    static constexpr std::string_view name = "onednn";

    template <const Network& N, std::size_t Rows> class Net : protected OneDnnSteps {
    public:
        explicit Net(std::span<const float> start)
            : OneDnnSteps(matrix(Rows, N.inputs(), memory::format_tag::ab)) {
            memory x = x0;
            for (std::size_t layer = 0; layer < N.layers(); ++layer) x = append_dense(layer, start, x);
            if (N.last == softmax) x = append_softmax(x);
            y0 = x;
        }

    private:
        static memory::dim size(std::size_t value) { return static_cast<memory::dim>(value); }
        static memory::desc matrix(std::size_t rows, std::size_t columns, memory::format_tag layout) {
            return {{size(rows), size(columns)}, memory::data_type::f32, layout};
        }

        /// y = A(x W + b)
        memory append_dense(std::size_t layer, std::span<const float> start, memory x) {
            using tag = memory::format_tag;
            const std::size_t in = N.widths[layer], out = N.widths[layer + 1];
            const memory::desc bias{{size(out)}, memory::data_type::f32, tag::a};
            using Product = dnnl::inner_product_forward;
            const Product::desc description{dnnl::prop_kind::forward_inference, x.get_desc(),
                                            matrix(out, in, tag::any), bias, matrix(Rows, out, tag::ab)};
            const Product::primitive_desc primitive{description, with_activation(N.activation(layer)),
                                                    engine};

            memory plain_w{matrix(out, in, tag::ba), engine, const_cast<float*>(&start[N.weight(layer)])};
            memory w{primitive.weights_desc(), engine}, b{bias, engine}, y{primitive.dst_desc(), engine};
            dnnl::reorder(plain_w, w).execute(stream, plain_w, w);
            std::copy_n(&start[N.bias(layer)], out, static_cast<float*>(b.get_data_handle()));
            stream.wait();
            steps.emplace_back(
                Product{primitive},
                Arguments{{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST, y}});
            return y;
        }
    };

    template <const Network& N> struct One : Net<N, 1> {
        using Net<N, 1>::Net;
        Output<N> operator()(const Input<N>& x) {
            Output<N> y;
            this->run(x.data(), y.data());
            return y;
        }
    };

    template <const Network& N> struct Batch : Net<N, batch_samples> {
        using Net<N, batch_samples>::Net;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            this->run(xs[0].data(), ys[0].data());
        }
    };
};

}

int main(int argc, char** argv) { return bench::run<OneDnn>(argc, argv); }
