// Writes a model of ONNX for every layer and activation, and beside it inputs with the net's outputs.
#include <tenon/io/onnx.hpp>
#include <tenon/tenon.hpp>
#include <tenon/wavenet.hpp>

#include <array>
#include <cstddef>
#include <fstream>
#include <ratio>
#include <string>

using namespace tenon;

namespace {

template <class N> void put(const std::string& name) {
    N net;
    initialize(net, 1);
    typename N::Scalar change = 0;
    for (auto& p : net.parameters()) {
        change = change > 1 ? 0 : change + static_cast<typename N::Scalar>(1. / 1024);
        p += change;
    }
    std::ofstream{"tenon_" + name + ".onnx", std::ios::binary} << to_onnx(net);
    std::ofstream out{"tenon_" + name + ".txt"};
    out.precision(17);
    Random random{3};
    for (int sample = 0; sample < 8; ++sample) {
        typename N::Input x;
        for (auto& v : x)
            v = static_cast<typename N::Scalar>(static_cast<double>(random() >> 11) * 0x1p-53 * 6 - 3);
        for (const auto v : x) out << v << ' ';
        for (const auto v : net(x)) out << v << ' ';
        out << '\n';
    }
}

/// A net that runs step by step: in each line the inputs of 9 steps, then the outputs.
template <class N> void put_stream(const std::string& name) {
    constexpr std::size_t steps = 9;
    N net;
    initialize(net, 1);
    Random random{3};
    for (auto& p : net.parameters()) p += static_cast<typename N::Scalar>(0.2 * random.normal());
    std::ofstream{"stream_" + name + ".onnx", std::ios::binary} << to_onnx(net);
    std::ofstream out{"stream_" + name + ".txt"};
    out.precision(17);
    for (int sample = 0; sample < 4; ++sample) {
        std::array<typename N::Input, steps> xs;
        std::array<typename N::Output, steps> ys;
        for (auto& x : xs)
            for (auto& v : x) v = static_cast<typename N::Scalar>(random.normal());
        State<N> state;
        net.run(state, xs, ys);
        for (const auto& x : xs)
            for (const auto v : x) out << v << ' ';
        for (const auto& y : ys)
            for (const auto v : y) out << v << ' ';
        out << '\n';
    }
}

template <class A> void put_activation(const std::string& name) {
    put<Net<Dense<3, 5, A>, Activate<Shape<5>, A>>>(name);
}

} // namespace

