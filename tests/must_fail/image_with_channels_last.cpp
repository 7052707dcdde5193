// An image with its channels last, as in Keras.
// wanted: layer<1> gives<8, but_layer<2> takes<24,
// rule: but in another shape; an image is Shape<channels, height, width>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Image = Shape<24, 24, 8>;
#else
using Image = Shape<8, 24, 24>;
#endif

using N = Net<Conv2D<Shape<1, 28, 28>, 8, Kernel<5, 5>>, Conv2D<Image, 1, Kernel<8, 8>>>;

int main() { return N{}({})[0] > 1; }
