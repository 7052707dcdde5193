// Nets trained by the compiler.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

using namespace tenon;

namespace {

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;
constexpr std::array<std::pair<Xor::Input, Xor::Output>, 4> table{
    {{{0, 0}, {0}}, {{0, 1}, {1}}, {{1, 0}, {1}}, {{1, 1}, {0}}}};

constexpr Xor trained() {
    Xor n;
    initialize(n, 42);
    Trainer t{n, MeanSquaredError{}, Sgd{.learning_rate = 2.f}};
    for (int epoch = 0; epoch < 1500; ++epoch)
        for (auto& [x, y] : table) t.step(x, y);
    return n;
}

constexpr Xor born = trained();
static_assert(born({0.f, 1.f})[0] > 0.8f && born({1.f, 0.f})[0] > 0.8f);
static_assert(born({0.f, 0.f})[0] < 0.2f && born({1.f, 1.f})[0] < 0.2f);

/// One step of each kind by the compiler: one sample, a minibatch in two rounds, Adam, Softmax, a nested net,
/// fit.
using Deep = Net<Net<Dense<2, 5, Gelu>, Dense<5, 3, Elu>>, Dense<3, 3, Softmax>>;
constexpr Deep stepped() {
    Deep net;
    initialize(net, 7);
    std::array<Deep::Input, 5> xs{};
    std::array<int, 5> ts{0, 1, 2, 1, 0};
    for (std::size_t s = 0; s < 5; ++s) xs[s] = {static_cast<float>(s) / 4, 1 - static_cast<float>(s) / 2};
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.01}, batch_size<3>};
    trainer.step(xs[0], 2);
    trainer.step(std::span<const Deep::Input>(xs), ts);
    trainer.fit(xs, ts, {.epochs = 2, .batch = 2, .shuffle_seed = 3});
    return net;
}
constexpr Deep stepped_by_compiler = stepped();

} // namespace

// A batch of registers and one of numbers differ by roundings: 2e-5 after 6000 steps, 2e-6 after 8.
TEST_CASE("a net trained by the compiler is the net trained at run time, but for rounding") {
    CHECK(largest_error(trained().parameters(), born.parameters(), 1) < 2e-5);
    CHECK(largest_error(stepped().parameters(), stepped_by_compiler.parameters(), 1) < 2e-6);
    CHECK(largest_error(stepped().parameters(), Deep{}.parameters(), 1) > 0.1);
    for (const auto& [x, y] : table) {
        const Xor copy = born;
        CHECK(std::abs(copy(x)[0] - born(x)[0]) < 1e-6f);
        CHECK((born(x)[0] > 0.5f) == (y[0] == 1));
    }
}
