// A padding as large as the output of a transposed convolution.
// wanted: takes<2, Padding<1, 1>
// rule: must leave at least one value along each axis
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Cut = Padding<1, 1>;
#else
using Cut = Padding<0, 0>;
#endif

using N = Net<ConvTranspose2D<Shape<2, 1, 1>, 2, Kernel<2, 2>, Cut>>;

int main() { return N{}({})[0] > 1; }
