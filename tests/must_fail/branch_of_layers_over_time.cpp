// A net with a cell beside another over time.
// wanted: but_found
// rule: in a Sequence, each branch of a Concat or Split with a cell must be a cell or a Dense with a bias
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Sequence<3, Concat<LSTM<1, 2>, Net<GRU<1, 2>, Dense<2, 2>>>>>;
#else
using N = Net<Sequence<3, Concat<LSTM<1, 2>, GRU<1, 2>, Dense<1, 2>>>>;
#endif

int main() {
    static N net;
    return net({})[0] > 1;
}
