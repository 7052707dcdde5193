// A target network of other layers than the net.
// wanted: NetOf Dense<3, 1
// rule: soft_update takes two nets of the same type
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t hidden = 4;
#else
constexpr std::size_t hidden = 3;
#endif

int main() {
    Net<Dense<2, 3>, Dense<3, 1>> target;
    Net<Dense<2, hidden>, Dense<hidden, 1>> net;
    soft_update(target, net, 0.1);
    return 0;
}
