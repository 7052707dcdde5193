// A step of a net with a cell, without its state.
// wanted: LSTM<1,
// rule: this net has state: call step(state, x) or run(state, xs, ys) with a State<Net>
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;

int main() {
    Amp net;
    State<Amp> state;
#ifdef MISFIT
    return net.step({1.f})[0] > 1;
#else
    return net.step(state, {1.f})[0] > 1;
#endif
}
