// load of RTNeural's JSON, both forms, and to_rtneural_json.
#include <tenon/io/load.hpp>
#include <tenon/io/rtneural_text.hpp>

#include "io_files.hpp"

#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

using namespace tenon;

namespace {

/// The first four layers of RTNeural's dense.json with biases, then three without.
using RtneuralDense =
    Net<Dense<1, 8, Tanh>, Dense<8, 8, Relu>, Dense<8, 8, Elu>, Dense<8, 8, Softmax>, Dense<8, 1>,
        Dense<1, 8, Identity, false>, Dense<8, 8, Identity, false>, Dense<8, 1, Identity, false>>;

const std::string small = R"({"in_shape": [null, 2], "layers": [
    {"type": "dense", "activation": "tanh", "shape": [null, 3], "weights": [[[1, 2, 3], [4, 5, 6]], [7, 8, 9]]},
    {"type": "batchnorm", "activation": "", "shape": [null, 3], "epsilon": 0.001,
     "weights": [[1, 1, 2], [0, 0, 1], [0, 0.5, 0], [1, 4, 9]]},
    {"type": "prelu", "activation": "", "shape": [null, 3], "weights": [[[0.1, 0.2, 0.3]]]}]})";
using Small =
    Net<Dense<2, 3, Tanh>, BatchNorm<Shape<3>, std::ratio<1, 100>, std::ratio<1, 1000>>, PRelu<Shape<3>>>;

const std::string state_dict = R"({"10.weight": [[1, 2, 3]], "10.bias": [-1],
    "2.weight": [[1, 2], [3, 4], [5, 6]], "2.bias": [7, 8, 9], "3.num_batches_tracked": 5,
    "3.weight": [1, 1, 1], "3.bias": [2, 2, 2], "3.running_mean": [3, 3, 3], "3.running_var": [4, 4, 4]})";
using FromTorch = Net<Dense<2, 3, Relu>, BatchNorm<Shape<3>>, Dropout<Shape<3>, 20>, Dense<3, 1>>;

std::vector<double> column(const std::filesystem::path& path) {
    std::vector<double> values;
    std::ifstream in{path};
    for (double value; in >> value;) values.push_back(value);
    return values;
}

/// What load says of this text, after the file's name. The net must not have changed.
template <class Net> std::string error_of(std::string_view text) {
    const Folder folder;
    const auto path = folder.write("amp.json", text);
    Net net;
    net.parameters()[0] = 42;
    const std::string message = message_of([&] { load(net, path); });
    REQUIRE(message.starts_with(path.string()));
    REQUIRE(net.parameters()[0] == 42);
    REQUIRE(std::ranges::count(net.parameters(), 0) + 1 == static_cast<std::ptrdiff_t>(Net::parameter_count));
    return message.substr(path.string().size());
}
std::string replaced(std::string text, std::string_view old, std::string_view by) {
    const auto at = text.find(old);
    REQUIRE(at != text.npos);
    return text.replace(at, old.size(), by);
}

} // namespace

TEST_CASE("RTNeural's dense.json gives the outputs that Keras gave") {
    const auto path = real_data("rtneural/models/dense.json");
    if (path.empty()) return;
    const auto net = load<RtneuralDense>(path);
    const auto data = path.parent_path().parent_path() / "test_data";
    const auto xs = column(data / "dense_x_python.csv"), ys = column(data / "dense_y_python.csv");
    REQUIRE(xs.size() >= 100);
    REQUIRE(xs.size() == ys.size());
    double difference = 0;
    for (std::size_t i = 0; i < xs.size(); ++i)
        difference =
            std::max(difference, std::abs(static_cast<double>(net({static_cast<float>(xs[i])})[0]) - ys[i]));
    CHECK(difference < 1e-6);

    using Separate =
        Net<Net<Dense<1, 8>, Activate<Shape<8>, Tanh>>, Frozen<Dense<8, 8, Relu>>, Dense<8, 8, Elu>,
            Dense<8, 8>, Activate<Shape<8>, Softmax>, Dense<8, 1>, Dense<1, 8, Identity, false>,
            Dense<8, 8, Identity, false>, Dense<8, 1, Identity, false>>;
    CHECK(std::ranges::equal(load<Separate>(path).parameters(), net.parameters()));
}

