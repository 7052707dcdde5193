// A pool that would not use the last row, without a Stride.
// wanted: takes<5, 6> but_windows_end_at<4, 6>
// rule: the windows of a pool without a Stride must divide its input: write Stride<2, 2> if the last values
// are not to be used, or CeilMode if they are
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<MaxPool<Shape<1, 5, 6>, Kernel<2, 2>>>;
#else
using N = Net<MaxPool<Shape<1, 5, 6>, Kernel<2, 2>, Stride<2, 2>>>;
#endif

int main() { return N{}(N::Input{})[0] > 1; }
