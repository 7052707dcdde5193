// A layer that gives nothing.
// wanted: layer<2> takes<3> gives<0>
// rule: a layer must take and give at least one value
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 0;
#else
constexpr std::size_t size = 1;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, size, Sigmoid>>;

int main() { return N::parameter_count == 0; }
