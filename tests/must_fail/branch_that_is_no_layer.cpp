// An activation as a branch.
// wanted: branch<2> but_found Tanh
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Tanh;
#else
using Second = Activate<Shape<2>, Tanh>;
#endif

using N = Net<Concat<Dense<2, 3>, Second>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