namespace {

/// The largest difference of a net over a stream from the outputs that Keras or PyTorch gave.
template <class Net> double difference_over_time(const std::filesystem::path& model) {
    const auto net = load<Net>(model);
    const auto data = model.parent_path().parent_path() / "test_data";
    const std::string name = model.stem().string();
    const auto xs = column(data / (name + "_x_python.csv")), ys = column(data / (name + "_y_python.csv"));
    REQUIRE(xs.size() >= 100);
    REQUIRE(xs.size() == ys.size());
    State<Net> state;
    double difference = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) {
        const float y = net.step(state, {static_cast<float>(xs[i])})[0];
        difference = std::max(difference, std::abs(static_cast<double>(y) - ys[i]));
    }
    return difference;
}
template <class Net> void check_over_time(const char* name, double tolerance) {
    const auto path = real_data(std::string{"rtneural/models/"} + name);
    if (path.empty()) return;
    INFO(name);
    CHECK(difference_over_time<Net>(path) < tolerance);
}

} // namespace

// RTNeural's own limits
TEST_CASE("RTNeural's recurrent models give the outputs that Keras gave") {
    check_over_time<Net<LSTM<1, 8>, Dense<8, 1>>>("lstm_1d.json", 1e-6);
    check_over_time<Net<Dense<1, 8, Tanh>, LSTM<8, 8>, Dense<8, 1>>>("lstm.json", 1e-6);
    check_over_time<Net<GRU<1, 8>, Dense<8, 8, Sigmoid>, Dense<8, 1>>>("gru_1d.json", 5e-6);
    check_over_time<Net<Dense<1, 8, Tanh>, GRU<8, 8>, Dense<8, 8, Sigmoid>, Dense<8, 1>>>("gru.json", 5e-6);
}

namespace {

using Tenth = std::ratio<1, 10>;
using RtneuralConv =
    Net<Dense<1, 8, Tanh>, CausalConv<8, 4, Kernel<3>, Tanh>, BatchNorm<Shape<4>, Tenth, std::ratio<1, 100>>,
        PRelu<Shape<4>>, CausalConv<4, 4, Kernel<1>, Tanh>,
        CausalConv<4, 6, Kernel<3>, Dilation<2>, Groups<2>, Tanh>,
        BatchNorm<Shape<6>, Tenth, std::ratio<5>, false>, PRelu<Shape<6>>, Dense<6, 1, Sigmoid>>;
using RtneuralConv2D = Net<CausalConv2D<Shape<1, 23>, 2, Kernel<5, 5>, Dilation<2, 1>>,
                           BatchNorm<Shape<2, 19>, Tenth, std::ratio<5>, false>, Activate<Shape<2, 19>, Relu>,
                           CausalConv2D<Shape<2, 19>, 3, Kernel<4, 3>, Stride<1, 2>, Same>,
                           BatchNorm<Shape<3, 10>, Tenth, std::ratio<1, 100>>,
                           CausalConv2D<Shape<3, 10>, 1, Kernel<2, 3>, Dilation<3, 1>>>;

} // namespace

TEST_CASE("RTNeural's causal convolutions give the outputs that Keras gave") {
    check_over_time<RtneuralConv>("conv.json", 1e-6);
}

// Keras has no steps before the first, and its second convolution pads a step in front: its output t is that
// of step t + 13, from the step on that reads no zeros before the first.
TEST_CASE("RTNeural's convolutions of frames give the outputs that Keras gave") {
    const auto path = real_data("rtneural/models/conv2d.json");
    if (path.empty()) return;
    const auto net = load<RtneuralConv2D>(path);
    const auto data = path.parent_path().parent_path() / "test_data";
    const auto xs = column(data / "conv2d_x_python.csv"), ys = column(data / "conv2d_y_python.csv");
    constexpr std::size_t steps = 50, in = RtneuralConv2D::inputs, out = RtneuralConv2D::outputs;
    REQUIRE(xs.size() == steps * in);
    REQUIRE(ys.size() == 39 * out);
    State<RtneuralConv2D> state;
    double difference = 0;
    for (std::size_t t = 0; t < steps; ++t) {
        RtneuralConv2D::Input x;
        for (std::size_t i = 0; i < in; ++i) x[i] = static_cast<float>(xs[t * in + i]);
        const auto y = net.step(state, x);
        for (std::size_t o = 0; o < out && t >= 14; ++o)
            difference = std::max(difference, std::abs(static_cast<double>(y[o]) - ys[(t - 13) * out + o]));
    }
    CHECK(difference < 1e-6);
}

