// The gradient for a target of two values, of a net that gives one.
// wanted: gives<1> but_given<2>
// rule: a target must have as many values as the net gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr float target[] = {0.f, 1.f};
#else
constexpr float target[] = {1.f};
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() { return gradient(N{}, MeanSquaredError{}, {0.f, 1.f}, target)[0] > 1; }
