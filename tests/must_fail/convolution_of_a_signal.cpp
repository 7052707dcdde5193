// A convolution of images, of a signal.
// wanted: but_found< Shape<2, 100>
// rule: a layer in 2D takes Shape<channels, height, width>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Image = Shape<2, 100>;
#else
using Image = Shape<2, 10, 10>;
#endif

using N = Net<Conv2D<Image, 4, Kernel<3, 3>>>;

int main() { return N{}({})[0] > 1; }
