// The negative log-likelihood of a net that ends in probabilities, not in their logarithms.
// wanted: NegativeLogLikelihood ends_in Softmax
// rule: this loss needs a net that ends in another activation
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Last = Softmax;
#else
using Last = LogProbabilities;
#endif

using N = Net<Dense<2, 3, Relu>, Dense<3, 2, Last>>;

int main() {
    N net;
    Trainer trainer{net, NegativeLogLikelihood{}, Adam{}};
    return trainer.step({0.f, 1.f}, 1) > 1;
}
