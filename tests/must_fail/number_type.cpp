// A net of whole numbers.
// wanted: int
// rule: the numbers of a net are float or double
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Number = int;
#else
using Number = double;
#endif

using N = NetOf<Number, Dense<2, 3, Relu>>;

int main() { return N{}.parameters()[0] > 1; }
