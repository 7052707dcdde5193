// XOR, the textbooks' first network, with and without biases.
//
// 2-3-1 with sigmoids and half squared error; each step uses all four samples. A layer without biases is
// another type: Dense<2, 3, Sigmoid, false>.
#include <tenon/tenon.hpp>

#include <array>
#include <cmath>
#include <cstdio>

using namespace tenon;

constexpr std::array<std::array<float, 2>, 4> inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<std::array<float, 1>, 4> targets{{{0}, {1}, {1}, {0}}};

/// Trains the network and prints its outputs. Returns true if every output is within 0.1 of its target.
template <class Network> bool learns_xor(const char* title) {
    Network net;
    initialize(net, 1);
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 8}};
    for (int epoch = 0; epoch < 5000; ++epoch) trainer.step(inputs, targets);

    std::printf("%s: %zu parameters, loss %.5f\n", title, Network::parameter_count,
                static_cast<double>(evaluate(net, HalfSquaredError{}, inputs, targets)));
    bool learnt = true;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const float y = net(inputs[i])[0];
        std::printf("  %g xor %g = %.3f\n", static_cast<double>(inputs[i][0]),
                    static_cast<double>(inputs[i][1]), static_cast<double>(y));
        learnt = learnt && std::abs(y - targets[i][0]) < 0.1f;
    }
    return learnt;
}

int main() {
    const bool with = learns_xor<Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>>("with biases");
    const bool without =
        learns_xor<Net<Dense<2, 3, Sigmoid, false>, Dense<3, 1, Sigmoid, false>>>("without biases");
    return with && without ? 0 : 1;
}
