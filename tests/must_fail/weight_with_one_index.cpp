// A weight by one index, as if the weights were flat.
// wanted: weight
// rule: weight(output, input...) takes one index for each axis
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>>;

int main() {
    N net;
#ifdef MISFIT
    net.layer<0>().weight(1) = 1;
#else
    net.layer<0>().weight(1, 0) = 1;
#endif
    return 0;
}
