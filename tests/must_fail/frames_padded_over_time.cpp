// A causal convolution of frames that would pad the time behind the last.
// wanted: but_found Padding
// rule: a CausalConv2D takes Shape<channels, features> and Kernel<steps, features>, and over time it has no
// padding and a stride of 1: Padding<0, P>, Stride<1, S>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<CausalConv2D<Shape<1, 4>, 2, Kernel<2, 3>, Padding<1, 1>>>;
#else
using N = Net<CausalConv2D<Shape<1, 4>, 2, Kernel<2, 3>, Padding<0, 1>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f, 2, 3, 4})[0] > 1;
}
