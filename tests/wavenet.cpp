// WaveNets: PyTorch's numbers, differences, streams; Gated.
#include <tenon/recordings/continued_sequence.hpp>
#include <tenon/wavenet.hpp>

#include "catch.hpp"
#include "reference/pytorch_wavenet.hpp"
#include "sequences.hpp"
#include "support.hpp"
#include "tape_differences.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;
namespace pytorch = reference::pytorch_wavenet;

namespace {

using Textbook =
    WaveNet<1, SkipLayers<3, 2, Kernel<2>, Dilations<1, 2, 4>, WithGate, SkipConv<5>, NoCondition>>;
using Conditioned = WaveNet<2, SkipLayers<5, 3, Kernel<3>, Dilations<1, 2>>,
                            SkipLayers<3, 2, Kernel<2>, Dilations<1, 3>, Silu>>;

// Neural Amp Modeler's A1 standard: 13,801 weights and a scale of the head; here all heads have a bias.
using Ten = Dilations<1, 2, 4, 8, 16, 32, 64, 128, 256, 512>;
using Standard = WaveNet<1, SkipLayers<16, 8, Kernel<3>, Ten>, SkipLayers<8, 1, Kernel<3>, Ten>>;
static_assert(Net<Standard>::parameter_count == 13801 + 8);
static_assert(Net<Standard>::state_count == 2 * 1023 * (16 + 8));
static_assert(std::is_same_v<Standard::OutputShape, Shape<1>>);
static_assert(std::is_same_v<Gated<Shape<6, 4>>::OutputShape, Shape<3, 4>>);

} // namespace

TEST_CASE("WaveNets have the outputs and gradients of PyTorch's convolutions") {
    check_cells<Textbook>(true, pytorch::gated_ys, pytorch::gated_dxs, pytorch::gated_gradient);
    check_cells<Conditioned>(true, pytorch::conditioned_ys, pytorch::conditioned_dxs,
                             pytorch::conditioned_gradient);
}

TEST_CASE("gradients of WaveNets and of Gated are those by differences") {
    using Small = WaveNet<1, SkipLayers<2, 3, Kernel<2>, Dilations<1, 2>, WithGate, Softplus>,
                          SkipLayers<2, 1, Kernel<3>, Dilations<1>, SkipConv<3>, NoCondition>>;
    using Net = NetOf<double, Dense<2, 1>, Small, Dense<1, 6, Tanh>, Gated<Shape<6>, Gelu>>;
    for (const std::size_t samples : {1u, 2u, 8u, 19u})
        check_differences<Unrolled<Net, 4>, 19, TrainingMode>(samples, -0.9);
}

namespace {

using Streamed = Net<WaveNet<2, SkipLayers<5, 7, Kernel<3>, Dilations<1, 4>, WithGate>,
                             SkipLayers<9, 3, Kernel<2>, Dilations<3>, SkipConv<7>>>,
                     LSTM<3, 2>>;
constexpr std::size_t steps = 30;

} // namespace

TEST_CASE("a WaveNet gives the outputs of the whole sequence step by step, however a stream is divided") {
    Streamed net;
    fill_random(net.parameters(), 1, -0.5, 0.5);
    Unrolled<Streamed, steps> over_time;
    std::ranges::copy(net.parameters(), over_time.parameters().begin());
    const auto xs = random_samples<Streamed::Input>(steps, 5);
    Unrolled<Streamed, steps>::Input sequence;
    for (std::size_t t = 0; t < steps; ++t) std::ranges::copy(xs[t], sequence.begin() + 2 * t);
    const auto ys_at_once = over_time(sequence);
    std::vector<Streamed::Output> ys, run(steps);
    State<Streamed> state;
    for (const auto& x : xs) ys.push_back(net.step(state, x));
    for (std::size_t t = 0; t < steps; ++t)
        CHECK(largest_error(ys[t], std::span(ys_at_once).subspan(2 * t, 2), 1) < 1e-6);
    CHECK(largest_error(ys[steps - 1], ys[0], 1) > 1e-2);

    Random random(6);
    for (int division = 0; division < 5; ++division) {
        state.reset();
        for (std::size_t first = 0, count = 0; first < steps; first += count) {
            count = std::min(steps - first, static_cast<std::size_t>(random.uniform() * 12));
            net.run(state, std::span(xs).subspan(first, count), std::span(run).subspan(first, count));
        }
        CHECK(run == ys);
    }
}