TEST_CASE("a list of layers fills Dense, BatchNorm and PRelu") {
    const Folder folder;
    const auto net = load<Small>(folder.write("a.json", small));
    CHECK(net.layer<0>().weight(2, 1) == 6);
    CHECK(net.layer<0>().weight(1, 0) == 2);
    CHECK(net.layer<0>().bias(2) == 9);
    CHECK(net.layer<1>().tensor("weight", 2) == 2);
    CHECK(net.layer<1>().tensor("bias", 2) == 1);
    CHECK(net.layer<1>().tensor("running_mean", 1) == 0.5f);
    CHECK(net.layer<1>().tensor("running_var", 1) == 4);
    CHECK(net.layer<2>().tensor("weight", 2) == 0.3f);
}

namespace {

const std::string recurrent = R"({"in_shape": [null, null, 1], "layers": [
    {"type": "lstm", "activation": "tanh", "shape": [null, null, 1],
     "weights": [[[1, 2, 3, 4]], [[5, 6, 7, 8]], [9, 10, 11, 12]]},
    {"type": "gru", "activation": "tanh", "shape": [null, null, 2],
     "weights": [[[1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]],
                 [[21, 22, 23, 24, 25, 26], [31, 32, 33, 34, 35, 36]]]}]})";
using Recurrent = Net<LSTM<1, 1>, GRU<1, 2>>;

const std::string recurrent_state_dict = R"({"rec.weight_ih_l0": [[1], [2], [3], [4]],
    "rec.weight_hh_l0": [[5], [6], [7], [8]], "rec.bias_ih_l0": [1, 2, 3, 4], "rec.bias_hh_l0": [10, 20, 30, 40],
    "rec.weight_ih_l1": [[11], [12], [13], [14]], "rec.weight_hh_l1": [[15], [16], [17], [18]],
    "rec.bias_ih_l1": [21, 22, 23, 24], "rec.bias_hh_l1": [0, 0, 0, 100], "lin.weight": [[42]], "lin.bias": [43]})";
using TwoLayers = Net<LSTM<1, 1>, LSTM<1, 1>, Dense<1, 1>>;

} // namespace

TEST_CASE("a list of layers fills LSTM and GRU, whose gates Keras orders z, r, h") {
    const Folder folder;
    const auto net = load<Recurrent>(folder.write("a.json", recurrent));
    const auto lstm = net.layer<0>();
    const auto gru = net.layer<1>();
    CHECK(lstm.tensor("weight_ih_l0", 2, 0) == 3);
    CHECK(lstm.tensor("weight_hh_l0", 1, 0) == 6);
    CHECK(lstm.tensor("bias_ih_l0", 3) == 12);
    CHECK(gru.tensor("weight_ih_l0", 0, 0) == 3); // r, unit 0
    CHECK(gru.tensor("weight_hh_l0", 3, 1) == 8); // z, unit 1, of h 1
    CHECK(gru.tensor("weight_hh_l0", 5, 0) == 6); // n, unit 1, of h 0
    CHECK(gru.tensor("bias_ih_l0", 1) == 24);
    CHECK(gru.tensor("bias_hh_l0", 2) == 31);

    const std::string text = to_rtneural_json(net);
    CHECK(std::ranges::equal(load<Recurrent>(folder.write("b.json", text)).parameters(), net.parameters()));
    CHECK(text.find(R"({"type": "gru", "activation": "tanh", "shape": [null, 2], "weights": [
[[1, 2, 3, 4, 5, 6]],
[[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]],
[[21, 22, 23, 24, 25, 26], [31, 32, 33, 34, 35, 36]]]})") != text.npos);
}

