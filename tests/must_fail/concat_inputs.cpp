// Branches of a Concat that take different inputs.
// wanted: branch<1> takes<4> but_branch<3> takes<5>
// rule: the branches of a Concat must take the same shape
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 5;
#else
constexpr std::size_t size = 4;
#endif

using N = Net<Dense<2, 4>, Concat<Dense<4, 3, Relu>, Dense<4, 2>, Net<Dense<size, 3>>>, Dense<8, 1>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
