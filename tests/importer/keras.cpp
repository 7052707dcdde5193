// Saves nets that tenon-import can write as Keras' models, and beside each a text file: in a line inputs,
// then outputs, of a sample or of the steps of a stream. The folder is the current one.
#include <tenon/io/safetensors.hpp>
#include <tenon/tenon.hpp>

#include <array>
#include <cstddef>
#include <fstream>
#include <ratio>
#include <string>

using namespace tenon;

namespace {

template <class Rows> void put_rows(std::ofstream& out, const Rows& rows) {
    for (const auto& row : rows)
        for (const auto value : row) out << value << ' ';
}

/// Of a net with state nine steps of each stream.
template <class N> void put(const std::string& name) {
    N net;
    initialize(net, 1);
    Random random{3};
    for (auto& p : net.parameters()) p += static_cast<typename N::Scalar>(0.2 * random.normal());
    save(net, "keras_of_" + name + ".safetensors");
    std::ofstream out{"keras_of_" + name + ".txt"};
    out.precision(17);
    for (int sample = 0; sample < 4; ++sample) {
        constexpr std::size_t steps = N::state_count > 0 ? 9 : 1;
        std::array<typename N::Input, steps> xs;
        std::array<typename N::Output, steps> ys;
        for (auto& x : xs)
            for (auto& v : x) v = static_cast<typename N::Scalar>(random.normal());
        if constexpr (N::state_count > 0) {
            State<N> state;
            net.run(state, xs, ys);
        } else ys[0] = net(xs[0]);
        put_rows(out, xs);
        put_rows(out, ys);
        out << '\n';
    }
}

using Row =
    Net<Scale<Shape<3>>, Dense<3, 8, Tanh>, BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>>,
        Net<Dense<8, 8, LeakyRelu, false>, LayerNorm<Shape<8>>>, PRelu<Shape<8>>, Dense<8, 5, Softmax>>;
using Activations =
    Net<Dense<4, 4, Relu>, Dense<4, 4, Sigmoid>, Activate<Shape<4>, Elu>, Dense<4, 4, Selu>,
        Activate<Shape<4>, Gelu>, Dense<4, 4, Silu>, Dense<4, 4, Softplus>, Activate<Shape<4>, Softsign>,
        Dense<4, 4, HardSigmoid>, Dense<4, 4, EluWith<std::ratio<1, 2>>>,
        Activate<Shape<4>, LeakyReluWith<std::ratio<1, 10>>>, Dense<4, 4, LeakyReluWith<std::ratio<1, 5>>>,
        BatchNorm<Shape<4>, std::ratio<1, 10>, std::ratio<1, 100000>, false>,
        LayerNorm<Shape<4>, std::ratio<1, 1000>, false>, Dense<4, 3, LogSoftmax>>;
using Stream = Net<Scale<Shape<2>>, LSTM<2, 20>, GRU<20, 17>, GRU<17, 3, ResetBefore>, RNN<3, 4, Relu>,
                   PRelu<Shape<4>>, CausalConv<4, 6, Kernel<3>, Tanh, Dilation<2>, Groups<2>>,
                   CausalConv<6, 2, Kernel<2>, NoBias>, Dense<2, 1>>;
using Windows = Net<Sequence<6, Dense<2, 3, Tanh>, LSTM<3, 5>, PRelu<Shape<5>>>, Bidirectional<6, GRU<5, 3>>,
                    Bidirectional<6, LSTM<6, 17>>, LastStep<Shape<6, 34>>, Dense<34, 2, Softmax>>;
using LastOfCell = Net<Sequence<5, GRU<3, 4, ResetBefore>>, LastStep<Shape<5, 4>>, Dense<4, 2>>;
using Finals = Net<Bidirectional<5, RNN<3, 4>>, FinalStates<Shape<5, 8>>, Dense<8, 2>>;
using AllSteps = Net<Sequence<5, LSTM<3, 2>>, Flatten<Shape<5, 2>>, Dense<10, 2>>;

} // namespace

int main() {
    put<Row>("row");
    put<Activations>("activations");
    put<Stream>("stream");
    put<Net<LSTM<1, 20>, Dense<20, 1>>>("amp");
    put<Windows>("windows");
    put<LastOfCell>("last_of_cell");
    put<Finals>("finals");
    put<AllSteps>("all_steps");
    put<NetOf<double, GRU<2, 5>, Dense<5, 1>>>("doubles");
    put<Net<Dense<2, 3>, Residual<Dense<3, 3>>>>("refused_residual");
    put<Net<Dense<2, 3, GeluTanh>>>("refused_activation");
    put<Net<Sequence<3, LSTM<1, 2>>, FinalStates<Shape<3, 2>>>>("refused_finals");
}
