// An input of three values, with a class index, for a net that takes two.
// wanted: takes<2> but_given<3>
// rule: an input must have as many values as the net takes
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr float input[] = {0.f, 1.f, 0.f};
#else
constexpr float input[] = {0.f, 1.f};
#endif

using N = Net<Dense<2, 3, Relu>, Dense<3, 3, Softmax>>;

int main() {
    N net;
    Trainer trainer{net, CrossEntropy{}, Sgd{}};
    return trainer.step(input, 1) > 1;
}
