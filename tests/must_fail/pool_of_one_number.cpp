// A kernel of one number for an image.
// wanted: takes<1, 4, 6> but_found Kernel<2>
// rule: write one number for each axis: Shape<8, 24, 24> with Kernel<2, 2>, or Shape<2, 100> with Kernel<2>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Image = Shape<1, 4, 6>;
#else
using Image = Shape<4, 6>;
#endif

using N = Net<MaxPool<Image, Kernel<2>>>;

int main() { return N{}(N::Input{})[0] > 1; }
