// The last states of both directions, where there is one direction.
// wanted: but_found Shape<4, 3>
// rule: FinalStates takes what a Bidirectional gives, Shape<Steps, 2 * Hidden>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Sequence<4, RNN<1, 3>>, FinalStates<Shape<4, 3>>>;
#else
using N = Net<Bidirectional<4, RNN<1, 2>>, FinalStates<Shape<4, 4>>>;
#endif

int main() {
    static N net;
    return net(N::Input{})[0] > 1;
}
