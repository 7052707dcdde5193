// A target of two values for a net that gives one.
// wanted: gives<1> but_given<2>
// rule: a target must have as many values as the net gives
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
#ifdef MISFIT
    return trainer.step({0.f, 1.f}, {1.f, 0.f}) > 1;
#else
    return trainer.step({0.f, 1.f}, {1.f}) > 1;
#endif
}
