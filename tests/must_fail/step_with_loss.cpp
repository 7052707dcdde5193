// A loss in place of a function of outputs and derivatives.
// wanted: MeanSquaredError
// rule: step_with takes a function f(ys, dys)
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    const std::array<N::Input, 2> xs{};
#ifdef MISFIT
    const MeanSquaredError loss;
#else
    const auto loss = [](std::span<const N::Output>, std::span<N::Output>) { return 0.f; };
#endif
    return trainer.step_with(xs, loss) > 1;
}
