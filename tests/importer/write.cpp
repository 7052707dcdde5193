// write FOLDER: writes nets as safetensors and as headers. write FOLDER read: reads those that tenon-import
// has written back. write FOLDER torch: compares those that PyTorch has written with its outputs.
#include <tenon/io/header.hpp>
#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/wavenet.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <ratio>
#include <string>
#include <vector>

using namespace tenon;

namespace {

using Floats = Net<Scale<Shape<3>>, Dense<3, 8, LeakyReluWith<std::ratio<1, 10>>, false>,
                   BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>, false>,
                   Residual<Dense<8, 8, Relu>, Dense<8, 8>, BatchNorm<Shape<8>>>, PRelu<Shape<8>>,
                   Concat<Dense<8, 4, Tanh>, Net<Dense<8, 40>, LayerNorm<Shape<40>>>>,
                   Activate<Shape<44>, Softsign>, Dense<44, 30, EluWith<std::ratio<1, 2>>>>;

/// Numbers of every magnitude, so that every form of literal occurs.
template <class Net> Net numbers() {
    using T = typename Net::Scalar;
    Net net;
    Random random{5};
    T scale = 1;
    for (T& p : net.parameters()) {
        p = static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * scale;
        scale = scale > T(1e12) ? T(1e-12) : scale * T(1.7);
    }
    auto p = net.parameters();
    p[0] = -T(0);
    p[1] = std::numeric_limits<T>::denorm_min();
    p[2] = std::numeric_limits<T>::max();
    p[3] = 3;
    p[4] = T(1e20);
    p[5] = 16777217;
    return net;
}

using Doubles = NetOf<double, Scale<Shape<3>>, Dense<3, 40, SoftplusWith<std::ratio<2>>>, Dense<40, 3>>;

using Images = Net<
    Conv2D<Shape<2, 7, 6>, 4, Kernel<3, 2>, Relu, Stride<2, 1>, Padding<1, 0>, Groups<2>>,
    BatchNorm<Shape<4, 4, 5>>, Conv2D<Shape<4, 4, 5>, 3, Kernel<2, 2>, Same, Dilation<1, 2>, NoBias>,
    ConvTranspose2D<Shape<3, 4, 5>, 4, Kernel<3, 2>, Tanh, Stride<2, 3>, Padding<1, 0>, OutputPadding<1, 2>>,
    MaxPool<Shape<4, 8, 16>, Kernel<3, 3>, Stride<2, 2>, CeilMode>,
    AveragePool<Shape<4, 4, 8>, Kernel<3, 2>, Padding<1, 1>, CeilMode, ExcludePadding>,
    Pad<Shape<4, 2, 5>, Padding<1, 0, 2, 1>, Reflect>,
    Upsample<Shape<4, 3, 8>, ScaleFactor<2, 2>, Bilinear, AlignCorners>,
    Concat<GlobalAveragePool<Shape<4, 6, 16>>, GlobalMaxPool<Shape<4, 6, 16>>>, Dense<8, 2>>;
using Signals =
    Net<Dense<3, 24, Tanh>, Unflatten<Shape<2, 12>>, Conv1D<Shape<2, 12>, 4, Kernel<3>, LeakyRelu, Stride<2>>,
        Pad<Shape<4, 5>, Padding<1>>, ConvTranspose1D<Shape<4, 7>, 2, Kernel<4>, Stride<2>, NoBias>,
        Upsample<Shape<2, 16>, ScaleFactor<2>>, MaxPool<Shape<2, 32>, Kernel<2>>>;

using Streamed = Net<CausalConv2D<Shape<1, 5>, 2, Kernel<3, 2>, Tanh, Stride<1, 2>, Same, Dilation<2, 1>>,
                     Flatten<Shape<2, 3>>, Scale<Shape<6>>, LSTM<6, 20>, GRU<20, 17>, GRU<17, 3, ResetBefore>,
                     Residual<RNN<3, 3, Relu>>, CausalConv<3, 2, Kernel<3>, Tanh, Dilation<2>>, Dense<2, 1>>;
using Amp =
    Net<WaveNet<1, SkipLayers<5, 3, Kernel<3>, Dilations<1, 2, 4>, Relu, WithGate, SkipConv<4>, NoCondition>,
                SkipLayers<3, 2, Kernel<2>, Dilations<2, 1>>>,
        TrainedState<LSTM<2, 17>>, TrainedState<GRU<17, 2>>, Dense<2, 1>>;
using OverTime = Net<Bidirectional<4, GRU<2, 3>>, Sequence<4, RNN<6, 2>, Dense<2, 2, Tanh>>,
                     Bidirectional<4, LSTM<2, 17>>, LastStep<Shape<4, 34>>, Dense<34, 1>>;

template <class Net> void write(const std::filesystem::path& folder, const std::string& name) {
    const auto net = numbers<Net>();
    save(net, folder / (name + ".safetensors"));
    write_header(net, folder / (name + ".hpp"), name);
}
template <class Net> int read(const std::filesystem::path& folder, const std::string& name) {
    const auto back = load<Net>(folder / (name + ".again.safetensors"));
    return std::ranges::equal(back.parameters(), numbers<Net>().parameters()) ? 0 : 1;
}

using Row = Net<Dense<3, 8, Tanh>, BatchNorm<Shape<8>>, Net<Dense<8, 8, Relu, false>, LayerNorm<Shape<8>>>,
                PRelu<Shape<8>>, Dropout<Shape<8>, 20>, Dense<8, 2, Softmax>>;
using Image = Net<LayerNorm<Shape<2, 3, 2>>, BatchNorm<Shape<2, 3, 2>>, PRelu<Shape<2, 3, 2>>,
                  Flatten<Shape<2, 3, 2>>, Dense<12, 3>>;

using LeNet = Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<5, 5>, Relu, Padding<2, 2>>,
                  MaxPool<Shape<6, 28, 28>, Kernel<2, 2>>, Conv2D<Shape<6, 14, 14>, 16, Kernel<5, 5>, Relu>,
                  MaxPool<Shape<16, 10, 10>, Kernel<2, 2>>, Flatten<Shape<16, 5, 5>>, Dense<400, 120, Relu>,
                  Dense<120, 84, Relu>, Dense<84, 10, Softmax>>;

/// How PyTorch calls the tensors of a net. LeNet's modules have names, since it is no Sequential.
struct TorchNames {
    Numbering numbering = Numbering::sequential;
    std::vector<Renamed> names{};
};
const TorchNames le_net_names{Numbering::layers,
                              {{"0", "conv1"}, {"2", "conv2"}, {"5", "fc1"}, {"6", "fc2"}, {"7", "fc3"}}};

template <class Net>
void write_for_torch(const std::filesystem::path& folder, const std::string& name,
                     const TorchNames& names = {}) {
    Net net;
    Random random{3};
    if (names.names.empty())
        for (auto& p : net.parameters()) p = static_cast<float>(0.25 + random.uniform());
    else initialize(net, 3);
    std::vector<typename Net::Input> xs(5);
    for (auto& x : xs)
        for (auto& value : x) value = static_cast<float>(random.normal());
    save(net, folder / (name + ".safetensors"), {.numbering = names.numbering, .names = names.names});
    save(net, folder / (name + "_vectors.safetensors"),
         {.x = xs, .numbering = names.numbering, .names = names.names});
}
template <class Net>
int read_from_torch(const std::filesystem::path& folder, const std::string& name,
                    const TorchNames& names = {}) {
    const auto path = folder / (name + "_of_torch.safetensors");
    const double error = verify(load<Net>(path, {.names = names.names}), path);
    std::printf("%s: %.3g\n", name.c_str(), error);
    return error <= 2e-6 ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    if (count > 2 && std::string{arguments[2]} == "torch")
        return read_from_torch<Row>(folder, "row") + read_from_torch<Image>(folder, "image") +
               read_from_torch<LeNet>(folder, "le_net", le_net_names);
    if (count == 2) {
        write_for_torch<Row>(folder, "row");
        write_for_torch<Image>(folder, "image");
        write_for_torch<LeNet>(folder, "le_net", le_net_names);
        write<Images>(folder, "image_net");
        write<Signals>(folder, "signal_net");
        write<Streamed>(folder, "stream_net");
        write<Amp>(folder, "amp_net");
        Amp amp;
        initialize(amp, 1);
        save(amp, folder / "initialized_amp.safetensors");
        write<OverTime>(folder, "sequence_net");
        write<Floats>(folder, "float_net");
        write<Doubles>(folder, "double_net");
        return 0;
    }
    return read<Floats>(folder, "float_net") + read<Doubles>(folder, "double_net") +
           read<Streamed>(folder, "stream_net") + read<Amp>(folder, "amp_net") +
           read<OverTime>(folder, "sequence_net") + read<Images>(folder, "image_net") +
           read<Signals>(folder, "signal_net");
}
