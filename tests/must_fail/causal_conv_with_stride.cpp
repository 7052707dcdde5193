// A causal convolution with a stride.
// wanted: but_found Stride
// rule: a CausalConv is CausalConv<In, Out, Kernel<K>>, and takes an activation and Dilation<D>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<CausalConv<1, 4, Kernel<2>, Stride<2>>>;
#else
using N = Net<CausalConv<1, 4, Kernel<2>, Dilation<2>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
