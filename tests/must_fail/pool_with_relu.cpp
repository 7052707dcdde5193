// An activation as an option of a pool.
// wanted: but_found Relu
// rule: the options of a pool are Stride, Padding and CeilMode, and, of AveragePool, ExcludePadding; write
// MaxPool<Shape, Kernel, options...>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<MaxPool<Shape<1, 4, 6>, Kernel<2, 2>, Relu>>;
#else
using N = Net<MaxPool<Shape<1, 4, 6>, Kernel<2, 2>>>;
#endif

int main() { return N{}(N::Input{})[0] > 1; }
