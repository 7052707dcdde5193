// Cross-entropy after a layer that does not say what it ends in.
// wanted: CrossEntropy ends_in Own
// rule: this loss needs a net that ends in another activation
#include <tenon/tenon.hpp>

using namespace tenon;

struct Own : Activate<Shape<3>, Softmax> {
    static constexpr void own() {}
#ifdef MISFIT
    using OutputActivation = void;
#endif
};

using N = Net<Dense<2, 3>, Own>;

int main() {
    N net;
    Trainer trainer{net, CrossEntropy{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
