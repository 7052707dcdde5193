// A trainer of a net that is gone in the next line.
// wanted: NetOf
// rule: a Trainer refers to its net, which must be a variable that outlives it
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
#ifdef MISFIT
    Trainer trainer{N{}, MeanSquaredError{}, Sgd{}};
#else
    N net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
#endif
    trainer.step({0.f, 1.f}, {1.f});
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
