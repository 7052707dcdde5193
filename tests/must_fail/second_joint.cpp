// The third layer takes fewer values than the second gives.
// wanted: layer<2> gives<5> but_layer<3> takes<4>
// rule: each layer must take as many values as the layer before it gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 4;
#else
constexpr std::size_t size = 5;
#endif

using N = NetOf<double, Dense<2, 3, Tanh>, Dense<3, 5, Tanh>, Dense<size, 1>>;

int main() { return N{}({0., 1.})[0] > 1; }
