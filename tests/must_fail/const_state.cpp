// Steps from a state that is const.
// wanted: State but_found const
// rule: step and run take and update a variable of type State<Net>, where Net is the type of the net that is
// called
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;
#ifdef MISFIT
using Memory = const State<Amp>;
#else
using Memory = State<Amp>;
#endif

int main() {
    Memory state{};
    Amp::Output ys[2]{};
    Amp{}.run(state, ys, ys);
    return 0;
}
