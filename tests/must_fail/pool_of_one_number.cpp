// A kernel of one number for an image.
// wanted: takes<1, 4, 6> but_found Kernel<2>
// rule: write one number for each axis: Shape<8, 24, 24> with Kernel<2, 2>, or Shape<2, 100> with Kernel<2>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Size = Kernel<2>;
#else
using Size = Kernel<2, 2>;
#endif

using N = Net<MaxPool<Shape<1, 4, 6>, Size>, Flatten<Shape<1, 2, 3>>>; // no sentence about Flatten, too

int main() { return N{}(N::Input{})[0] > 1; }
