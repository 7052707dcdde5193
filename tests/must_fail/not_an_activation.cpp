// A loss where an activation should stand.
// wanted: but_found MeanSquaredError
// rule: an activation needs static functions apply(z) and derivative(z, y)
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = MeanSquaredError;
#else
using Second = Tanh;
#endif

using N = Net<Dense<2, 3, Second>, Dense<3, 1>>;

int main() { return N{}(N::Input{})[0] > 1; }
