// Nets with BatchNorm, Dropout, frozen layers, branches, convolutions, pools and layers over time: fit has
// the same result with any number of threads.
#include "same_fit.hpp"

#include <cstddef>

using namespace tenon;

namespace {

template <class T>
using All =
    NetOf<T, BatchNorm<Shape<5>>, Dropout<Shape<5>, 10>, Dense<5, 12, Gelu>, LayerNorm<Shape<12>>,
          Frozen<Net<Dense<12, 9, Tanh>, BatchNorm<Shape<9>>, Dropout<Shape<9>, 20>>>,
          Residual<Dense<9, 6>, BatchNorm<Shape<6>>, PRelu<Shape<6>>, Dropout<Shape<6>, 30>, Dense<6, 9>>,
          Concat<Dense<9, 3, Tanh>, Net<Dropout<Shape<9>, 40>, Dense<9, 2>>>,
          Split<BatchNorm<Shape<2>>, Scale<Shape<3>>>, Dense<5, 2>>;
/// No statistics: divided in blocks of 64 samples (double: 32), whatever the trainer's batch size.
template <class T>
using Dropped = NetOf<T, Frozen<Dense<5, 8>>, Dropout<Shape<8>, 30>, Residual<Dense<8, 8, Tanh>>,
                      Concat<Frozen<Dense<8, 2>>, Dense<8, 3>>, Dropout<Shape<5>, 10>, Dense<5, 2>>;

using Pixels = Shape<3, 6, 6>;
using Images = Net<Conv2D<Shape<2, 6, 6>, 3, Kernel<3, 3>, NoBias, Same>, BatchNorm<Pixels>,
                   Activate<Pixels, Relu>, MaxPool<Pixels, Kernel<2, 2>>,
                   Residual<Conv2D<Shape<3, 3, 3>, 3, Kernel<3, 3>, Groups<3>, Tanh, Same>>,
                   GlobalAveragePool<Shape<3, 3, 3>>, Dense<3, 2>>;
using Signals = Net<Pad<Shape<2, 5>, Padding<1>, Reflect>, Conv1D<Shape<2, 7>, 3, Kernel<3>, Relu, Stride<2>>,
                    ConvTranspose1D<Shape<3, 3>, 2, Kernel<2>, Tanh, Stride<2>>,
                    Upsample<Shape<2, 6>, ScaleFactor<2>, Bilinear>, AveragePool<Shape<2, 12>, Kernel<3>>,
                    Flatten<Shape<2, 4>>, Dense<8, 2>>;

using Steps = Net<Sequence<3, Dropout<Shape<2>, 20>, LSTM<2, 5>, CausalConv<5, 3, Kernel<2>, Tanh>>,
                  Bidirectional<3, GRU<3, 2>>, LastStep<Shape<3, 4>>, Dense<4, 2>>;

template <class N, std::size_t Batch, class Optimizer> void check_fit(Optimizer optimizer) {
    const auto xs = random_samples<typename N::Input>(150, 1);
    const auto ts = random_samples<typename N::Output>(150, 2);
    // several groups in a minibatch, the last one smaller; the last minibatch smaller than a group
    check_same<N, MeanSquaredError, Batch>(
        optimizer, xs, ts,
        {.epochs = 2,
         .batch = 70,
         .shuffle_seed = 3,
         .validation = {std::span(xs).first(20), std::span(ts).first(20)}});
}

} // namespace

TEST_CASE("with layers that normalise and drop, fit has the same result for any number of threads") {
    check_fit<All<float>, 16>(Adam{.weight_decay = 0.1});
    check_fit<All<double>, 32>(Sgd{.learning_rate = 0.1, .momentum = 0.9});
    check_fit<Dropped<float>, 64>(Adam{});
}

TEST_CASE("with layers over time, fit has the same result for any number of threads") {
    check_fit<Steps, 16>(Adam{});
}

TEST_CASE("with convolutions and pools, fit has the same result for any number of threads") {
    check_fit<Images, 16>(Adam{});
    check_fit<Signals, 64>(Adam{});
}
