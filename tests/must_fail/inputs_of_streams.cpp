// Inputs of two values for streams of a net that takes one.
// wanted: takes<1> but_given<2>
// rule: an input must have as many values as the net takes
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;
#ifdef MISFIT
using Input = std::array<float, 2>;
#else
using Input = Amp::Input;
#endif

int main() {
    State<Amp> states[3];
    const Input xs[3]{};
    Amp::Output ys[3]{};
    Amp{}.step(states, xs, ys);
    return 0;
}
