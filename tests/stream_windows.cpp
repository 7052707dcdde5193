// Nets of causal convolutions, of which `run` computes several steps of a stream at once.
#include <tenon/wavenet.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

constexpr std::size_t w = detail::widest<float>, steps = 150; // lanes

template <class Net>
constexpr bool in_windows =
    detail::StreamWindow<detail::EvaluatedStack<detail::StackOf<Net>>, typename Net::Scalar>::steps > 0;

template <class Net> std::vector<typename Net::Output> outputs_by_step(const Net& net, const auto& xs) {
    State<Net> state;
    std::vector<typename Net::Output> ys;
    for (const auto& x : xs) ys.push_back(net.step(state, x));
    return ys;
}

/// The outputs of the stream in random parts, of up to 60 steps.
template <class Net>
std::vector<typename Net::Output> outputs_in_parts(const Net& net, const auto& xs, std::mt19937& random) {
    State<Net> state;
    std::vector<typename Net::Output> ys(xs.size());
    for (std::size_t first = 0, count = 0; first < xs.size(); first += count) {
        count = std::min<std::size_t>(xs.size() - first, random() % 61);
        net.run(state, std::span(xs).subspan(first, count), std::span(ys).subspan(first, count));
    }
    return ys;
}

/// The largest difference, relative to the largest output, or to 1.
double difference(const auto& as, const auto& bs) {
    double result = 0, largest = 1;
    for (std::size_t t = 0; t < as.size(); ++t)
        for (std::size_t o = 0; o < as[t].size(); ++o) {
            const double a = static_cast<double>(as[t][o]), b = static_cast<double>(bs[t][o]);
            result = std::max(result, math::is_nan(a - b) ? 1e300 : std::abs(a - b));
            largest = std::max(largest, std::abs(a));
        }
    return result / largest;
}

template <class Net> void check_parts(double tolerance) {
    STATIC_REQUIRE(in_windows<Net> == detail::optimized);
    Net net;
    initialize(net, 1);
    std::mt19937 random(7);
    std::uniform_real_distribution<double> bias(-0.1, 0.1);
    for (auto& p : net.parameters()) p += static_cast<typename Net::Scalar>(bias(random));
    const auto xs = random_samples<typename Net::Input>(steps, 5);
    const auto ys = outputs_by_step(net, xs);
    CHECK(difference(ys, std::vector<typename Net::Output>(steps)) > 1e-3); // the outputs are not zeros
    for (int division = 0; division < 5; ++division)
        CHECK(difference(ys, outputs_in_parts(net, xs, random)) < tolerance);
}

/// A convolution with these sizes is the sum that its documentation says.
template <std::size_t In, std::size_t Out, std::size_t Size, std::size_t Distance> void check_sums() {
    using Conv = Net<CausalConv<In, Out, Kernel<Size>, Dilation<Distance>>>;
    CAPTURE(In, Out, Size, Distance);
    Conv net;
    fill_random(net.parameters(), 1, -0.5, 0.5);
    const auto xs = random_samples<typename Conv::Input>(steps, 5);
    std::mt19937 random(3);
    const auto ys = outputs_in_parts(net, xs, random);
    double error = 0;
    for (std::size_t t = 0; t < steps; ++t)
        for (std::size_t o = 0; o < Out; ++o) {
            double sum = net.parameters()[Size * In * Out + o];
            for (std::size_t k = 0; k < Size; ++k)
                if (const std::size_t lag = (Size - 1 - k) * Distance; lag <= t)
                    for (std::size_t i = 0; i < In; ++i)
                        sum += double{net.parameters()[(k * In + i) * Out + o]} * xs[t - lag][i];
            error = std::max(error, std::abs(sum - ys[t][o]));
        }
    CHECK(error < 1e-6 * static_cast<double>(1 + Size * In));
}

} // namespace

TEST_CASE("run is the sum of every convolution, for every number of channels and distances around a window") {
    []<std::size_t... I>(std::index_sequence<I...>) {
        (check_sums<1 + I % 5, 1 + I, 1 + I % 4, 1 + I * 3 % 19>(), ...);
    }(std::make_index_sequence<2 * w + 1>{});
    check_sums<3, 8, 2, 15>();
    check_sums<3, 8, 2, 16>();
    check_sums<3, 8, 3, 17>();
    check_sums<2, 5, 4, 35>();
    check_sums<1, 12, 65, 1>();
    check_sums<12, (w + 1) / 2, 9, 1>(); // half a register
    check_sums<2 * w + 1, 3, 2, 1>();
}

