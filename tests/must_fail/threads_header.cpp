// Threads for fit, without the header that has them.
// wanted: misfit::threads_
// rule: fit with .threads needs #include <tenon/threads.hpp>
#include <tenon/tenon.hpp>
#ifndef MISFIT
#include <tenon/threads.hpp>
#endif

using namespace tenon;
using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    const std::array<N::Input, 4> xs{};
    const std::array<N::Output, 4> ts{};
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.fit(xs, ts, {.epochs = 1, .batch = 4, .threads = 2}).last.loss > 1;
}
