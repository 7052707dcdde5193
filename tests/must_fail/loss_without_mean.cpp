// A loss without mean.
// wanted: but_found Squared
// rule: a loss needs `static constexpr bool mean`
#include <tenon/tenon.hpp>

using namespace tenon;

struct Squared {
    template <class V> constexpr V value(V y, V t) const noexcept { return (y - t) * (y - t); }
    template <class V> constexpr V derivative(V y, V t) const noexcept { return V(2) * (y - t); }
#ifndef MISFIT
    static constexpr bool mean = true;
#endif
};

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    Trainer trainer{net, Squared{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