TEST_CASE("a recurrent module of several layers fills as many cells; a cell's two biases are added") {
    const Folder folder;
    const auto net = load<TwoLayers>(folder.write("a.json", recurrent_state_dict));
    CHECK(net.layer<0>().tensor("weight_ih_l0", 3, 0) == 4);
    CHECK(net.layer<0>().tensor("bias_ih_l0", 2) == 33);
    CHECK(net.layer<1>().tensor("weight_hh_l0", 1, 0) == 16);
    CHECK(net.layer<1>().tensor("bias_ih_l0", 3) == 124);
    CHECK(net.layer<2>().weight(0, 0) == 42);
    const auto over_time = load<Unrolled<TwoLayers, 3>>(folder.write("a.json", recurrent_state_dict));
    CHECK(std::ranges::equal(over_time.parameters(), net.parameters()));

    CHECK(error_of<Recurrent>(replaced(recurrent, "\"lstm\", \"activation\": \"tanh\"",
                                       "\"lstm\", \"activation\": \"relu\"")) ==
          ", layer 1: wanted the activation \"tanh\" (LSTM<1, 1>), found \"relu\"");
    CHECK(error_of<Recurrent>(replaced(recurrent, "[31, 32, 33, 34, 35, 36]", "[31, 32]")) ==
          ", layer 2, weights 3: wanted numbers of shape [2, 6] (GRU<1, 2>), found numbers of shape [6] "
          "and, in row 2, numbers of shape [2]");
    CHECK(error_of<Net<LSTM<1, 1>, RNN<1, 2>>>(recurrent) ==
          ": wanted a net of layers that RTNeural has, found RNN<1, 2>");
    CHECK(error_of<TwoLayers>(replaced(recurrent_state_dict, R"("rec.bias_hh_l1": [0, 0, 0, 100], )", "")) ==
          ", tensor \"rec.bias_hh_l1\": wanted shape [4] (LSTM<1, 1>), found no such tensor");
    CHECK(error_of<Net<LSTM<1, 1>, LSTM<1, 1>>>(recurrent_state_dict) ==
          ": wanted no more tensors, found \"lin.weight\"");
}

namespace {

const std::string convolved = R"({"in_shape": [null, null, 4], "layers": [
    {"type": "conv1d", "activation": "relu", "shape": [null, null, 2], "kernel_size": [2], "dilation": [3],
     "groups": 2, "weights": [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [9, 10]]}]})";
using Convolved = Net<CausalConv<4, 2, Kernel<2>, Dilation<3>, Groups<2>, Relu>>;

const std::string frames = R"({"in_shape": [null, null, 3, 2], "layers": [
    {"type": "conv2d", "activation": "", "shape": [null, null, 2, 2], "kernel_size_time": 2,
     "kernel_size_feature": 2, "dilation": 3, "strides": 1, "num_filters_in": 2, "num_features_in": 3,
     "num_filters_out": 2, "padding": "valid",
     "weights": [[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[9, 10], [11, 12]], [[13, 14], [15, 16]]]], [17, 18]]},
    {"type": "batchnorm2d", "activation": "", "shape": [null, null, 2, 2], "epsilon": 0.00001,
     "num_filters_in": 2, "num_features_in": 2, "weights": [[1, 2], [3, 4], [5, 6], [7, 8]]},
    {"type": "prelu", "activation": "", "shape": [null, null, 2, 2], "weights": [[[1, 2, 1, 2]]]},
    {"type": "prelu", "activation": "", "shape": [null, 4], "weights": [[[1, 2, 3, 4]]]},
    {"type": "dense", "activation": "tanh", "shape": [null, 1], "weights": [[[1], [2], [3], [4]], [5]]}]})";
using OfFrames = Net<CausalConv2D<Shape<2, 3>, 2, Kernel<2, 2>, Dilation<3, 1>>, BatchNorm<Shape<2, 2>>,
                     PRelu<Shape<2, 2>>, Flatten<Shape<2, 2>>, PRelu<Shape<4>>, Dense<4, 1, Tanh>>;

template <class Net> void check_written_and_read() {
    const Folder folder;
    Net net;
    initialize(net, 3);
    for (float& parameter : net.parameters()) parameter += 0.25f; // no zeros
    const auto back = load<Net>(folder.write("a.json", to_rtneural_json(net)));
    CHECK(std::ranges::equal(back.parameters(), net.parameters()));
}

} // namespace

