// An updater of a layer that the net does not have.
// wanted: layers<2> but_asked_for<2>
// rule: a net has no such layer
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t last = 2;
#else
constexpr std::size_t last = 1;
#endif

int main() {
    Net<Dense<2, 3>, Dense<3, 1>> net;
    Updater updater{net, Sgd{}, only_layers<last>};
    return updater.step(net.parameters());
}
