// A pool whose padding is more than half of its kernel.
// wanted: padding<2, 0> but_kernel<3, 2>
// rule: the padding of a pool must be at most half of its kernel
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Border = Padding<2, 0>;
#else
using Border = Padding<1, 0>;
#endif

using N = Net<AveragePool<Shape<1, 5, 6>, Kernel<3, 2>, Stride<1, 1>, Border>>;

int main() { return N{}(N::Input{})[0] > 1; }
