// A Concat without branches.
// rule: a net is made of at least one layer
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = Concat<>;
#else
using Second = Concat<Dense<3, 3>>;
#endif

using N = Net<Second>;

int main() { return N{}(N::Input{})[0] > 1; }
