// A Pad that reflects more rows than there are.
// wanted: padding<4, 1> but_input<1, 4, 6>
// rule: Reflect adds fewer rows and columns than the input has, and Circular at most as many
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Border = Padding<4, 1>;
#else
using Border = Padding<3, 1>;
#endif

using N = Net<Pad<Shape<1, 4, 6>, Border, Reflect>>;

int main() { return N{}(N::Input{})[0] > 1; }
