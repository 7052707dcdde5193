// A step from the state of another net.
// wanted: State but_found LSTM<1,
// rule: step and run take and update a variable of type State<Net>, where Net is the type of the net that is
// called
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;
#ifdef MISFIT
using Other = Net<LSTM<1, 5>, Dense<5, 1>>;
#else
using Other = Amp;
#endif

int main() {
    State<Other> state;
    return Amp{}.step(state, {1.f})[0] > 1;
}
