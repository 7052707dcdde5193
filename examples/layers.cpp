// Every layer in a few lines, with values that the compiler checks.
#include <tenon/tenon.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <type_traits>

using namespace tenon;

constexpr bool near(float a, float b) { return a - b < 1e-3f && b - a < 1e-3f; }

// Dense

constexpr auto dense = [] {
    Net<Dense<2, 3, Relu>> net;      // all parameters are 0
    net.layer<0>().weight(0, 1) = 2; // W[output][input]
    net.layer<0>().bias(1) = -1;
    net.layer<0>().bias(2) = 0.5f;
    return net;
}();
static_assert(dense.parameter_count == 3 * 2 + 3);
static_assert(dense({1, 3}) == std::array{6.f, 0.f, 0.5f});

// Activate

using Classifier = Net<Dense<4, 8>, BatchNorm<Shape<8>>, Activate<Shape<8>, Relu>, Dense<8, 3, Softmax>>;

static_assert(Net<Activate<Shape<3>, Relu>>{}({-1, 0, 2}) == std::array{0.f, 0.f, 2.f});

// Dropout

using Regularised = Net<Dense<4, 64, Relu>, Dropout<Shape<64>, 20>, Dense<64, 1>>;

static_assert(Net<Dropout<Shape<2>, 50>>{}({1, 2}) == std::array{1.f, 2.f}); // no effect outside training

/// The share of 1000 values that a training step drops. The gradient of a dropped value's weight is 0.
float share_dropped() {
    using Linear = Net<Dense<1, 1000, Identity, false>, Dropout<Shape<1000>, 20>>;
    Linear net;
    initialize(net, 1, Constant{1});
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    trainer.seed(3); // of the masks
    trainer.step({1}, Linear::Output{});
    float dropped = 0;
    for (const float g : trainer.gradient()) dropped += g == 0 ? 1.f : 0.f;
    return dropped / 1000;
}

// BatchNorm

using Normalised = Net<BatchNorm<Shape<1>>>;
constexpr Normalised batch_norm = [] {
    constexpr std::array<Normalised::Input, 4> xs{{{1}, {2}, {3}, {6}}}; // mean 3, unbiased variance 14 / 3
    constexpr std::array<Normalised::Output, 4> targets{};
    Normalised net;
    initialize(net, 1); // weight 1, bias 0, running_mean 0, running_var 1
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0}, batch_size<4>};
    trainer.step(xs, targets); // each moves a tenth of the way
    return net;
}();
static_assert(near(batch_norm.layer<0>().tensor("running_mean", 0), 0.1f * 3));
static_assert(near(batch_norm.layer<0>().tensor("running_var", 0), 0.9f * 1 + 0.1f * 14 / 3));
static_assert(near(batch_norm({0.3f})[0], 0)); // outside training: x - running_mean is 0

using Images = Net<BatchNorm<Shape<8, 24, 24>>, Flatten<Shape<8, 24, 24>>, Dense<8 * 24 * 24, 10, Softmax>>;
using Decoder =
    Net<Dense<10, 8 * 12 * 12, Relu>, Unflatten<Shape<8, 12, 12>>,
        ConvTranspose2D<Shape<8, 12, 12>, 1, Kernel<2, 2>, Sigmoid, Stride<2, 2>>>; // Shape<1, 24, 24>
static_assert(Decoder::outputs == 24 * 24);
static_assert(BatchNorm<Shape<8, 24, 24>>::parameter_count == 4 * 8); // one mean, ... for each channel

// LayerNorm

constexpr auto layer_norm = [] {
    Net<LayerNorm<Shape<2>>> net;
    initialize(net, 1); // weight 1, bias 0
    return net;
}();
static_assert(near(layer_norm({10, 20})[0], -1) && near(layer_norm({10, 20})[1], 1));

// PRelu

constexpr auto prelu = [] {
    Net<PRelu<Shape<2>>> net;
    initialize(net, 1); // all factors 0.25
    return net;
}();
static_assert(prelu({-2, 4}) == std::array{-0.5f, 4.f});

// Scale

constexpr std::array<std::array<float, 2>, 2> samples{{{10, 5}, {30, 5}}};
constexpr auto scaled = [] {
    Net<Scale<Shape<2>>, Dense<2, 1>> net;
    initialize(net, 1);
    standardize(net, samples); // mean 20 and 5, deviation 10 and, for the constant, 1
    net.layer<1>().weight(0, 0) = 1;
    net.layer<1>().weight(0, 1) = 1;
    return net;
}();
static_assert(scaled({30, 7}) == std::array{1.f + 2.f});

// Flatten

static_assert(Chain<Flatten<Shape<2, 3>>, Dense<6, 1>> && !Chain<BatchNorm<Shape<2, 3>>, Dense<6, 1>>);

// MaxPool, AveragePool

constexpr Net<MaxPool<Shape<1, 2, 4>, Kernel<2, 2>>> max_pool;
static_assert(max_pool({1, 5, 2, 0, //
                        3, 4, 9, 7}) == std::array{5.f, 9.f});

using Strided = MaxPool<Shape<8, 112, 112>, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>>;
static_assert(std::is_same_v<Strided::OutputShape, Shape<8, 56, 56>>);

