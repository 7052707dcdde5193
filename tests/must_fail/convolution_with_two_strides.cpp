// Two options of a kind.
// wanted: but_found< Stride<3, 3>
// rule: a convolution has at most one option of each kind
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Option = Stride<3, 3>;
#else
using Option = Padding<1, 1>;
#endif

using N = Net<Conv2D<Shape<2, 9, 9>, 4, Kernel<3, 3>, Stride<2, 2>, Option>>;

int main() { return N{}({})[0] > 1; }
