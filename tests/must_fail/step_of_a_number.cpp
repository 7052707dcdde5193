// A step with a number in place of an array.
// wanted: takes<1> but_found<float>
// rule: a stream is called with step(state, x), where x is an array such as {0.5f}, or with spans of
// Net::Input and Net::Output: run(state, xs, ys), step(states, xs, ys); run takes spans of the net's numbers,
// too
#include <tenon/tenon.hpp>

using namespace tenon;

using Amp = Net<LSTM<1, 4>, Dense<4, 1>>;

int main() {
    State<Amp> state;
#ifdef MISFIT
    float x = 1;
#else
    const Amp::Input x{1};
#endif
    return Amp{}.step(state, x)[0] > 1;
}
