// A net that takes fewer values than the layer before it gives.
// wanted: layer<1> gives<3> but_layer<2> takes<2>
// rule: each layer must take as many values as the layer before it gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 2;
#else
constexpr std::size_t size = 3;
#endif

using Inner = Net<Dense<size, 4, Relu>, Dense<4, 2, Relu>>;
using N = Net<Dense<2, 3, Relu>, Inner, Dense<2, 1>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
