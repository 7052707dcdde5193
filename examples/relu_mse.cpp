// Trains a net with ReLU on one sample, step by step, with an update by hand.
//
// 3-4-2, mean squared error. gradient() and parameters() are flat and in the same order, so an update is one
// loop.
#include <tenon/tenon.hpp>

#include <cstddef>
#include <cstdio>

using namespace tenon;
using Small = Net<Dense<3, 4, Relu>, Dense<4, 2, Relu>>;

int main() {
    Small net;
    initialize(net, 1, Constant{0.1});  // every weight 0.1, every bias 0
    net.layer<0>().weight(2, 1) = 0.3f; // from input 1 to unit 2
    const Small::Input x{1, 2, 3};
    const Small::Output target{0.5f, 1};

    float loss = 0;
    for (int step = 0; step <= 100; ++step) {
        const auto derivatives = gradient(net, MeanSquaredError{}, x, target);
        const Small::Output y = net(x);
        loss = ((y[0] - target[0]) * (y[0] - target[0]) + (y[1] - target[1]) * (y[1] - target[1])) / 2;
        if (step % 20 == 0)
            std::printf("step %3d: y = (%.4f, %.4f), loss %.6f\n", step, static_cast<double>(y[0]),
                        static_cast<double>(y[1]), static_cast<double>(loss));
        for (std::size_t i = 0; i < derivatives.size(); ++i) net.parameters()[i] -= 0.02f * derivatives[i];
    }
    return loss < 1e-6f ? 0 : 1;
}
