// Three channels cannot be halved.
// wanted: but_found Shape<3>
// rule: Gated<Shape<channels, ...>, A> gates the first half of the channels by the second: their number is
// even, and A is elementwise
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Gated<Shape<3>>>;
#else
using N = Net<Gated<Shape<4>>>;
#endif

int main() {
    static N net;
    return net({})[0] > 1;
}
