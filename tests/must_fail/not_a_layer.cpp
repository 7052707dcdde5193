// An activation where a layer should stand.
// wanted: layer<2> but_found Sigmoid
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Sigmoid;
#else
using Second = Activate<Shape<3>, Sigmoid>;
#endif

using N = Net<Dense<2, 3>, Second, Dense<3, 1, Sigmoid>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
