// Dropout with an option of another layer.
// wanted: but_found Same
// rule: Dropout is Dropout<Shape<...>, Percent>, or Dropout<Shape<...>, Percent, MaskPerSequence>, with
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Mask = Same;
#else
using Mask = MaskPerSequence;
#endif

using N = Net<Sequence<2, Dropout<Shape<1>, 20, Mask>>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
