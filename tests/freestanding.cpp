// The core without exceptions and RTTI: this program is built with -fno-exceptions -fno-rtti. It uses the
// whole core, and wavenet.hpp and recordings.hpp, because object_code/core checks which functions its code
// calls.
#include <tenon/recordings.hpp>
#include <tenon/tenon.hpp>
#include <tenon/wavenet.hpp>

#include <array>
#include <cstddef>

using namespace tenon;
using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "to be built with -fno-exceptions -fno-rtti"
#endif

/// Trains a net, and evaluates it by every function. The result of the training does not matter.
template <class N, class Loss, class Optimizer> bool runs(Loss loss, Optimizer optimizer) {
    static N net;
    static std::array<typename N::Input, 9> xs{};
    static std::array<typename N::Output, 9> ts{}, ys{};
    initialize(net, 1);
    for (std::size_t s = 0; s < xs.size(); ++s) {
        xs[s][0] = static_cast<typename N::Scalar>(s) / 9;
        ts[s][s % N::outputs] = 1;
    }
    Trainer trainer{net, loss, optimizer, batch_size<8>};
    trainer.step(xs[0], ts[0]);
    trainer.fit(xs, ts, {.epochs = 2, .batch = 5, .shuffle_seed = 1});
    net(xs, ys);
    const auto derivatives = gradient(net, loss, xs[0], ts[0]);
    return evaluate(net, loss, xs, ts) < 1000 && derivatives[0] < 1000 && net(xs[8])[0] < 1000 &&
           ys[8][0] < 1000;
}

template <class Net> bool streams() {
    static Net net;
    static std::array<State<Net>, 17> states; // more than a window
    static std::array<typename Net::Input, 17> xs;
    static std::array<typename Net::Output, 17> ys;
    net.step(states, xs, ys);
    net.run(states[0], xs, ys);
    return net.step(states[0], xs[0])[0] < 1000;
}

/// Trains a net with a cell on a recording.
bool records() {
    using Amp = Net<RNN<1, 2>, Dense<2, 1>>;
    static Amp net;
    static constexpr std::array<Amp::Input, 12> xs{{{0.5f}, {-0.5f}}};
    initialize(net, 1);
    RecordingTrainer trainer{net, ErrorToSignal{}, Adam{}, window<3>, batch_size<2>};
    return trainer.fit(xs, xs, {.warm_up = 2, .validation = {xs, xs}}).outcome == Outcome::finished;
}