TEST_CASE("a list of layers fills causal convolutions") {
    const Folder folder;
    const auto net = load<Convolved>(folder.write("a.json", convolved));
    CHECK(net.layer<0>().tensor("weight", 1, 0, 0) == 2); // [out, in / groups, k] of [k][in / groups][out]
    CHECK(net.layer<0>().tensor("weight", 0, 1, 0) == 3);
    CHECK(net.layer<0>().tensor("weight", 1, 0, 1) == 6);
    CHECK(net.layer<0>().tensor("bias", 1) == 10);
    check_written_and_read<Convolved>();
    CHECK(to_rtneural_json(net).find(R"("kernel_size": [2], "dilation": [3], "groups": 2)") !=
          std::string::npos);

    const std::string of = " (CausalConv<4, 2, Kernel<2>, Dilation<3>, Groups<2>, Relu>), found ";
    CHECK(error_of<Convolved>(replaced(convolved, "\"kernel_size\": [2]", "\"kernel_size\": [3]")) ==
          ", layer 1: wanted kernel_size 2" + of + "numbers of shape [1]");
    CHECK(error_of<Convolved>(replaced(convolved, "\"dilation\": [3]", "\"dilation\": 1")) ==
          ", layer 1: wanted dilation 3" + of + "1");
    CHECK(error_of<Convolved>(replaced(convolved, "\"groups\": 2,", "")) ==
          ", layer 1: wanted groups 2" + of + "none");
    CHECK(error_of<Convolved>(replaced(convolved, ", [3, 4]", "")) ==
          ", layer 1, weights 1: wanted numbers of shape [2, 2, 2]" + of +
              "numbers of shape [1, 2] and, in row 2, numbers of shape [2, 2]");
    CHECK(error_of<Convolved>(replaced(convolved, ", [9, 10]", "")) ==
          ", layer 1: wanted 2 arrays of weights" + of + "1");
    CHECK(error_of<Net<CausalConv<4, 2, Kernel<2>, Gelu>>>(convolved) ==
          ": wanted a net of layers that RTNeural has, found CausalConv<4, 2, Kernel<2>, Gelu>");
}

TEST_CASE("frames are [features, channels] in a file, also behind a Flatten") {
    const Folder folder;
    const auto net = load<OfFrames>(folder.write("a.json", frames));
    CHECK(net.layer<0>().tensor("weight", 1, 0, 0, 0) == 2); // [out, in, k, feature] of [k][feature][in][out]
    CHECK(net.layer<0>().tensor("weight", 0, 1, 0, 0) == 3);
    CHECK(net.layer<0>().tensor("weight", 0, 0, 1, 0) == 9);
    CHECK(net.layer<0>().tensor("weight", 1, 1, 0, 1) == 8);
    CHECK(net.layer<0>().tensor("bias", 1) == 18);
    CHECK(net.layer<1>().tensor("running_var", 1) == 8);
    CHECK(net.layer<2>().tensor("weight", 1) == 2);
    CHECK(net.layer<4>().tensor("weight", 1) == 3); // channel 0, feature 1
    CHECK(net.layer<5>().weight(0, 1) == 3);
    CHECK(net.layer<5>().weight(0, 2) == 2); // channel 1, feature 0
    const std::string text = to_rtneural_json(net);
    CHECK(std::ranges::equal(load<OfFrames>(folder.write("b.json", text)).parameters(), net.parameters()));
    CHECK(text.starts_with(R"({"in_shape": [null, null, 3, 2], "layers": [)"));
    CHECK(text.find(R"("shape": [null, null, 2, 2], "weights": [
[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[9, 10], [11, 12]], [[13, 14], [15, 16]]]],
[17, 18]], "kernel_size_time": 2, "kernel_size_feature": 2, "dilation": 3, "strides": 1, "num_filters_in": 2,)"
                    R"( "num_features_in": 3, "num_filters_out": 2, "padding": "valid"})") != text.npos);
    check_written_and_read<Net<CausalConv2D<Shape<2, 5>, 3, Kernel<3, 2>, Stride<1, 2>, Same, Tanh>,
                               Flatten<Shape<3, 3>>, BatchNorm<Shape<9>>, GRU<9, 4>, Dense<4, 1>>>();
    check_written_and_read<Net<Flatten<Shape<3, 3>>, CausalConv<9, 2, Kernel<3>, Relu>, LSTM<2, 1>>>();
}

