// Inputs of three values for a net that takes two, to be evaluated.
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

int main() {
    N net;
    const std::array<std::array<float, size>, 4> xs{};
    const std::array<std::array<float, 1>, 4> ts{};
    return evaluate(net, MeanSquaredError{}, xs, ts) > 1;
}
