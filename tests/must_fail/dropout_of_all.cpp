// Dropout of every value.
// wanted: percent<100>
// rule: Dropout drops 0 to 99 percent of the values
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t percent = 100;
#else
constexpr std::size_t percent = 99;
#endif

using N = Net<Dense<2, 3>, Dropout<Shape<3>, percent>, Dense<3, 1>>;

int main() { return N{}({0.f, 1.f})[0] > 1; }
