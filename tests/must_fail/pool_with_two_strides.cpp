// A pool with two strides.
// wanted: but_found Stride<2, 2> Stride<1, 1>
// rule: a pool has at most one Stride and one Padding
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<MaxPool<Shape<1, 4, 6>, Kernel<2, 2>, Stride<2, 2>, Stride<1, 1>>>;
#else
using N = Net<MaxPool<Shape<1, 4, 6>, Kernel<2, 2>, Stride<2, 2>>>;
#endif

int main() { return N{}(N::Input{})[0] > 1; }
