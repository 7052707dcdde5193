// Residual connections: a net of 24 hidden layers learns better with them than without.
//
// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016: y = x + f(x), where f is two
// layers with batch normalisation. fold then removes the normalisation, and the outputs stay the same.
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

using namespace tenon;

constexpr std::size_t units = 16;
using Linear = Dense<units, units, Identity, false>; // BatchNorm has a bias
using Normalise = BatchNorm<Shape<units>>;
using Rectify = Activate<Shape<units>, Relu>;

using WithSkip = Residual<Linear, Normalise, Rectify, Linear, Normalise>;
using WithoutSkip = Net<Linear, Normalise, Rectify, Linear, Normalise>;

template <class B> using Four = Net<B, B, B, B>;
template <class B> using Deep = Net<Dense<2, units>, Four<B>, Four<B>, Four<B>, Dense<units, 1>>;

template <class Net> struct Data {
    std::vector<typename Net::Input> xs;
    std::vector<typename Net::Output> ts;
};

/// Points of the square from -1 to 1, and a wave over it.
template <class Net> Data<Net> wave(std::size_t count, std::uint64_t seed) {
    Random random{seed};
    Data<Net> data;
    for (std::size_t s = 0; s < count; ++s) {
        const auto x = static_cast<float>(2 * random.uniform() - 1);
        const auto y = static_cast<float>(2 * random.uniform() - 1);
        data.xs.push_back({x, y});
        data.ts.push_back({std::sin(10 * x) * std::cos(4 * y)});
    }
    return data;
}

template <class Net> Net trained() {
    const auto data = wave<Net>(4096, 1);
    Net net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 3e-3}, batch_size<64>};
    trainer.fit(data.xs, data.ts, {.epochs = 200, .shuffle_seed = 1});
    return net;
}

template <class Net> float test_loss(const Net& net) {
    const auto data = wave<Net>(1024, 2);
    return evaluate(net, MeanSquaredError{}, data.xs, data.ts);
}

/// The largest difference between the outputs of two nets.
template <class Net, class Other> float difference(const Net& net, const Other& other) {
    float largest = 0;
    for (const auto& x : wave<Net>(1024, 2).xs)
        largest = std::max(largest, std::abs(net(x)[0] - other(x)[0]));
    return largest;
}

int main() {
    const auto residual = trained<Deep<WithSkip>>();
    const auto plain = trained<Deep<WithoutSkip>>();
    const float loss = test_loss(residual), loss_of_plain = test_loss(plain);
    std::printf("24 hidden layers: loss %.4f with residual connections, %.4f without\n",
                static_cast<double>(loss), static_cast<double>(loss_of_plain));

    const auto folded = fold(residual);
    const float error = difference(residual, folded);
    std::printf("folded: %zu instead of %zu parameters, outputs differ by at most %.1g\n",
                folded.parameter_count, residual.parameter_count, static_cast<double>(error));
    return loss < 0.04f && loss < 0.75f * loss_of_plain && error < 1e-4f ? 0 : 1;
}
