// needs: libfann-dev, <fann.h>, -lfann
// FANN. It has no softmax: outputs of nets with softmax are computed from FANN's by hand, and these nets are
// not trained.
#include "by_hand.hpp"
#include "harness.hpp"

#include <fann.h>

namespace {

using namespace bench;

/// FANN has no ReLU; FANN_LINEAR_PIECE is linear between 0 and 1 and constant outside. The values of hidden
/// layers are scaled by this power of two, so that they stay below 1, and the last layer's weights by its
/// inverse: the outputs do not change.
constexpr float hidden_scale = 1.f / 1024;

struct Fann {
    static constexpr std::string_view name = "fann";

    template <const Network& N> class Net {
    public:
        explicit Net(std::span<const float> start) {
            std::array<unsigned, N.layers() + 1> widths;
            for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = static_cast<unsigned>(N.widths[i]);
            ann = fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data());
            fann_set_activation_function_hidden(ann, function(N.hidden));
            fann_set_activation_steepness_hidden(ann, steepness(N.hidden));
            fann_set_activation_function_output(ann, function(N.last));
            fann_set_activation_steepness_output(ann, steepness(N.last));
            for_each_weight([&](std::size_t i, float& weight, float scale) { weight = start[i] * scale; });
        }
        ~Net() { fann_destroy(ann); }
        Net(const Net&) = delete;
        Net& operator=(const Net&) = delete;

        Output<N> operator()(const Input<N>& x) {
            Output<N> y;
            std::copy_n(fann_run(ann, const_cast<float*>(x.data())), y.size(), y.begin());
            if constexpr (N.last == softmax) activate<softmax>(y);
            return y;
        }

    protected:
        /// Calls visit(index in the flat parameters, FANN's weight, its scale) for all. FANN stores, for each
        /// output, the weights of all inputs and then the bias.
        void for_each_weight(auto visit) const {
            float* weight = ann->weights;
            for (std::size_t layer = 0; layer < N.layers(); ++layer) {
                const std::size_t in = N.widths[layer], out = N.widths[layer + 1];
                const bool first = layer == 0, last = layer + 1 == N.layers(), scaled = N.hidden == relu;
                const float scale = !scaled ? 1 : first ? hidden_scale : last ? 1 / hidden_scale : 1;
                for (std::size_t o = 0; o < out; ++o) {
                    for (std::size_t i = 0; i < in; ++i)
                        visit(N.weight(layer) + i * out + o, *weight++, scale);
                    visit(N.bias(layer) + o, *weight++, scaled && !last ? hidden_scale : 1);
                }
            }
        }
        fann* ann;

    private:
        static fann_activationfunc_enum function(Activation activation) {
            if (activation == relu) return FANN_LINEAR_PIECE;
            if (activation == sigmoid) return FANN_SIGMOID;
            if (activation == Activation::tanh) return FANN_SIGMOID_SYMMETRIC;
            return FANN_LINEAR;
        }
        /// FANN's sigmoid is 1 / (1 + exp(-2 steepness z)), its symmetric sigmoid tanh(steepness z).
        static float steepness(Activation activation) { return activation == sigmoid ? 0.5f : 1.f; }
    };

    template <const Network& N> using One = Net<N>;

    template <const Job& J, const Network& N = J.network>
        requires(N.hidden == sigmoid && N.last == sigmoid && J.optimizer == Optimizer::sgd)
    class Train : Net<N> {
    public:
        explicit Train(std::span<const float> start)
            : Net<N>(start), data(fann_create_train(J.batch, N.inputs(), N.outputs())) {
            fann_set_train_error_function(this->ann, FANN_ERRORFUNC_LINEAR);
            fann_set_training_algorithm(this->ann, J.batch == 1 ? FANN_TRAIN_INCREMENTAL : FANN_TRAIN_BATCH);
            fann_set_learning_rate(this->ann, static_cast<float>(sgd_rate));
        }
        ~Train() { fann_destroy_train(data); }

        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            if constexpr (J.batch == 1) {
                fann_train(this->ann, const_cast<float*>(xs[0].data()), const_cast<float*>(ts[0].data()));
            } else {
                for (std::size_t s = 0; s < J.batch; ++s) {
                    std::ranges::copy(xs[s], data->input[s]);
                    std::ranges::copy(ts[s], data->output[s]);
                }
                fann_train_epoch(this->ann, data);
            }
        }
        void read(std::span<float> to) const {
            this->for_each_weight([&](std::size_t i, float& weight, float) { to[i] = weight; });
        }

    private:
        fann_train_data* data;
    };
};

}

int main(int argc, char** argv) { return bench::run<Fann>(argc, argv); }
