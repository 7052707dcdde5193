// A GRU with something that does not say where its reset gate is applied.
// wanted: but_found Relu
// rule: a GRU is GRU<In, Hidden>, whose reset gate is applied after the product with U, or GRU<In, Hidden
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<GRU<1, 4, Relu>>;
#else
using N = Net<GRU<1, 4, ResetBefore>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
