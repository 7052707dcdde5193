// Seventeen samples for step_with of a trainer of sixteen.
// wanted: takes<16> but_given<17>
// rule: a minibatch must not be larger than the trainer's batch_size
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 17;
#else
constexpr std::size_t size = 16;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<16>};
    const std::array<N::Input, size> xs{};
    const auto loss = [](std::span<const N::Output>, std::span<N::Output>) { return 0.f; };
    return trainer.step_with(xs, loss) > 1;
}
