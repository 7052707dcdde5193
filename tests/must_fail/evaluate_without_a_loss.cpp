// An optimizer in place of the loss.
// wanted: but_found Sgd
// rule: a loss needs value(y, t), derivative(y, t) and mean, or sample(y, t, dy, scale)
#include <tenon/tenon.hpp>

#include <array>

using namespace tenon;

using N = Net<Dense<2, 1>>;

int main() {
    constexpr std::array<N::Input, 1> xs{};
    constexpr std::array<N::Output, 1> ts{};
#ifdef MISFIT
    return evaluate(N{}, Sgd{}, xs, ts) > 0;
#else
    return evaluate(N{}, MeanSquaredError{}, xs, ts) > 0;
#endif
}
