// The bias of a layer that has none.
// wanted: bias
// rule: this layer has no bias
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3, Sigmoid, false>, Dense<3, 1>>;

int main() {
    N net;
#ifdef MISFIT
    net.layer<0>().bias(1) = 1;
#else
    net.layer<1>().bias(0) = 1;
#endif
    return 0;
}
