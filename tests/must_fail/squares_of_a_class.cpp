// LevenbergMarquardt for a loss that is no sum of squares.
// wanted: CrossEntropy
// rule: LevenbergMarquardt minimises sums of squares
#include <tenon/second_order.hpp>

using namespace tenon;

using N = Net<Dense<2, 3, Tanh>, Dense<3, 2, Softmax>>;

int main() {
    N net;
#ifdef MISFIT
    LevenbergMarquardt fitter{net, CrossEntropy{}};
#else
    LevenbergMarquardt fitter{net, MeanSquaredError{}};
#endif
    return fitter.fit({}, {}).converged();
}
