// Branches of a Split whose outputs cannot be joined.
// wanted: branch<1> gives<2, 3, 3> but_branch<2> gives<9>
// rule: shapes are joined along the first dimension, the channels: the others must be equal
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Flatten<Shape<1, 3, 3>>;
#else
using Second = PRelu<Shape<1, 3, 3>>;
#endif

using N = Net<Split<PRelu<Shape<2, 3, 3>>, Second>>;

int main() { return N{}(N::Input{})[0] > 1; }
