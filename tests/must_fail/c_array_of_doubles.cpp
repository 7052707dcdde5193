// An array of doubles, with a name, for a net of floats.
// wanted: numbers<float> but_found<double>
// rule: the numbers of the samples must be of the net's type
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Number = double;
#else
using Number = float;
#endif

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    const Number x[2] = {0, 1};
    return net(x)[0] > 1;
}
