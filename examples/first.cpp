// The first program: a net is a type, which the compiler checks; it is trained and evaluated at run time.
#include <tenon/tenon.hpp>

#include <array>
#include <cstdio>

using namespace tenon;

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>; // 2 inputs, 3 hidden, 1 output

static_assert(Xor::parameter_count == 13);
static_assert(!Chain<Dense<2, 3>, Dense<4, 1>>); // 3 outputs do not fit 4 inputs: not a net

int main() {
    constexpr std::array<Xor::Input, 4> inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
    constexpr std::array<Xor::Output, 4> targets{{{0}, {1}, {1}, {0}}};

    Xor net;
    initialize(net, 42);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.05}};
    trainer.fit(inputs, targets, {.epochs = 2000});

    for (const Xor::Input& x : inputs) std::printf("%g xor %g = %.3f\n", x[0], x[1], net(x)[0]);
    return evaluate(net, MeanSquaredError{}, inputs, targets) < 0.01f ? 0 : 1;
}