bool runs_with_everything() {
    using Nine = Shape<9>;
    using Large = Net<Dense<3, 9, Gelu>, Activate<Nine, Silu>, Activate<Nine, Softplus>, Activate<Nine, Elu>,
                      Activate<Nine, Selu>, Activate<Nine, LeakyReluWith<std::ratio<1, 10>>>,
                      Activate<Nine, GeluTanh>, Activate<Nine, Relu>, Activate<Nine, Softsign>,
                      Activate<Nine, HardSigmoid>, Dense<9, 3, Softmax>>;
    using Small = Net<Dense<3, 2, Sigmoid>>;
    using Logs = NetOf<double, NetOf<double, Dense<3, 5, Tanh, false>>, Dense<5, 3, LogSoftmax>>;
    // Layers that normalise, drop, join and freeze
    using Norm = BatchNorm<Nine>;
    using Layers =
        Net<Scale<Shape<3>>, Frozen<Dense<3, 9>>, Norm, PRelu<Nine>, Dropout<Nine, 20>,
            Residual<Dense<9, 9, Tanh>, Norm>, LayerNorm<Nine>, Split<Dense<4, 4>, Flatten<Shape<5>>>,
            Concat<Dense<9, 2>, Net<Dense<9, 1>>>, Activate<Shape<3>, Softmax>>;
    // Layers of images
    using Images =
        Net<Pad<Shape<1, 4, 4>, Padding<1, 1>>, MaxPool<Shape<1, 6, 6>, Kernel<2, 2>>,
            Upsample<Shape<1, 3, 3>, ScaleFactor<2, 2>, Bilinear>,
            AveragePool<Shape<1, 6, 6>, Kernel<3, 3>, Stride<1, 1>, Padding<1, 1>>,
            Concat<GlobalAveragePool<Shape<1, 6, 6>>, GlobalMaxPool<Shape<1, 6, 6>>>, Dense<2, 3, Softmax>>;
    using Convolutions = Net<Conv2D<Shape<1, 9, 9>, 4, Kernel<3, 5>, Relu, Padding<1, 2>>,
                             Conv2D<Shape<4, 9, 9>, 4, Kernel<3, 3>, Same, Groups<4>, Gelu>,
                             ConvTranspose2D<Shape<4, 9, 9>, 1, Kernel<2, 2>, Stride<2, 2>>,
                             Conv2D<Shape<1, 18, 18>, 3, Kernel<18, 18>>, Flatten<Shape<3, 1, 1>>,
                             Activate<Shape<3>, Softmax>>;
    // Cells
    using Steps = Net<Sequence<2, LSTM<1, 2>>, LastStep<Shape<2, 2>>, Dense<2, 3, Softmax>>;
    using Stream =
        Net<LSTM<1, 5>, GRU<5, 3>, RNN<3, 2>, CausalConv<2, 3, Kernel<2>, Tanh>,
            TrainedState<GRU<3, 2, ResetBefore>>, CausalConv<2, 4, Kernel<2>, Groups<2>, Stride<2>>,
            Gated<Shape<4>>, WaveNet<2, SkipLayers<2, 1, Kernel<2>, Dilations<1>>>>;
    using Windows = Net<CausalConv<2, 3, Kernel<2>, Tanh>,
                        WaveNet<3, SkipLayers<2, 1, Kernel<2>, Dilations<1, 20>, WithGate>>>;
    return runs<Steps>(CrossEntropy{}, Adam{}) && streams<Stream>() && streams<Windows>() && records() &&
           runs<Layers>(CrossEntropy{}, Adam{}) && runs<Convolutions>(CrossEntropy{}, Adam{}) &&
           runs<Images>(CrossEntropy{}, Adam{}) && runs<Large>(CrossEntropy{}, Adam{}) &&
           runs<Logs>(NegativeLogLikelihood{}, Adam{}) && runs<Small>(HalfSquaredError{}, Sgd{}) &&
           runs<Small>(MeanAbsoluteError{}, Sgd{.momentum = 0.9, .nesterov = true}) &&
           runs<Small>(Huber{}, Adam{}) && runs<Small>(BinaryCrossEntropy{}, Adam{}) &&
           runs<Small>(Huber{}, RmsProp{.momentum = 0.9}) && runs<Small>(Huber{}, CenteredRmsProp{}) &&
           runs<Small>(Huber{}, AdaGrad{}) && runs<Small>(Huber{}, AmsGradW{}) &&
           runs<Small>(Huber{}, Nadam{}) && runs<Small>(Huber{}, Rprop{}) && runs<Small>(Huber{}, Lion{}) &&
           runs<Layers>(
               CrossEntropy{},
               ClipNorm{Scheduled{Averaged{NoBiasDecay{AdamW{}}}, Warmup{OneCycle{.steps = 9}, 2}}, 1.0}) &&
           runs<Small>(Huber{}, Scheduled{ClipValue{L1Decay{Sgd{}, 0.1}, 0.5}, Cosine{.steps = 9}});
}

/// A net to bytes and back, at run time and by the compiler.
bool exchanges_bytes(const Xor& net) {
    static std::array<std::byte, bytes_size<Xor>> bytes;
    static constexpr auto zeros = to_bytes(Xor{});
    constexpr Xor zero = parse_safetensors<Xor, zeros>();
    to_bytes(net, bytes);
    const auto parsed = parse_safetensors<Xor>(bytes);
    bytes[bytes.size() - 1] ^= std::byte{1};
    const VerifyReport report = verify_bytes(net, bytes);
    return parsed && checksum(parsed.value()) == checksum(net) && !parse_safetensors<Xor>(bytes) && !report &&
           zero.parameters()[0] == 0;
}

int main() {
    constexpr std::array<Xor::Input, 4> xs{{{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}}};
    constexpr std::array<Xor::Output, 4> ts{{{0.f}, {1.f}, {1.f}, {0.f}}};
    Xor net;
    initialize(net, 42);
    const float before = evaluate(net, MeanSquaredError{}, xs, ts);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.05}};
    Xor best;
    const auto history =
        trainer.fit(xs, ts, {.epochs = 500, .batch = 4, .shuffle_seed = 7, .best = &best}, Accuracy{}, F1{},
                    Auc{}, R2{}, MeanAbsoluteError{}, [](const Minibatch& step) { return step.epoch > 0; });
    std::array<Xor::Output, 4> ys{};
    net(xs, ys);
    const bool right = accuracy(net, xs, ts) == 1 && history.best[Accuracy{}] == 1 &&
                       history.best[Auc{}] == 1 && measure(net, TopK<1>{}, xs, ts) == 1 && ys[1][0] > 0.5f &&
                       ys[3][0] < 0.5f;
    return history.outcome == Outcome::finished && history.last.loss < static_cast<double>(before) && right &&
                   runs_with_everything() && exchanges_bytes(net)
               ? 0
               : 1;
}
