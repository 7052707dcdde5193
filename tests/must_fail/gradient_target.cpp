// The gradient for a number as target.
// wanted: gives<1> but_found float
// rule: a target is an array of the net's outputs
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr float target = 1;
#else
constexpr std::array<float, 1> target{1};
#endif

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    return gradient(net, MeanSquaredError{}, N::Input{}, target)[0] > 1;
}
