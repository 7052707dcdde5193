// A Residual whose layers give another shape than they take.
// wanted: takes<4> gives<5>
// rule: the layers of a Residual must give the shape that they take
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 5;
#else
constexpr std::size_t size = 4;
#endif

using N = Net<Dense<2, 4>, Residual<Dense<4, 3, Relu>, Dense<3, size>>, Dense<4, 1>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
