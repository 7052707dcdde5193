// A net of which nothing is trained.
// wanted: NetOf
// rule: this net has no parameters that are trained
#include <tenon/second_order.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Frozen<Dense<2, 1>>>;
#else
using N = Net<Frozen<Dense<2, 2>>, Dense<2, 1>>;
#endif

int main() {
    N net;
    Lbfgs fitter{net, MeanSquaredError{}};
    return fitter.fit({}, {}).converged();
}
