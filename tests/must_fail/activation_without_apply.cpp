// An activation without its function.
// wanted: but_found Square
// rule: an activation needs a static function apply(z)
#include <tenon/tenon.hpp>

using namespace tenon;

struct Square {
#ifndef MISFIT
    template <class V> static constexpr V apply(V z) noexcept { return z * z; }
#endif
    template <class V> static constexpr V derivative(V z, V) noexcept { return z + z; }
};

using N = Net<Dense<2, 3, Square>, Activate<Shape<3>, Square>, Dense<3, 1>>;

int main() {
    N net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) + net(N::Input{})[0] > 1;
}
