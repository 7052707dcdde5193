// A layer without memory in both directions.
// wanted: but_found Dense
// rule: a Bidirectional reads a sequence in both directions with an LSTM, a GRU or an RNN
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Bidirectional<2, Dense<1, 4>>>;
#else
using N = Net<Bidirectional<2, RNN<1, 4>>>;
#endif

int main() {
    static N net;
    return net(N::Input{})[0] > 1;
}
