// A Residual without layers.
// rule: a net is made of at least one layer
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Residual<>;
#else
using Second = Residual<Dense<3, 3>>;
#endif

using N = Net<Second>;

int main() { return N{}(N::Input{})[0] > 1; }
