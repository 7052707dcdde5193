// An activation in place of the kernel.
// wanted: but_found< Relu
// rule: after the shape and the number of output channels comes Kernel
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Size = Relu;
#else
using Size = Kernel<3>;
#endif

using N = Net<Conv1D<Shape<2, 9>, 4, Size>>;

int main() { return N{}({})[0] > 1; }
