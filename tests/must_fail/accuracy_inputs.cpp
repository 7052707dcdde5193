// Inputs of three values for a net that takes two, held against class indices.
// wanted: takes<2> but_given<3>
// rule: an input must have as many values as the net takes
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 3;
#else
constexpr std::size_t size = 2;
#endif

using N = Net<Dense<2, 3, Relu>, Dense<3, 3, Softmax>>;

int main() {
    const std::array<std::array<float, size>, 4> xs{};
    const std::array<int, 4> ts{};
    return accuracy(N{}, xs, ts) > 1;
}
