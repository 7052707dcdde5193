// A full batch of a net that drops values at random.
// wanted: Dropout
// rule: LevenbergMarquardt and Lbfgs need a loss that depends on the parameters alone
#include <tenon/second_order.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Dense<2, 8, Tanh>, Dropout<Shape<8>, 50>, Dense<8, 1>>;
#else
using N = Net<Dense<2, 8, Tanh>, Frozen<Dropout<Shape<8>, 50>>, Dense<8, 1>>;
#endif

int main() {
    N net;
    Lbfgs fitter{net, MeanSquaredError{}};
    return fitter.fit({}, {}).converged();
}
