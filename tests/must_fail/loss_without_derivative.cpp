// A loss without its derivative.
// wanted: but_found Squared
// rule: a loss needs derivative(y, t), const
#include <tenon/tenon.hpp>

using namespace tenon;

struct Squared {
    template <class V> constexpr V value(V y, V t) const noexcept { return (y - t) * (y - t); }
#ifndef MISFIT
    template <class V> constexpr V derivative(V y, V t) const noexcept { return V(2) * (y - t); }
#endif
    static constexpr bool mean = true;
};

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    Trainer trainer{net, Squared{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
