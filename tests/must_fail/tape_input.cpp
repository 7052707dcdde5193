// An input of three values for the tape of a net that takes two.
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
    Tape tape{net};
    const std::array<std::array<float, size>, 4> xs{};
    return tape.forward(xs)[0][0] > 1;
}
