// Derivatives of two values for a net with one output.
// wanted: takes<1> but_given<2>
// rule: dLoss/dy of a sample must have as many values as the net gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 2;
#else
constexpr std::size_t size = 1;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    const std::array<N::Input, 4> xs{};
    std::array<N::Input, 4> dxs{};
    const std::array<std::array<float, size>, 4> dys{};
    input_gradient(net, xs, dys, dxs);
    return dxs[0][0] > 1;
}
