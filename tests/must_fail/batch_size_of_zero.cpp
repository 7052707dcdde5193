// A trainer whose blocks hold no sample.
// wanted: trainer.hpp
// rule: a trainer's Batch must be at least 1
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 1>>;

int main() {
    N net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<0>};
#else
    Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<1>};
#endif
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