TEST_CASE("a convolution of frames of other sizes is refused") {
    const std::string of = " (CausalConv2D<Shape<2, 3>, 2, Kernel<2, 2>, Dilation<3, 1>>), found ";
    CHECK(error_of<OfFrames>(replaced(frames, "null, 3, 2]", "null, 2, 3]")) ==
          ": wanted an in_shape that ends in 3, 2, found [null, null, 2, 3]");
    CHECK(error_of<OfFrames>(replaced(frames, "\"shape\": [null, null, 2, 2]", "\"shape\": [2]")) ==
          ", layer 1: wanted a shape that ends in 2, 2" + of + "numbers of shape [1]");
    CHECK(error_of<OfFrames>(replaced(frames, "\"strides\": 1", "\"strides\": 2")) ==
          ", layer 1: wanted strides 1" + of + "2");
    CHECK(error_of<OfFrames>(replaced(frames, "\"valid\"", "\"same\"")) ==
          ", layer 1: wanted padding \"valid\"" + of + "\"same\"");
    CHECK(error_of<OfFrames>(replaced(frames, "[1, 2, 1, 2]", "[1, 2, 3, 2]")) ==
          ", layer 3: wanted the same number for all features of a channel (PRelu<Shape<2, 2>>), found 1 and "
          "3");
    CHECK(error_of<OfFrames>(replaced(frames, "\"batchnorm2d\"", "\"batchnorm\"")) ==
          ", layer 2: wanted BatchNorm<Shape<2, 2>>, found a layer of type \"batchnorm\"");
    CHECK(error_of<Net<CausalConv2D<Shape<2, 3>, 2, Kernel<2, 2>, Dilation<3, 1>, NoBias>>>(frames) ==
          ": wanted a net of layers that RTNeural has, found CausalConv2D<Shape<2, 3>, 2, Kernel<2, 2>, "
          "Dilation<3, 1>, NoBias>");
    const Folder folder;
    const auto one = load<OfFrames>(folder.write("a.json", replaced(frames, "[1, 2, 1, 2]", "[7]")));
    CHECK(one.layer<2>().tensor("weight", 1) == 7);
    using Grouped = Net<Flatten<Shape<2, 3>>, CausalConv<6, 2, Kernel<1>, Groups<2>>>;
    CHECK(message_of([] { to_rtneural_json(Grouped{}); }) ==
          "to_rtneural_json: wanted no groups behind a Flatten of frames (CausalConv<6, 2, Kernel<1>, "
          "Groups<2>>), found 2");
}

TEST_CASE("a state_dict fills the layers that have tensors, in the order of a Sequential") {
    const Folder folder;
    const auto net = load<FromTorch>(folder.write("a.json", state_dict));
    CHECK(net.layer<0>().weight(2, 0) == 5);
    CHECK(net.layer<0>().bias(0) == 7);
    CHECK(net.layer<1>().tensor("running_var", 0) == 4);
    CHECK(net.layer<3>().weight(0, 2) == 3);
    CHECK(net.layer<3>().bias(0) == -1);
    const std::string convolution = R"({"conv.weight": [[[1, 2, 3]], [[4, 5, 6]]], "conv.bias": [7, 8]})";
    const auto depthwise =
        load<Net<CausalConv<2, 2, Kernel<3>, Groups<2>>>>(folder.write("c.json", convolution));
    CHECK(depthwise.layer<0>().tensor("weight", 1, 0, 2) == 6);
    CHECK(depthwise.layer<0>().tensor("bias", 0) == 7);
    const std::string named =
        R"({"state_dict": {"rec.weight": [[1, 2]], "lin.weight": [[3]], "lin.bias": [4]}})";
    const auto other = load<Net<Dense<2, 1, Tanh, false>, Dense<1, 1>>>(folder.write("b.json", named));
    CHECK(std::ranges::equal(other.parameters(), std::array{1.f, 2.f, 3.f, 4.f}));
}

