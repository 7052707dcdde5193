// LevenbergMarquardt for a net whose outputs depend on other samples.
// wanted: BatchNorm
// rule: LevenbergMarquardt and Lbfgs need a loss that depends on the parameters alone
#include <tenon/second_order.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Dense<2, 8, Tanh>, BatchNorm<Shape<8>>, Dense<8, 1>>;
#else
using N = Net<Dense<2, 8, Tanh>, Frozen<BatchNorm<Shape<8>>>, Dense<8, 1>>;
#endif

int main() {
    N net;
    LevenbergMarquardt fitter{net};
    return fitter.fit({}, {}).converged();
}
