// A stride of zero.
// wanted: stride<2, 0>
// rule: the numbers of Kernel, Stride and ScaleFactor are at least 1
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Steps = Stride<2, 0>;
#else
using Steps = Stride<2, 1>;
#endif

using N = Net<MaxPool<Shape<1, 4, 6>, Kernel<2, 2>, Steps>>;

int main() { return N{}(N::Input{})[0] > 1; }