TEST_CASE("a net is written and read back as the same bits, under every locale") {
    const Folder folder;
    Small net;
    initialize(net, 3);
    net.parameters()[0] = std::numeric_limits<float>::denorm_min();
    net.parameters()[1] = -std::numeric_limits<float>::max();
    if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) WARN("skipped: no locale de_DE.UTF-8");
    const std::string text = to_rtneural_json(net);
    const auto path = folder.write("a.json", text);
    const auto back = load<Small>(path);
    std::setlocale(LC_ALL, "C");
    CHECK(std::ranges::equal(back.parameters(), net.parameters()));
    CHECK(text.starts_with(R"({"in_shape": [null, 2], "layers": [)"));
    CHECK(text.find(R"({"type": "activation", "activation": "tanh", "shape": [null, 3], "weights": []})") !=
          text.npos);
    NetOf<double, Net<Dropout<Shape<1>, 5>, Flatten<Shape<1>>, Frozen<Dense<1, 1>>>> precise{{0.1, -3}};
    CHECK(to_rtneural_json(precise).find("[[0.1]]") != std::string::npos);
    CHECK(load<decltype(precise)>(folder.write("b.json", to_rtneural_json(precise))).parameters()[0] == 0.1);
    precise.parameters()[1] = std::numeric_limits<double>::quiet_NaN();
    CHECK(message_of([&] { to_rtneural_json(precise); }) ==
          "to_rtneural_json, parameter 1: wanted a finite number, found nan");
}

TEST_CASE("a layer of another type, shape or setting is refused") {
    CHECK(error_of<Net<Dense<2, 3, Relu>>>(small) ==
          ", layer 1: wanted Dense<2, 3, Relu>, found the activation \"tanh\"");
    CHECK(error_of<Net<Dense<2, 4, Tanh>>>(small) ==
          ", layer 1: wanted a shape that ends in 4 (Dense<2, 4, Tanh>), found [null, 3]");
    CHECK(error_of<Net<Dense<3, 3, Tanh>>>(small) == ": wanted an in_shape that ends in 3, found [null, 2]");
    CHECK(error_of<Net<Dense<2, 3, Tanh, false>>>(small) ==
          ", layer 1: wanted 1 arrays of weights (Dense<2, 3, Tanh, false>), found 2");
    CHECK(error_of<Net<Dense<2, 3, Tanh>>>(small) ==
          ", layer 2: wanted no more layers, found a layer of type \"batchnorm\"");
    CHECK(error_of<Net<Dense<2, 3, Tanh>, BatchNorm<Shape<3>>, PRelu<Shape<3>>>>(small) ==
          ", layer 2: wanted epsilon 1e-05 (BatchNorm<Shape<3>>), found 0.001");
    CHECK(error_of<Net<Dense<2, 3, Tanh>, LayerNorm<Shape<3>>>>(small) ==
          ": wanted a net of layers that RTNeural has, found LayerNorm<Shape<3>>");
    CHECK(error_of<Net<Dense<2, 3, Gelu>>>(small) ==
          ": wanted a net of layers that RTNeural has, found Dense<2, 3, Gelu>");
    CHECK(error_of<Small>(replaced(small, "\"prelu\"", "\"lstm\"")) ==
          ", layer 3: wanted PRelu<Shape<3>>, found a layer of type \"lstm\"");
    CHECK(error_of<Small>(replaced(small, "[4, 5, 6]", "[4, 5]")) ==
          ", layer 1, weights 1: wanted numbers of shape [2, 3] (Dense<2, 3, Tanh>), found numbers of "
          "shape [3] and, in row 2, numbers of shape [2]");
    CHECK(error_of<Small>(replaced(small, "[[1, 2, 3], [4, 5, 6]]", "{\"a\": 1}")) ==
          ", layer 1, weights 1: wanted numbers of shape [2, 3] (Dense<2, 3, Tanh>), found an object");
    CHECK(error_of<Small>(replaced(small, ", [4, 5, 6]", "")) ==
          ", layer 1, weights 1: wanted numbers of shape [2, 3] (Dense<2, 3, Tanh>), found numbers of shape "
          "[1, 3]");
    CHECK(error_of<Small>(replaced(small, "0.1", "1e39")) ==
          ", layer 3, weights 1: wanted numbers that a float holds, found 1e+39");
    CHECK(error_of<Small>(R"({"in_shape": [null, 2], "layers": [{"type": 3}]})") ==
          ", layer 1: wanted a layer with a type, found 3");
    CHECK(error_of<Small>(R"({"in_shape": [null, 2], "layers": []})") ==
          ": wanted Dense<2, 3, Tanh>, found no more layers");
}

