// Nine samples for a tape of eight.
// wanted: takes<8> but_given<9>
// rule: a minibatch must not be larger than the Tape's batch_size
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 9;
#else
constexpr std::size_t size = 8;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    Tape tape{net, batch_size<8>};
    const std::array<N::Input, size> xs{};
    return tape.forward(xs)[0][0] > 1;
}
