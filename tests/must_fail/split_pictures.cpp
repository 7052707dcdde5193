// Branches of a Split that take pictures of different sizes.
// wanted: branch<1> takes_part<2, 3, 3> but_branch<2> takes_part<1, 3, 2>
// rule: shapes are joined along the first dimension, the channels: the others must be equal
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Shape<1, 3, 2>;
#else
using Second = Shape<1, 3, 3>;
#endif

using N = Net<Split<Flatten<Shape<2, 3, 3>>, Flatten<Second>>>;

int main() { return N{}(N::Input{})[0] > 1; }
