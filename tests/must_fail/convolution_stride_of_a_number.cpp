// One number for two axes.
// wanted: takes<2, but_found< Stride<2>
// rule: have one number for each axis
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Step = Stride<2>;
#else
using Step = Stride<2, 2>;
#endif

using N = Net<Conv2D<Shape<2, 9, 9>, 4, Kernel<3, 3>, Step>>;

int main() { return N{}({})[0] > 1; }
