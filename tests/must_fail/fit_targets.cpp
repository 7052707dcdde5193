// Targets of three values for a net that gives one.
// wanted: gives<1> but_given<3>
// rule: a target must have as many values as the net gives
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 3;
#else
constexpr std::size_t size = 1;
#endif

using N = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

int main() {
    N net;
    const std::array<std::array<float, 2>, 4> xs{};
    const std::array<std::array<float, size>, 4> ts{};
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.fit(xs, ts, {.epochs = 1}).last.loss > 1;
}
