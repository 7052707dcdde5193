// An activation without its derivative.
// wanted: but_found Square
// rule: an activation needs a static function derivative(z, y)
#include <tenon/tenon.hpp>

using namespace tenon;

struct Square {
    template <class V> static constexpr V apply(V z) noexcept { return z * z; }
#ifndef MISFIT
    template <class V> static constexpr V derivative(V z, V) noexcept { return z + z; }
#endif
};

using N = Net<Dense<2, 3, Square>, Activate<Shape<3>, Square>, Dense<3, 1>>;

int main() {
    N net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) + net(N::Input{})[0] > 1;
}
