// Outputs of a minibatch that would take more of the stack than its bound.
// wanted: outputs_take<524288> but_the_stack_holds<262144>
// rule: step_with keeps the outputs of a minibatch and their derivatives on the stack
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t outputs = 1024;
#else
constexpr std::size_t outputs = 512;
#endif

using N = Net<Dense<1, outputs>>;

int main() {
    static N net;
    static Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<64>};
    const std::array<N::Input, 2> xs{};
    const auto loss = [](std::span<const N::Output>, std::span<N::Output>) { return 0.f; };
    return trainer.step_with(xs, loss) > 1;
}