constexpr Net<AveragePool<Shape<1, 4>, Kernel<3>, Padding<1>>> average_pool;
static_assert(average_pool({3, 6, 9, 3}) == std::array{3.f, 4.f}); // (0 + 3 + 6) / 3, (9 + 3 + 0) / 3

using WithoutPadding = AveragePool<Shape<1, 4>, Kernel<3>, Padding<1>, ExcludePadding>;
static_assert(Net<WithoutPadding>{}({3, 6, 9, 3}) == std::array{4.5f, 6.f}); // (3 + 6) / 2, (9 + 3) / 2

// GlobalAveragePool, GlobalMaxPool

constexpr Net<GlobalAveragePool<Shape<2, 1, 3>>> means;
static_assert(means({1, 2, 6, 4, 5, 6}) == std::array{3.f, 5.f});
constexpr Net<GlobalMaxPool<Shape<2, 1, 3>>> maxima;
static_assert(maxima({1, 2, 6, 4, 5, 6}) == std::array{6.f, 6.f});

// Upsample

constexpr Net<Upsample<Shape<1, 1, 2>, ScaleFactor<2, 2>>> repeated;
static_assert(repeated({1, 5}) == std::array{1.f, 1.f, 5.f, 5.f, //
                                             1.f, 1.f, 5.f, 5.f});
constexpr Net<Upsample<Shape<1, 2>, ScaleFactor<2>, Bilinear>> interpolated;
static_assert(interpolated({1, 5}) == std::array{1.f, 2.f, 4.f, 5.f});

// Pad

constexpr Net<Pad<Shape<1, 3>, Padding<2>>> framed;
static_assert(framed({1, 2, 3}) == std::array{0.f, 0.f, 1.f, 2.f, 3.f, 0.f, 0.f});
constexpr Net<Pad<Shape<1, 3>, Padding<2, 0>, Reflect>> reflected;
static_assert(reflected({1, 2, 3}) == std::array{3.f, 2.f, 1.f, 2.f, 3.f});

// Residual

using ResidualBlock = Residual<Dense<8, 8, Relu>, Dense<8, 8>>;
using Deep = Net<Dense<2, 8>, ResidualBlock, ResidualBlock, ResidualBlock, Dense<8, 1>>;

static_assert(Net<Residual<Dense<2, 2>>>{}({3, 4}) == std::array{3.f, 4.f}); // f(x) = 0

// Concat

using Wide = Net<Concat<Dense<64, 16, Tanh>, Net<Dense<64, 8, Relu>, Dense<8, 8>>>, Dense<24, 1>>;

static_assert(Net<Concat<Activate<Shape<2>, Identity>, Activate<Shape<2>, Relu>>>{}({-1, 2}) ==
              std::array{-1.f, 2.f, 0.f, 2.f});

// Split

using TwoInputs = Net<Split<Dense<20, 8, Relu>, Dense<4, 4, Tanh>>, Dense<12, 1>>;

static_assert(Net<Split<Activate<Shape<1>, Relu>, Activate<Shape<2>, Identity>>>{}({-1, -2, 3}) ==
              std::array{0.f, -2.f, 3.f});

// Frozen

using Body = Net<Dense<4, 16, Relu>, Dense<16, 8, Relu>>;
using Trained = Net<Body, Dense<8, 5, Softmax>>;
using WithNewHead = Net<Frozen<Body>, Dense<8, 3, Softmax>>;

constexpr WithNewHead with_new_head(const Trained& trained) {
    WithNewHead net;
    initialize(net, 1);
    copy_parameters<0, 0>(trained, net); // layer 0 of `trained` to layer 0 of `net`
    return net;
}

// fold

using Original = Net<Scale<Shape<4>>, Dense<4, 8>, BatchNorm<Shape<8>>, Activate<Shape<8>, Relu>,
                     Dropout<Shape<8>, 20>, Dense<8, 3>>;
using Folded = decltype(fold(Original{}));
static_assert(std::is_same_v<Folded, Net<Dense<4, 8>, Activate<Shape<8>, Relu>, Dense<8, 3>>>);

int main() {
    Trained trained;
    initialize(trained, 1);
    WithNewHead net = with_new_head(trained);
    Trainer trainer{net, CrossEntropy{}, Adam{}};
    trainer.step({1, 2, 3, 4}, 1);
    const bool body_kept =
        net.layer<0>().layer<1>().weight(3, 2) == trained.layer<0>().layer<1>().weight(3, 2);

    Original original;
    initialize(original, 1);
    const Folded folded = fold(original);
    float difference = 0;
    for (std::size_t o = 0; o < 3; ++o)
        difference = std::fmax(difference, std::abs(folded({1, 2, 3, 4})[o] - original({1, 2, 3, 4})[o]));

    const float dropped = share_dropped();
    std::printf("%.0f%% dropped; %s; folding changes outputs by at most %.1g\n",
                static_cast<double>(100 * dropped),
                body_kept ? "the frozen layers are kept" : "FAILED: the frozen layers have changed",
                static_cast<double>(difference));
    return body_kept && difference < 1e-5f && dropped > 0.15f && dropped < 0.25f ? 0 : 1;
}
