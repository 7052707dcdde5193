// The second layer takes more values than the first gives.
// wanted: layer<1> gives<3> but_layer<2> takes<4>
// rule: each layer must take as many values as the layer before it gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 4;
#else
constexpr std::size_t size = 3;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<size, 1, Sigmoid>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
