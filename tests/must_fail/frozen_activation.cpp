// An activation that is frozen.
// wanted: layer<1> but_found Tanh
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using First = Tanh;
#else
using First = Dense<2, 2, Tanh>;
#endif

using N = Net<Frozen<First>>;

int main() { return N{}(N::Input{})[0] > 1; }
