// Layers of a WaveNet with a stride.
// wanted: but_found Stride<2>
// rule: SkipLayers is SkipLayers<Channels, Head, Kernel<K>, Dilations<D...>>, and takes an elementwise
#include <tenon/wavenet.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<WaveNet<1, SkipLayers<4, 1, Kernel<3>, Dilations<1, 2>, Stride<2>>>>;
#else
using N = Net<WaveNet<1, SkipLayers<4, 1, Kernel<3>, Dilations<1, 2>>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
