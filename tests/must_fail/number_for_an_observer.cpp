// A number in place of a metric or an observer.
// wanted: but_found<int>
// rule: after its options, fit takes metrics, and observers that are called with an Epoch or a Minibatch
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    const std::array<N::Input, 4> xs{};
    const std::array<N::Output, 4> ts{};
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
#ifdef MISFIT
    return trainer.fit(xs, ts, {.epochs = 1}, 5).last.loss > 1;
#else
    return trainer.fit(xs, ts, {.epochs = 1}, Accuracy{}).last.loss > 1;
#endif
}
