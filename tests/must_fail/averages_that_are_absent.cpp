// Averages of an optimizer that computes none.
// wanted: but_found Adam
// rule: only an optimizer with Averaged<...> has averages
#include <tenon/tenon.hpp>

using namespace tenon;

int main() {
    Net<Dense<2, 1>> net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, Adam{}};
#else
    Trainer trainer{net, MeanSquaredError{}, Averaged{Adam{}}};
#endif
    trainer.swap_averages();
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
