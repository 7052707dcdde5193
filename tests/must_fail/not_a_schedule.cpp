// A number in place of a schedule.
// wanted: but_found double
// rule: a schedule needs `double operator()(std::size_t step) const`, which returns the factor of the
// learning rate
#include <tenon/tenon.hpp>

using namespace tenon;

int main() {
    Net<Dense<2, 1>> net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, Scheduled{Sgd{}, 0.1}};
#else
    Trainer trainer{net, MeanSquaredError{}, Scheduled{Sgd{}, ExponentialDecay{0.1}}};
#endif
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
