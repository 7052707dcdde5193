// Branches of a Concat that give pictures of different sizes.
// wanted: branch<1> gives<2, 3, 3> but_branch<2> gives<18>
// rule: shapes are joined along the first dimension, the channels: the others must be equal
#include <tenon/tenon.hpp>

using namespace tenon;
using Picture = Shape<2, 3, 3>;

#ifdef MISFIT
using Second = Flatten<Picture>;
#else
using Second = PRelu<Picture>;
#endif

using N = Net<Concat<PRelu<Picture>, Second>>;

int main() { return N{}(N::Input{})[0] > 1; }
