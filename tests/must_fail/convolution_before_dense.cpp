// An image where a Dense takes a row of values.
// wanted: layer<1> gives<8, but_layer<2> takes<200>
// rule: but in another shape: put Flatten<Shape<...>> between them
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Head = Dense<200, 10>;
#else
using Head = Net<Flatten<Shape<8, 5, 5>>, Dense<200, 10>>;
#endif

using N = Net<Conv2D<Shape<1, 9, 9>, 8, Kernel<5, 5>, Relu>, Head>;

int main() { return N{}({})[0] > 1; }
