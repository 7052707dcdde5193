// A net without layers.
// wanted: layers.hpp
// rule: a net is made of at least one layer
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<>;
#else
using N = Net<Dense<2, 1>>;
#endif

int main() {
    N net;
    initialize(net, 1);
    return 0;
}
