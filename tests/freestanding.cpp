// The core without exceptions and RTTI: this program is built with -fno-exceptions -fno-rtti.
#include <tenon/tenon.hpp>

#include <array>

using namespace tenon;
using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "to be built with -fno-exceptions -fno-rtti"
#endif

int main() {
    constexpr std::array<Xor::Input, 4> xs{{{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}}};
    constexpr std::array<Xor::Output, 4> ts{{{0.f}, {1.f}, {1.f}, {0.f}}};
    Xor net;
    initialize(net, 42);
    const float before = evaluate(net, MeanSquaredError{}, xs, ts);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.05}};
    const History history = trainer.fit(xs, ts, {.epochs = 500, .batch = 4, .shuffle_seed = 7});
    std::array<Xor::Output, 4> ys{};
    net(xs, ys);
    const bool right = accuracy(net, xs, ts) == 1 && ys[1][0] > 0.5f && ys[3][0] < 0.5f;
    return history.outcome == Outcome::finished && history.last.loss < static_cast<double>(before) && right
               ? 0
               : 1;
}
