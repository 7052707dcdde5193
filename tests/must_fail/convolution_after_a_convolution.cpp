// Neighbouring layers of images of different sizes.
// wanted: layer<2> gives<8, 12, 12> but_layer<3> takes<8, 10, 10>
// rule: each layer must take as many values as the layer before it gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Image = Shape<8, 10, 10>;
#else
using Image = Shape<8, 12, 12>;
#endif

using N = Net<Conv2D<Shape<1, 28, 28>, 8, Kernel<5, 5>, Relu>,
              Conv2D<Shape<8, 24, 24>, 8, Kernel<2, 2>, Stride<2, 2>>, Conv2D<Image, 4, Kernel<3, 3>>>;

int main() { return N{}({})[0] > 1; }