TEST_CASE("run gives what step gives, however a stream is divided") {
    using Tcn =
        Net<CausalConv<2, 8, Kernel<3>, Tanh>, CausalConv<8, 5, Kernel<3>, Relu, Dilation<2>>,
            Activate<Shape<5>, Sigmoid>, CausalConv<5, 12, Kernel<2>, Softmax, Dilation<40>>, Dense<12, 3>>;
    check_parts<Tcn>(1e-6);
    check_parts<
        NetOf<double, CausalConv<2, 9, Kernel<3>, Tanh>, CausalConv<9, 4, Kernel<2>, Gelu, Dilation<20>>>>(
        1e-14);
    check_parts<
        Net<CausalConv<1, 8, Kernel<3>>,
            Residual<CausalConv<8, 8, Kernel<3>, Tanh, Dilation<3>>, Net<CausalConv<8, 8, Kernel<1>>>>,
            Frozen<Dense<8, 2>>>>(1e-6);
    check_parts<Net<WaveNet<1, SkipLayers<16, 8, Kernel<3>, Dilations<1, 2, 16, 17, 64>>,
                            SkipLayers<8, 1, Kernel<3>, Dilations<1, 40>>>>>(1e-6);
    check_parts<
        Net<WaveNet<2, SkipLayers<5, 33, Kernel<2>, Dilations<1, 3, 20>, WithGate, SkipConv<7>, NoCondition>>,
            Dense<33, 2, Tanh>>>(1e-6);
    check_parts<NetOf<double, Dense<3, 2>,
                      WaveNet<2, SkipLayers<3, 4, Kernel<4>, Dilations<2, 9>, WithGate>,
                              SkipLayers<4, 2, Kernel<1>, Dilations<1, 1>>>>>(1e-14);
}

TEST_CASE("nets with other cells, with strides, or too wide for a window run step by step") {
    STATIC_REQUIRE(!in_windows<Net<LSTM<1, 4>, CausalConv<4, 2, Kernel<2>>>>);
    STATIC_REQUIRE(!in_windows<Net<CausalConv<2, 2, Kernel<2>, Stride<2>>>>);
    STATIC_REQUIRE(!in_windows<Net<CausalConv<2, 2, Kernel<2>, Groups<2>>>>);
    STATIC_REQUIRE(!in_windows<Net<CausalConv<64, 64, Kernel<64>, Dilation<16>>>>);
    STATIC_REQUIRE(!in_windows<Net<Dense<2, 2>>>);
    // 16 steps would exceed the stack, one step does not
    STATIC_REQUIRE(!in_windows<Net<CausalConv<1, 4, Kernel<2>>, Dense<4, 8000>, Dense<8000, 1>>>);
}

TEST_CASE("NaN in a stream reaches the outputs that read it, and no others of its window") {
    using Conv = Net<CausalConv<1, 3, Kernel<3>, Tanh, Dilation<2>>>;
    Conv net;
    fill_random(net.parameters(), 1, -0.5, 0.5);
    auto xs = random_samples<Conv::Input>(32, 5);
    xs[20][0] = std::numeric_limits<float>::quiet_NaN();
    std::vector<Conv::Output> ys(32);
    State<Conv> state;
    net.run(state, xs, ys);
    for (std::size_t t = 0; t < 32; ++t) CHECK(math::is_nan(ys[t][1]) == (t == 20 || t == 22 || t == 24));
}

TEST_CASE("run with contiguous numbers, and a stream that goes on by steps") {
    using Conv = Net<CausalConv<2, 4, Kernel<3>, Tanh>, Dense<4, 1>>;
    Conv net;
    initialize(net, 1);
    const auto xs = random_samples<Conv::Input>(45, 5);
    std::vector<float> flat, ys(45);
    for (const auto& x : xs) flat.insert(flat.end(), x.begin(), x.end());
    const auto wanted = outputs_by_step(net, xs);
    State<Conv> state;
    net.run(state, std::span(flat).first(80), std::span(ys).first(40));
    for (std::size_t t = 40; t < 45; ++t) ys[t] = net.step(state, xs[t])[0];
    for (std::size_t t = 0; t < 45; ++t) CHECK(std::abs(ys[t] - wanted[t][0]) < 1e-6f);
    net.run(state, std::span(flat).first(0), std::span(ys).first(0));
}

TEST_CASE("the compiler runs a stream as the program does") {
    using Conv = NetOf<double, CausalConv<1, 2, Kernel<2>, Dilation<2>>>;
    constexpr auto run = [] {
        Conv net;
        for (std::size_t i = 0; i < Conv::parameter_count; ++i)
            net.parameters()[i] = 0.25 * static_cast<double>(i) - 0.5;
        std::array<Conv::Input, 20> xs{};
        for (std::size_t t = 0; t < 20; ++t) xs[t][0] = 0.5 * static_cast<double>(t % 3) - 0.25;
        std::array<Conv::Output, 20> ys{};
        State<Conv> state;
        net.run(state, xs, ys);
        return ys;
    };
    constexpr auto wanted = run();
    CHECK(difference(run(), wanted) < 1e-15);
}
