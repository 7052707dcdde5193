// Layers that add four channels to a head of two.
// wanted: but_found SkipLayers<4
// rule: a WaveNet is WaveNet<In, SkipLayers<...>...>, whose layers add to the head before them
#include <tenon/wavenet.hpp>

using namespace tenon;

#ifdef MISFIT
using N =
    Net<WaveNet<1, SkipLayers<8, 2, Kernel<3>, Dilations<1>>, SkipLayers<4, 1, Kernel<3>, Dilations<1>>>>;
#else
using N =
    Net<WaveNet<1, SkipLayers<8, 4, Kernel<3>, Dilations<1>>, SkipLayers<4, 1, Kernel<3>, Dilations<1>>>>;
#endif

int main() {
    static N net;
    State<N> state;
    return net.step(state, {1.f})[0] > 1;
}
