// A tape of something that is no net.
// wanted: MeanSquaredError
// rule: a Tape or an Updater needs a net
#include <tenon/tenon.hpp>

using namespace tenon;

int main() {
#ifdef MISFIT
    MeanSquaredError net;
#else
    Net<Dense<2, 1>> net;
#endif
    Tape tape{net};
    return 0;
}
