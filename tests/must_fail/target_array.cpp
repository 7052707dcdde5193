// A target of two values for a net that gives one.
// wanted: gives<1> but_given<2>
// rule: a target must have as many values as the net gives
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
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.step(N::Input{}, std::array<float, size>{}) > 1;
}
