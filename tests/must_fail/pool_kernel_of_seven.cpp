// A pool whose kernel is larger than its input.
// wanted: kernel<7, 2> but_padded_input<5, 6>
// rule: a kernel must not be larger than the input with its padding
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Size = Kernel<7, 2>;
#else
using Size = Kernel<5, 2>;
#endif

using N = Net<MaxPool<Shape<1, 5, 6>, Size>>;

int main() { return N{}(N::Input{})[0] > 1; }
