// A trainer of a net that must not change.
// wanted: const
// rule: a Trainer changes its net, which must not be const
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = const Net<Dense<2, 3>, Dense<3, 1>>;
#else
using N = Net<Dense<2, 3>, Dense<3, 1>>;
#endif

int main() {
    N net{};
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    trainer.step({0.f, 1.f}, {1.f});
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
