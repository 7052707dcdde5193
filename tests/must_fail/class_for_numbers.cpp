// A class index for a loss that is not over classes.
// wanted: gives<2> but_found int
// rule: a target is an array of the net's outputs
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Chosen = MeanSquaredError;
#else
using Chosen = CrossEntropy;
#endif

using N = Net<Dense<2, 3>, Dense<3, 2, Softmax>>;

int main() {
    N net;
    Trainer trainer{net, Chosen{}, Sgd{}};
    return trainer.step(N::Input{}, 1) > 1;
}