TEST_CASE("a tensor of another name or shape is refused") {
    CHECK(error_of<FromTorch>(replaced(state_dict, "\"2.bias\"", "\"2.beta\"")) ==
          ", tensor \"2.bias\": wanted shape [3] (Dense<2, 3, Relu>), found no such tensor");
    CHECK(error_of<FromTorch>(replaced(state_dict, "[7, 8, 9]", "[7, 8]")) ==
          ", tensor \"2.bias\": wanted shape [3] (Dense<2, 3, Relu>), found numbers of shape [2]");
    CHECK(error_of<FromTorch>(
              replaced(state_dict, "\"2.bias\": [7, 8, 9],", "\"2.bias\": [7, 8, 9], \"2.more\": 1,")) ==
          ", tensor \"2.more\": wanted no such tensor in Dense<2, 3, Relu>, found 1");
    CHECK(error_of<Net<Dense<2, 3, Relu>, BatchNorm<Shape<3>>>>(state_dict) ==
          ": wanted no more tensors, found \"10.weight\"");
    CHECK(error_of<Net<Dense<2, 3, Relu>, BatchNorm<Shape<3>>, Dense<3, 1>, Dense<1, 1>>>(state_dict) ==
          ": wanted tensors of Dense<1, 1>, found no more tensors");
}

TEST_CASE("what is no JSON, or no model, is refused with the place") {
    CHECK(error_of<Small>(std::string("{\0\0\0\0\0\0\0", 8)).find("JSON") ==
          std::string::npos); // a safetensors file
    CHECK(error_of<Small>("{\"a\": NaN}") == ", byte 7: wanted JSON, found \"\"a\": N\"");
    CHECK(error_of<Small>("{\"a\": 1, \"a\": 2}") ==
          ": wanted each name once in an object, found \"a\" twice");
    CHECK(error_of<Small>("{") == ", byte 2: wanted JSON, found the end of the file");
    CHECK(error_of<Small>("{\"a\": 1e999}").find("wanted JSON, found") != std::string::npos);
    CHECK(error_of<Small>("{\"a\": " + std::string(100'000, '[')) ==
          ": wanted at most 16 values within one another, found more");
    std::string many = "{\"a\": [{}";
    for (int i = 0; i < 60'000; ++i) many += ",{}";
    CHECK(error_of<Small>(many + "]}") == ": wanted at most 50000 values that are no numbers, found more");
    CHECK(error_of<Small>("{\"layers\": 5, \"in_shape\": [2]}") == ": wanted an array of layers, found 5");
    CHECK(
        error_of<Small>(R"({"layers": [], "in_shape": [1, null, true, "a", [null], {}, 7, 8, 9]})") ==
        ": wanted an in_shape that ends in 2, found [1, null, true or false, \"a\", an array, an object, 7, "
        "8, ...]");
}

TEST_CASE("a file with a byte changed, or cut anywhere, is read or refused") {
    const Folder folder;
    for (const std::string& text : {small, state_dict}) {
        int refused = 0;
        const auto check = [&](const std::string& damaged) {
            const auto path = folder.write("damaged", damaged);
            try {
                if (text == small) load<Small>(path);
                else load<FromTorch>(path);
            } catch (const Error& error) {
                ++refused;
                if (std::string_view{error.what()}.find("damaged") == std::string_view::npos)
                    FAIL(error.what());
            }
        };
        for (std::size_t size = 0; size < text.size(); ++size) check(text.substr(0, size));
        REQUIRE(refused == static_cast<int>(text.size()));
        for (std::size_t at = 0; at < text.size(); ++at)
            for (const char byte : {'\0', '\x80', '"', ',', '-', '9', 'e', '[', '}'}) {
                std::string damaged = text;
                damaged[at] = byte;
                check(damaged);
            }
        CHECK(refused > static_cast<int>(5 * text.size()));
    }
}
