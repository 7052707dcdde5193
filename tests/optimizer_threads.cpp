// Optimizers and their wrappers with threads: the same bits with any number of them.
#include "same_fit.hpp"

#include <vector>

using namespace tenon;

namespace {

// enough parameters for two threads to share the update; the last part is no whole number of registers
using N = Net<Dense<250, 70, Tanh>, Scale<Shape<70>>, Dense<70, 5, Softmax>>;

template <class Optimizer> void check(Optimizer optimizer) {
    const auto xs = random_samples<N::Input>(200, 1);
    const auto ts = random_samples<N::Output>(200, 2, 0, 1);
    check_same<N, CrossEntropy, 64>(optimizer, xs, ts, {.epochs = 2, .batch = 150, .shuffle_seed = 3});
}

} // namespace

TEST_CASE("optimizers have the same weights and state with any number of threads") {
    check(AmsGradW{.learning_rate = 0.01});
    check(Rprop{});
}

TEST_CASE("clipping, decay, averages and schedules have the same weights with any number of threads") {
    check(ClipNorm{Scheduled{Averaged{Adam{.learning_rate = 0.01}}, Cosine{.steps = 4}}, 0.01});
    check(NoBiasDecay{ClipValue{AdamW{.learning_rate = 0.01, .weight_decay = 1}, 0.001}});
}

TEST_CASE("a norm whose squares overflow is the same with threads") {
    auto xs = random_samples<N::Input>(150, 1);
    const auto ts = random_samples<N::Output>(150, 2, 0, 1);
    for (auto& x : xs) x[7] *= 1e22f;
    check_same<N, CrossEntropy, 64>(ClipNorm{Sgd{.learning_rate = 1e-3}, 1.0}, xs, ts,
                                    {.epochs = 2, .batch = 150});
}
