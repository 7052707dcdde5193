// A causal convolution with another padding than the zeros before the signal.
// wanted: Padding<1>
// rule: a CausalConv is CausalConv<In, Out, Kernel<K>>, and takes an activation, Dilation<D>, Stride<S>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<CausalConv<1, 4, Kernel<2>, Padding<1>>>;
#else
using N = Net<CausalConv<1, 4, Kernel<2>, Stride<2>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
