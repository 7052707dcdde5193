// XOR, trained by the compiler.
//
// The program contains the trained weights as a constant, and static_assert can check the net's outputs.
#include <tenon/tenon.hpp>

#include <cstdio>

using namespace tenon;
using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

constexpr Xor::Input inputs[] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
constexpr Xor::Output targets[] = {{0}, {1}, {1}, {0}};

constexpr Xor trained = [] {
    Xor net;
    initialize(net, 42);
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 2}};
    for (int epoch = 0; epoch < 400; ++epoch)
        for (int i = 0; i < 4; ++i) trainer.step(inputs[i], targets[i]);
    return net;
}();

static_assert(trained({0, 0})[0] < 0.2f);
static_assert(trained({0, 1})[0] > 0.8f);
static_assert(trained({1, 0})[0] > 0.8f);
static_assert(trained({1, 1})[0] < 0.2f);

int main() {
    std::puts("trained by the compiler:");
    for (const Xor::Input& x : inputs)
        std::printf("  %g xor %g = %.3f\n", static_cast<double>(x[0]), static_cast<double>(x[1]),
                    static_cast<double>(trained(x)[0]));
}
