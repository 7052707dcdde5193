// A net with a cell, called without its state.
// wanted: LSTM<1,
// rule: this net has state: call step(state, x) or run(state, xs, ys) with a State<Net>
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;
#ifdef MISFIT
using Whole = Amp;
#else
using Whole = Unrolled<Amp, 1>;
#endif

int main() {
    static Whole net;
    return net({1.f})[0] > 1;
}
