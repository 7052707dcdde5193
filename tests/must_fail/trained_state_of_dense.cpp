// A layer without memory begins with nothing.
// wanted: but_found Dense<1,
// rule: a TrainedState takes an LSTM, a GRU or an RNN
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<TrainedState<Dense<1, 4>>>;
#else
using N = Net<TrainedState<RNN<1, 4>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
