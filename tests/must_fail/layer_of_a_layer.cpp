// A layer of something that is no net.
// wanted: layer
// rule: this layer is no net, and has no layers
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Net<Dense<3, 1>>>;

int main() {
    N net;
#ifdef MISFIT
    net.layer<0>().layer<0>().bias(0) = 1;
#else
    net.layer<1>().layer<0>().bias(0) = 1;
#endif
    return 0;
}
