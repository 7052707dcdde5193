// The optimizer before the loss.
// wanted: but_found Sgd
// rule: a Trainer takes a net, a loss and an optimizer, in this order
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
#ifdef MISFIT
    Trainer trainer{net, Sgd{}, MeanSquaredError{}};
#else
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
#endif
    trainer.step({0.f, 1.f}, {1.f});
    return trainer.fit(std::array<N::Input, 2>{}, std::array<N::Output, 2>{}, {.epochs = 2}).last.loss > 1;
}
