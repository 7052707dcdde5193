// The gradient for an input of three values, of a net that takes two.
// wanted: takes<2> but_given<3>
// rule: an input must have as many values as the net takes
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 3;
#else
constexpr std::size_t size = 2;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() { return gradient(N{}, MeanSquaredError{}, std::array<float, size>{}, N::Output{})[0] > 1; }
