// An output padding as large as the stride.
// wanted: OutputPadding<2, 0>
// rule: OutputPadding must be smaller than Stride or smaller than Dilation
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Behind = OutputPadding<2, 0>;
#else
using Behind = OutputPadding<1, 0>;
#endif

using N = Net<ConvTranspose2D<Shape<2, 3, 3>, 2, Kernel<2, 2>, Stride<2, 2>, Behind>>;

int main() { return N{}({})[0] > 1; }
