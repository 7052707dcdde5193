// A net trained at run time, and one trained by the compiler and stored as a constant.
#include <tenon/tenon.hpp>

#include <array>
#include <cstdio>

using namespace tenon;

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;
using Line = Net<Dense<1, 1>>;

constexpr Line line = [] {
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.25}};
    for (int epoch = 0; epoch < 60; ++epoch)
        for (const float x : {-1.f, 0.f, 1.f}) trainer.step(Line::Input{x}, Line::Output{3 * x - 1});
    return net;
}();
static_assert(line({2.f})[0] > 4.99f && line({2.f})[0] < 5.01f);

int main() {
    constexpr std::array<Xor::Input, 4> inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
    constexpr std::array<Xor::Output, 4> targets{{{0}, {1}, {1}, {0}}};

    Xor net;
    initialize(net, 42);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.05}};
    trainer.fit(inputs, targets, {.epochs = 2000});

    const float loss = evaluate(net, MeanSquaredError{}, inputs, targets);
    std::printf("tenon " TENON_VERSION ": loss of xor %.9g, error of 3 x - 1 at x = 2 %.9g\n",
                static_cast<double>(loss), static_cast<double>(line({2.f})[0] - 5));
    return loss < 0.01f ? 0 : 1;
}
