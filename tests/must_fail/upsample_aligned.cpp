// Corners that are aligned without interpolation.
// wanted: but_found AlignCorners
// rule: the options of Upsample are Nearest and Bilinear, and, of Bilinear, AlignCorners
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Upsample<Shape<1, 4, 6>, ScaleFactor<2, 2>, AlignCorners>>;
#else
using N = Net<Upsample<Shape<1, 4, 6>, ScaleFactor<2, 2>, Bilinear, AlignCorners>>;
#endif

int main() { return N{}(N::Input{})[0] > 1; }
