// A tape of a net that is gone in the next line.
// wanted: NetOf
// rule: a Tape or an Updater refers to its net, which must be a variable that outlives it
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
#ifdef MISFIT
    Tape tape{N{}};
#else
    N net;
    Tape tape{net};
#endif
    return tape.forward({0.f, 1.f})[0] > 1;
}
