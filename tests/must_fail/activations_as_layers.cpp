// Activations between the layers, as in torch.nn.Sequential.
// wanted: layer<2> but_found Relu
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Dense<2, 3>, Relu, Dense<3, 1>, Sigmoid>;
#else
using N = Net<Dense<2, 3>, Activate<Shape<3>, Relu>, Dense<3, 1, Sigmoid>>;
#endif

int main() {
    N net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) + net(N::Input{})[0] > 1;
}
