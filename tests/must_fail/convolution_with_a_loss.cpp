// An option that convolutions do not have.
// wanted: but_found< CrossEntropy
// rule: the options of a convolution are Stride, Padding, Same
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Option = CrossEntropy;
#else
using Option = Relu;
#endif

using N = Net<Conv1D<Shape<2, 9>, 4, Kernel<3>, Same, Option>>;

int main() { return N{}({})[0] > 1; }
