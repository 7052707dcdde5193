// A Pad with three numbers.
// wanted: takes<1, 4, 6> Padding<1, 2, 3>
// rule: Pad takes Padding<rows, columns> or Padding<top, bottom, left, right>; of Shape<channels, length>,
// Padding<positions> or Padding<left, right>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Border = Padding<1, 2, 3>;
#else
using Border = Padding<1, 2, 3, 4>;
#endif

using N = Net<Pad<Shape<1, 4, 6>, Border>>;

int main() { return N{}(N::Input{})[0] > 1; }
