// Targets of doubles for a net of floats.
// wanted: numbers<float> but_found<double>
// rule: the numbers of the samples must be of the net's type
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Number = double;
#else
using Number = float;
#endif

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    const std::array<std::array<Number, 1>, 4> ts{};
    return evaluate(N{}, MeanSquaredError{}, std::array<N::Input, 4>{}, ts) > 1;
}
