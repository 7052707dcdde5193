// A Pad with a mode that there is not.
// wanted: but_found Relu
// rule: the modes of Pad are Zeros, Reflect, Replicate and Circular
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Mode = Relu;
#else
using Mode = Zeros;
#endif

using N = Net<Pad<Shape<1, 4, 6>, Padding<1, 1>, Mode>>;

int main() { return N{}(N::Input{})[0] > 1; }