TEST_CASE("a stream of a WaveNet among many gives the bits of that stream alone") {
    Streamed net;
    fill_random(net.parameters(), 2, -0.5, 0.5);
    constexpr std::size_t max_streams = 67;
    std::vector<State<Streamed>> alone(max_streams);
    for (std::size_t s = 0; s < max_streams; ++s) // each at another place
        for (std::size_t t = 0; t < s % 11; ++t) net.step(alone[s], {0.5f, -0.25f});
    for (const std::size_t streams : {1u, 3u, 8u, 17u, 67u}) {
        std::vector<State<Streamed>> states(alone.begin(),
                                            alone.begin() + static_cast<std::ptrdiff_t>(streams));
        std::vector<Streamed::Output> ys(streams);
        auto copies = states;
        for (std::size_t t = 0; t < 5; ++t) {
            const auto xs = random_samples<Streamed::Input>(streams, 100 * t);
            net.step(states, xs, ys);
            for (std::size_t s = 0; s < streams; ++s) {
                std::array<Streamed::Output, 1> y;
                net.step(std::span(copies).subspan(s, 1), std::span(xs).subspan(s, 1), y);
                CHECK(y[0] == ys[s]);
            }
        }
    }
}

namespace {

template <class Cell> constexpr auto over_three_steps() {
    NetOf<double, Cell> net;
    initialize(net, 1);
    Unrolled<NetOf<double, Cell>, 3> over_time;
    std::copy(net.parameters().begin(), net.parameters().end(), over_time.parameters().begin());
    State<NetOf<double, Cell>> state;
    std::array<double, 3> ys{};
    for (std::size_t t = 0; t < 3; ++t) ys[t] = net.step(state, {0.5 - static_cast<double>(t)})[0];
    return std::pair(ys, over_time({0.5, -0.5, -1.5}));
}
using Tiny = WaveNet<1, SkipLayers<2, 1, Kernel<2>, Dilations<1>, WithGate>>;
constexpr auto by_compiler = over_three_steps<Tiny>();
static_assert(math::abs(by_compiler.first[2] - by_compiler.second[2]) < 1e-14 && by_compiler.first[2] != 0);

} // namespace

TEST_CASE("a WaveNet gives at run time what the compiler computes, and is spelled and saved") {
    CHECK(largest_error(over_three_steps<Tiny>().first, by_compiler.first, 1) < 1e-14);
    Net<Tiny> net;
    initialize(net, 3);
    const auto bytes = to_bytes(net);
    const auto parsed = parse_safetensors<Net<Tiny>>(bytes);
    REQUIRE(parsed.error == "");
    CHECK(std::ranges::equal(parsed.value().parameters(), net.parameters()));
    CHECK(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
              .find("Net<WaveNet<1, SkipLayers<2, 1, Kernel<2>, Dilations<1>, WithGate>>>") !=
          std::string_view::npos);
}

TEST_CASE("initialize draws the weights of all layers of a WaveNet by their fans, and leaves its biases") {
    Net<Textbook> net;
    initialize(net, 3);
    const auto cell = net.layer<0>().layer<0>();
    for_each_tensor_of<Net<Textbook>>([&](const Tensor& tensor) {
        for (std::size_t e = 0; e < tensor.size(); ++e)
            CHECK((net.parameters()[tensor.place_of(e)] == 0) == (tensor.fan_in == 0));
    });
    CHECK(std::abs(cell.tensor("skip.weight", 2, 4, 1)) < std::sqrt(6.f / (3 + 5)));
    initialize(net, 3, PyTorchDefault{});
    CHECK(cell.tensor("conv.bias", 2, 5) != 0);
    CHECK(std::abs(cell.tensor("conv.bias", 2, 5)) < std::sqrt(1.f / 6));
}

TEST_CASE("a window of a longer sequence begins with what a WaveNet and a GRU remember") {
    using Small = NetOf<double, WaveNet<1, SkipLayers<2, 1, Kernel<2>, Dilations<1, 3>, WithGate>>,
                        GRU<1, 2, ResetBefore>>;
    using Window = detail::ContinuedNet<Small, 2>::type; // shorter than the past
    constexpr std::size_t memory = Small::state_size;
    Window net;
    fill_random(net.parameters(), 1, -1, 1);
    Small streamed;
    std::ranges::copy(net.parameters(), streamed.parameters().begin());
    State<Small> state;
    Window::Input x{};
    Window::Output dy{};
    Tape tape{net};
    for (std::size_t window = 0; window < 4; ++window) {
        for (std::size_t t = 0; t < 2; ++t) x[memory + t] = std::sin(static_cast<double>(2 * window + t));
        const auto y = tape.forward(x);
        for (std::size_t t = 0; t < 2; ++t)
            CHECK(largest_error(streamed.step(state, {x[memory + t]}),
                                std::span(y).subspan(memory + 2 * t, 2), 1) < 1e-13);
        if (window == 3) break;
        std::copy(y.begin(), y.begin() + memory, x.begin());
    }
    for (std::size_t i = 0; i < 4; ++i) dy[memory + i] = 1. + static_cast<double>(i);
    tape.backward(std::span(&dy, 1));
    std::vector<double> by_differences;
    for (double& parameter : net.parameters())
        by_differences.push_back(derivative(
            [&] {
                const auto y = net(x);
                double loss = 0;
                for (std::size_t i = memory; i < y.size(); ++i) loss += dy[i] * y[i];
                return loss;
            },
            parameter));
    CHECK(largest_error(tape.gradient(), by_differences, 1e-2) < 1e-6);
}
