// Flat memory of floats for the inputs and of doubles for the outputs.
// wanted: numbers<float> but_found<double>
// rule: the numbers of the samples must be of the net's type
#include <tenon/tenon.hpp>

#include <vector>

using namespace tenon;

#ifdef MISFIT
using Number = double;
#else
using Number = float;
#endif

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    const std::vector<float> xs(8);
    std::vector<Number> ys(4);
    net(xs, ys);
    return ys[0] > 1;
}
