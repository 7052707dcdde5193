// An activation where the last layer should stand.
// wanted: layer<2> but_found Softmax
// rule: a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Last = Softmax;
#else
using Last = Activate<Shape<3>, Softmax>;
#endif

using N = Net<Dense<2, 3>, Last>;

int main() {
    N net;
    initialize(net, 1);
    return net(N::Input{})[0] +
               evaluate(net, MeanSquaredError{}, std::array<N::Input, 2>{}, std::array<N::Output, 2>{}) >
           1;
}
