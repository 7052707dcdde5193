// A weight of a layer that has none.
// wanted: weight
// rule: this layer has no weights
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Activate<Shape<3>, Softmax>>;

int main() {
    N net;
#ifdef MISFIT
    net.layer<1>().weight(0, 1) = 1;
#else
    net.layer<0>().weight(0, 1) = 1;
#endif
    return 0;
}
