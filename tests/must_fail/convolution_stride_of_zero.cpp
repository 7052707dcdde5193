// A stride of 0.
// wanted: but_found< Stride<2, 0>
// rule: the numbers of Kernel, Stride, Dilation and Groups are at least 1
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Step = Stride<2, 0>;
#else
using Step = Stride<2, 1>;
#endif

using N = Net<Conv2D<Shape<2, 9, 9>, 4, Kernel<3, 3>, Step>>;

int main() { return N{}({})[0] > 1; }
