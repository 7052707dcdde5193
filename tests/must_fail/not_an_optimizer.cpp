// A schedule, or any other type, in place of the optimizer.
// wanted: but_found Rate
// rule: an optimizer needs `template <class T, std::size_t N> struct State` and step(parameters, gradient,
// state)
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 1>>;
struct Rate {
    double initial = 0.1;
};

int main() {
    N net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, Rate{}};
#else
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = Rate{}.initial}};
#endif
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