int main() {
    put<Net<Scale<Shape<3>>, Dense<3, 8, LeakyReluWith<std::ratio<1, 10>>, false>,
            Frozen<BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>, false>>,
            Residual<Dense<8, 8, Relu>, Net<Dense<8, 8>, BatchNorm<Shape<8>>>>, PRelu<Shape<8>>,
            Dropout<Shape<8>, 20>, Concat<Dense<8, 4, Tanh>, Net<Dense<8, 2>, LayerNorm<Shape<2>>>>,
            Split<Dense<2, 1>, Residual<Frozen<Net<Dense<4, 4>>>>>, Activate<Shape<5>, Softsign>,
            Flatten<Shape<5>>, Dense<5, 1>>>("everything");
    put<Net<BatchNorm<Shape<2, 3, 2>>, PRelu<Shape<2, 3, 2>>, LayerNorm<Shape<2, 3, 2>>,
            LayerNorm<Shape<2, 3, 2>, std::ratio<1, 1000>, false>, Scale<Shape<2, 3, 2>>,
            Activate<Shape<2, 3, 2>, Softmax>,
            Concat<Activate<Shape<2, 3, 2>, Tanh>, Activate<Shape<2, 3, 2>, Relu>>, Flatten<Shape<4, 3, 2>>,
            Dense<24, 3>>>("image");
    put<Net<MaxPool<Shape<2, 7, 10>, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>, CeilMode>,
            AveragePool<Shape<2, 4, 6>, Kernel<3, 3>, Stride<1, 1>, Padding<1, 1>>,
            AveragePool<Shape<2, 4, 6>, Kernel<3, 3>, Stride<2, 1>, Padding<1, 1>, CeilMode, ExcludePadding>,
            Upsample<Shape<2, 3, 6>, ScaleFactor<2, 3>>, Pad<Shape<2, 6, 18>, Padding<1, 2, 3, 0>, Reflect>,
            Upsample<Shape<2, 9, 21>, ScaleFactor<2, 2>, Bilinear>,
            Upsample<Shape<2, 18, 42>, ScaleFactor<1, 2>, Bilinear, AlignCorners>,
            Pad<Shape<2, 18, 84>, Padding<2, 1>>, Pad<Shape<2, 22, 86>, Padding<1, 1>, Replicate>,
            Concat<GlobalAveragePool<Shape<2, 24, 88>>, GlobalMaxPool<Shape<2, 24, 88>>>, Dense<4, 3>>>(
        "pools");
    put<Net<Dense<5, 24, Relu>, Unflatten<Shape<2, 3, 4>>,
            AveragePool<Shape<2, 3, 4>, Kernel<2, 3>, Stride<2, 2>, CeilMode>,
            ConvTranspose2D<Shape<2, 2, 2>, 1, Kernel<2, 2>, Stride<2, 2>>>>("decoder");
    put<Net<MaxPool<Shape<2, 12>, Kernel<3>>, Pad<Shape<2, 4>, Padding<2, 1>>,
            Upsample<Shape<2, 7>, ScaleFactor<3>>, AveragePool<Shape<2, 21>, Kernel<2>, Stride<3>>,
            GlobalMaxPool<Shape<2, 7>>>>("pools_of_signal");
    put<Net<Conv2D<Shape<2, 7, 6>, 4, Kernel<3, 2>, Relu, Stride<2, 1>, Padding<1, 0>, Groups<2>>,
            BatchNorm<Shape<4, 4, 5>>, Conv2D<Shape<4, 4, 5>, 3, Kernel<2, 2>, Same, Dilation<1, 2>, NoBias>,
            Residual<Conv2D<Shape<3, 4, 5>, 3, Kernel<3, 3>, Padding<1, 1>, Groups<3>>>,
            Split<Conv2D<Shape<2, 4, 5>, 2, Kernel<1, 1>, Relu>, MaxPool<Shape<1, 4, 5>, Kernel<1, 1>>>,
            ConvTranspose2D<Shape<3, 4, 5>, 4, Kernel<3, 2>, Stride<2, 3>, Padding<1, 0>, OutputPadding<1, 2>,
                            GeluTanh>,
            ConvTranspose2D<Shape<4, 8, 16>, 2, Kernel<2, 2>, Dilation<2, 1>, Groups<2>, NoBias>,
            Concat<MaxPool<Shape<2, 10, 17>, Kernel<3, 3>, Stride<2, 2>, CeilMode>,
                   Conv2D<Shape<2, 10, 17>, 1, Kernel<3, 3>, Tanh, Stride<2, 2>, Padding<1, 0>>>,
            Flatten<Shape<3, 5, 8>>, Dense<120, 3>>>("convolutions");
    put<Net<Conv1D<Shape<2, 12>, 4, Kernel<3>, LeakyRelu, Stride<2>, Same>, BatchNorm<Shape<4, 6>>,
            ConvTranspose1D<Shape<4, 6>, 2, Kernel<4>, Stride<2>, Padding<1>>,
            Conv1D<Shape<2, 12>, 3, Kernel<2>, Softmax, Dilation<3>>, GlobalAveragePool<Shape<3, 9>>>>(
        "signal");
    put<Net<Sequence<6, Scale<Shape<2>>, Dense<2, 3>, LSTM<3, 5>, Dropout<Shape<5>, 20>,
                     Residual<GRU<5, 5>, Net<LayerNorm<Shape<5>>>>,
                     CausalConv<5, 4, Kernel<3>, Tanh, Dilation<2>>, Frozen<RNN<4, 3, Relu>>>,
            LastStep<Shape<6, 3>>, Dense<3, 2, Softmax>>>("sequence");
    put<Net<Bidirectional<5, LSTM<2, 3>>, Bidirectional<5, GRU<6, 2>>,
            Sequence<5, GRU<4, 17, ResetBefore>, Dense<17, 2, Softmax>>, Bidirectional<5, RNN<2, 2, Relu>>,
            FinalStates<Shape<5, 4>>>>("both_ways");
    put<Net<Sequence<5, TrainedState<LSTM<2, 3>>>, Bidirectional<5, TrainedState<GRU<3, 2>>>>>(
        "written_trained_states");
    put<Net<Sequence<6, CausalConv2D<Shape<2, 7>, 4, Kernel<3, 2>, Tanh, Dilation<2, 3>, Stride<1, 2>>,
                     CausalConv2D<Shape<4, 2>, 6, Kernel<1, 2>, Same, Groups<2>, NoBias>, Gated<Shape<6, 2>>,
                     CausalConv2D<Shape<3, 2>, 2, Kernel<2, 1>, Padding<0, 1>, Softmax>>>>("written_frames");
    using Conditioned = WaveNet<2, SkipLayers<5, 7, Kernel<3>, Dilations<1, 2>, Silu>,
                                SkipLayers<3, 2, Kernel<1>, Dilations<1, 3>, SkipConv<7>, NoCondition>>;
    using Gates = WaveNet<2, SkipLayers<4, 5, Kernel<3>, Dilations<1, 4>, WithGate>,
                          SkipLayers<3, 2, Kernel<2>, Dilations<3, 1>, WithGate, Softsign, SkipConv<5>>>;
    put<Net<Sequence<6, Conditioned, Dense<2, 2>>>>("written_wavenet");
    put<Net<Dense<3, 8>, Gated<Shape<8>, Silu>>>("written_gated");
    put_stream<Net<LSTM<1, 20>, Dense<20, 1>>>("lstm");
    put_stream<
        Net<CausalConv<2, 4, Kernel<3>, Tanh, Dilation<2>>, Net<GRU<4, 17>>, Residual<RNN<17, 17, Softsign>>,
            GRU<17, 3, ResetBefore>, CausalConv<3, 2, Kernel<1>>, Activate<Shape<2>, Softmax>>>("everything");
    put_stream<Net<CausalConv<4, 6, Kernel<2>, Groups<2>, NoBias, Tanh>>>("grouped");
    put_stream<NetOf<double, LSTM<2, 3>, Dense<3, 1>>>("double");
    put_stream<Net<CausalConv2D<Shape<2, 7>, 3, Kernel<3, 2>, Tanh, Dilation<2, 1>>, Flatten<Shape<3, 6>>,
                   CausalConv<18, 4, Kernel<2>>, Gated<Shape<4>>>>("frames");
    put_stream<Net<Gates>>("gates");
    put_stream<Net<Conditioned, LSTM<2, 2>>>("wavenet");
    put_stream<Net<TrainedState<LSTM<2, 3>>, TrainedState<GRU<3, 2, ResetBefore>>>>("trained_states");
    put<Net<Dropout<Shape<3>, 20>>>("nothing");
    put<NetOf<double, Dense<3, 4, Tanh>, Dense<4, 2, Softmax>>>("double");
    put_activation<Identity>("identity");
    put_activation<LogProbabilities>("log_probabilities");
    put_activation<Relu>("relu");
    put_activation<LeakyRelu>("leaky_relu");
    put_activation<Elu>("elu");
    put_activation<EluWith<std::ratio<1, 2>>>("elu_with");
    put_activation<Selu>("selu");
    put_activation<SeluWith<std::ratio<3, 2>, std::ratio<5, 4>>>("selu_with");
    put_activation<Gelu>("gelu");
    put_activation<GeluTanh>("gelu_tanh");
    put_activation<Silu>("silu");
    put_activation<Sigmoid>("sigmoid");
    put_activation<Tanh>("tanh");
    put_activation<Softplus>("softplus");
    put_activation<SoftplusWith<std::ratio<2>>>("softplus_with");
    put_activation<Softsign>("softsign");
    put_activation<HardSigmoid>("hard_sigmoid");
    put_activation<HardSigmoidWith<std::ratio<1, 5>, std::ratio<1, 2>>>("hard_sigmoid_with");
    put_activation<Softmax>("softmax");
    put_activation<LogSoftmax>("log_softmax");
}
