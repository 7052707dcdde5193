// A GRU has no c.
// wanted: but_found GRU<1,
// rule: this layer has no such state: an LSTM has h() and c(), a GRU and an RNN have h()
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<GRU<1, 4>>;
#else
using N = Net<LSTM<1, 4>>;
#endif

int main() {
    State<N> state;
    return state.layer<0>().c()[0] > 1;
}
