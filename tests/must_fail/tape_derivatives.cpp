// Two derivatives for each sample of a net with one output.
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
    Tape tape{net, batch_size<8>};
    const std::array<N::Input, 4> xs{};
    const std::array<std::array<float, size>, 4> dys{};
    tape.forward(xs);
    tape.backward(dys);
    return tape.gradient()[0] > 1;
}
