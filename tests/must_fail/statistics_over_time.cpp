// A BatchNorm over time.
// wanted: but_found BatchNorm
// rule: in a Sequence, batch statistics would be those of a single step: write Frozen<BatchNorm<...>>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Sequence<3, LSTM<1, 2>, BatchNorm<Shape<2>>>>;
#else
using N = Net<Sequence<3, LSTM<1, 2>, Frozen<BatchNorm<Shape<2>>>>>;
#endif

int main() {
    static N net;
    return net({})[0] > 1;
}
