// Linear regression with one neuron, by gradient descent.
//
// y = w x + b, and y = w1 x1 + w2 x2 + b. A neuron without an activation is Dense<1, 1>. The data are
// computed with known weights, which training finds.
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;
using Neuron = NetOf<double, Dense<1, 1>>;
using Plane = NetOf<double, Dense<2, 1>>;

int main() {
    std::vector<Neuron::Input> xs;
    std::vector<Neuron::Output> ys;
    std::vector<Plane::Input> points;
    std::vector<Plane::Output> heights;
    for (int i = -5; i <= 5; ++i) {
        const double x = 0.2 * i;
        xs.push_back({x});
        ys.push_back({3 * x - 1});
        for (int j = -5; j <= 5; ++j) {
            points.push_back({x, 0.2 * j});
            heights.push_back({2 * x - 0.5 * (0.2 * j) + 4});
        }
    }

    Neuron neuron; // starts at w = 0, b = 0
    Trainer trainer{neuron, MeanSquaredError{}, Sgd{.learning_rate = 0.3}};
    for (int step = 0; step < 200; ++step) trainer.step(xs, ys);
    const double w = neuron.layer<0>().weight(0, 0), b = neuron.layer<0>().bias(0);
    std::printf("y = %.6f x %+.6f (data: 3 x - 1)\n", w, b);

    Plane plane;
    Trainer plane_trainer{plane, MeanSquaredError{}, Sgd{.learning_rate = 0.3}, batch_size<121>};
    for (int step = 0; step < 200; ++step) plane_trainer.step(points, heights);
    const auto layer = plane.layer<0>();
    std::printf("y = %.6f x1 %+.6f x2 %+.6f (data: 2 x1 - 0.5 x2 + 4)\n", layer.weight(0, 0),
                layer.weight(0, 1), layer.bias(0));

    const auto near = [](double value, double expected) { return std::abs(value - expected) < 1e-6; };
    const bool line_found = near(w, 3) && near(b, -1);
    const bool plane_found =
        near(layer.weight(0, 0), 2) && near(layer.weight(0, 1), -0.5) && near(layer.bias(0), 4);
    return line_found && plane_found ? 0 : 1;
}
