// A number where the first layer should stand.
// wanted: layer<1> but_found float
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using First = float;
#else
using First = Dense<2, 3, Relu>;
#endif

using N = Net<First, Dense<3, 1, Sigmoid>>;

int main() { return N{}(N::Input{})[0] > 1; }
