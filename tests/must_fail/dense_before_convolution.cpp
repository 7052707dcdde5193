// A row of values where a convolution takes an image.
// wanted: layer<1> gives<12> but_layer<2> takes<3,
// rule: but in another shape: put Unflatten<Shape<...>> between them
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using First = Dense<4, 12>;
#else
using First = Net<Dense<4, 12>, Unflatten<Shape<3, 2, 2>>>;
#endif

using N = Net<First, ConvTranspose2D<Shape<3, 2, 2>, 1, Kernel<2, 2>>>;

int main() { return N{}({})[0] > 1; }
