// An updater of a net that cannot change.
// wanted: NetOf
// rule: an Updater changes its net, which must not be const
#include <tenon/tenon.hpp>

using namespace tenon;

int main() {
#ifdef MISFIT
    const Net<Dense<2, 1>> net;
#else
    Net<Dense<2, 1>> net;
#endif
    Updater updater{net, Sgd{}};
    return 0;
}
