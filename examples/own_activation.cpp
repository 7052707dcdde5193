// A custom activation.
//
// A struct with two static functions, written once for single numbers, SIMD registers and constant
// expressions. This one is Swish (Ramachandran et al., 2017), y = z sigmoid(z); a net with it then learns a
// sine.
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;

struct Swish {
    /// y = A(z)
    template <class V> static constexpr V apply(V z) { return z * Sigmoid::apply(z); }
    /// dy/dz
    template <class V> static constexpr V derivative(V z, V y) {
        const V s = Sigmoid::apply(z);
        return s + y * (V(1) - s);
    }
};
static_assert(Activation<Swish>); // it has all that tenon requires of an activation

int main() {
    using Curve = Net<Dense<1, 16, Swish>, Dense<16, 16, Swish>, Dense<16, 1>>;
    std::vector<Curve::Input> xs;
    std::vector<Curve::Output> ys;
    for (int i = -64; i <= 64; ++i) {
        const float x = 3.14159265f * static_cast<float>(i) / 64;
        xs.push_back({x});
        ys.push_back({std::sin(x)});
    }

    Curve net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.01}};
    const History history = trainer.fit(xs, ys, {.epochs = 500, .shuffle_seed = 1});

    float largest_error = 0;
    for (std::size_t i = 0; i < xs.size(); ++i)
        largest_error = std::max(largest_error, std::abs(net(xs[i])[0] - ys[i][0]));
    std::printf("sin(x) by a net with Swish: loss %.2g, largest error %.3f\n", history.last.loss,
                static_cast<double>(largest_error));
    return largest_error < 0.1f ? 0 : 1;
}
