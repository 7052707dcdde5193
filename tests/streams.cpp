// Nets with cells step by step: one stream, many streams, every number of units, constant expressions.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

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

namespace {

constexpr std::size_t w = detail::widest<float>; // lanes

using Amp = Net<LSTM<1, 20>, Dense<20, 1>>;
static_assert(Amp::state_count == 40 && Net<GRU<3, 8>, RNN<8, 5>>::state_count == 13);
static_assert(Amp::parameter_count == 4 * 20 * (1 + 20 + 1) + 21);
static_assert(Net<GRU<3, 8>>::parameter_count == 3 * 8 * (3 + 8 + 2) &&
              Net<RNN<3, 8>>::parameter_count == 8 * (3 + 8 + 1));
static_assert(Net<Residual<Net<LSTM<3, 3>>>, RNN<3, 2>>::state_count == 8);
static_assert(Net<Dense<2, 3>>::state_count == 0 && Unrolled<Amp, 5>::state_count == 0);
static_assert(std::is_trivially_copyable_v<State<Amp>> && std::is_trivially_copyable_v<Amp>);
static_assert(noexcept(std::declval<const Amp&>().step(std::declval<State<Amp>&>(), Amp::Input{})));
static_assert(std::is_same_v<Unrolled<Amp, 5>, Net<Sequence<5, LSTM<1, 20>, Dense<20, 1>>>>);
static_assert(Unrolled<Amp, 5>::parameter_count == Amp::parameter_count);
static_assert(std::is_same_v<Sequence<5, LSTM<1, 20>, Dense<20, 1>>::OutputShape, Shape<5, 1>>);
static_assert(std::is_same_v<LastStep<Shape<28, 64>>::OutputShape, Shape<64>>);

template <class State> bool is_zero(const State& state) {
    return std::ranges::all_of(state.values_is_an_implementation_detail_, [](auto v) { return v == 0; });
}

/// Every cell, and layers without memory between them, before them and behind them.
using All = Net<Dense<2, 3, Tanh>, LSTM<3, 20>, Dropout<Shape<20>, 30>, GRU<20, 7>, Net<RNN<7, 17>>,
                Residual<LSTM<17, 17>, Dense<17, 17>>, Residual<Dense<17, 17, Sigmoid>>, Dense<17, 2>>;
constexpr std::size_t steps = 40;

All all_net() {
    All net;
    initialize(net, 3);
    Random random(4);
    for (float& p : net.parameters()) p += static_cast<float>(0.2 * random.uniform() - 0.1); // biases, too
    return net;
}
template <class Net> Unrolled<Net, steps> unrolled(const Net& net) {
    Unrolled<Net, steps> result;
    std::ranges::copy(net.parameters(), result.parameters().begin());
    return result;
}
/// Inputs of one stream as one sequence.
auto sequence_of(const std::vector<All::Input>& xs) {
    Unrolled<All, steps>::Input sequence;
    for (std::size_t t = 0; t < steps; ++t) std::ranges::copy(xs[t], sequence.begin() + 2 * t);
    return sequence;
}
double difference(const auto& ys, const auto& sequence) {
    std::vector<float> flat;
    for (const auto& y : ys) flat.insert(flat.end(), y.begin(), y.end());
    REQUIRE(flat.size() == sequence.size());
    return largest_error(flat, sequence, 1);
}

} // namespace

TEST_CASE("a state is zero at the start and after reset, and a copy continues the stream") {
    const All net = all_net();
    State<All> state;
    CHECK(is_zero(state));
    const All::Input a{1, -0.5f}, b{0.25f, 2};
    const auto first = net.step(state, a);
    CHECK_FALSE(is_zero(state));
    State<All> copy = state;
    const auto second = net.step(state, b);
    CHECK(second != net.step(state, b));
    CHECK(net.step(copy, b) == second);
    state.reset();
    CHECK(is_zero(state));
    CHECK(net.step(state, a) == first);
}

TEST_CASE("a stream continues with h and c that are given, in place of zeros or of trained ones") {
    using Begun = Net<Dense<1, 2>, TrainedState<LSTM<2, 3>>, Residual<Dropout<Shape<3>, 30>, GRU<3, 3>>,
                      Net<TrainedState<RNN<3, 2>>>>;
    Begun net;
    fill_random(net.parameters(), 2);
    const auto parameters = net.layer<1>();
    parameters.tensor("initial_c", 1) = 0.75f;
    State<Begun> state, continued, other;
    const State<Begun>& read = state;
    const auto first = net.step(state, {1});
    CHECK(read.layer<1>().h()[0] != 0);
    std::ranges::copy(read.layer<1>().h(), continued.layer<1>().h().begin());
    std::ranges::copy(read.layer<1>().c(), continued.layer<1>().c().begin());
    std::ranges::copy(read.layer<2>().layer<1>().h(), continued.layer<2>().layer<1>().h().begin());
    std::ranges::copy(read.layer<3>().layer<0>().h(), continued.layer<3>().layer<0>().h().begin());
    const auto second = net.step(state, {2});
    CHECK(net.step(continued, {2}) == second);
    CHECK(net.step(other, {2}) != second);
    state.reset();
    CHECK(net.step(state, {1}) == first);
    other.reset();
    other.layer<1>().c()[1] = 0.5f; // and zeros for the others
    CHECK(net.step(other, {1}) != first);
    for (const char* memory : {"initial_h", "initial_c"})
        for (std::size_t i = 0; i < 3; ++i)
            parameters.tensor(memory, i) = memory[8] == 'c' && i == 1 ? 0.5f : 0.f;
    state.reset();
    continued.reset();
    continued.layer<1>().c()[1] = 0.5f;
    CHECK(net.step(state, {1}) == net.step(continued, {1}));
}

TEST_CASE("cells side by side, and BatchNorm, give the same outputs step by step and over a sequence") {
    using Beside = Net<Concat<LSTM<2, 3>, GRU<2, 1>, Dense<2, 1, Tanh>>, Frozen<BatchNorm<Shape<5>>>,
                       Residual<Split<RNN<3, 3>, CausalConv<2, 2, Kernel<2>>>>>;
    Beside net;
    fill_random(net.parameters(), 3, 0.1, 0.9);
    Unrolled<Beside, 6> over_time;
    std::ranges::copy(net.parameters(), over_time.parameters().begin());
    const auto xs = random_samples<Beside::Input>(6, 1);
    std::array<float, 12> sequence{};
    for (std::size_t t = 0; t < 6; ++t) std::ranges::copy(xs[t], sequence.begin() + 2 * t);
    const std::vector<Unrolled<Beside, 6>::Input> sequences(w + 1, sequence);
    std::vector<Unrolled<Beside, 6>::Output> many(w + 1);
    over_time(sequences, many);
    const auto ys_at_once = over_time(sequence);
    State<Beside> state;
    for (std::size_t t = 0; t < 6; ++t) {
        const auto y = net.step(state, xs[t]);
        CHECK(largest_error(y, std::span(ys_at_once).subspan(5 * t, 5), 1) < 1e-6);
        CHECK(largest_error(y, std::span(many[w]).subspan(5 * t, 5), 1) < 1e-6);
    }
}

TEST_CASE("a frozen cell remembers as the cell does") {
    Net<LSTM<2, 3>, Net<GRU<3, 2>>> net;
    fill_random(net.parameters(), 2);
    using Still = Net<Frozen<LSTM<2, 3>>, Frozen<Net<GRU<3, 2>>>>;
    Still still;
    std::ranges::copy(net.parameters(), still.parameters().begin());
    State<decltype(net)> state;
    State<Still> still_state;
    for (const float x : {1.f, -0.5f, 2.f})
        CHECK(net.step(state, {x, 1 - x}) == still.step(still_state, {x, 1 - x}));
}

TEST_CASE("step and run give the outputs of the whole sequence, however it is divided") {
    const All net = all_net();
    const auto xs = random_samples<All::Input>(steps, 5);
    const auto ys_at_once = unrolled(net)(sequence_of(xs));
    std::vector<All::Output> ys, run(steps);
    State<All> state;
    for (const auto& x : xs) ys.push_back(net.step(state, x));
    CHECK(difference(ys, ys_at_once) < 1e-6);
    CHECK(largest_error(ys[steps - 1], ys[0], 1) > 1e-2); // the outputs are not all alike

    Random random(6);
    for (int division = 0; division < 10; ++division) {
        state.reset();
        std::fill(run.begin(), run.end(), All::Output{});
        for (std::size_t first = 0, count = 0; first < steps; first += count) {
            count = std::min(steps - first, static_cast<std::size_t>(random.uniform() * 12));
            net.run(state, std::span(xs).subspan(first, count), std::span(run).subspan(first, count));
        }
        CHECK(run == ys);
    }
}

TEST_CASE("a stream among many gives the bits of that stream alone, and the numbers of step") {
    const All net = all_net();
    constexpr std::size_t max_streams = 64 + w + 3; // more than a block
    std::vector<std::vector<All::Input>> xs;        // of each step
    for (std::size_t t = 0; t < 6; ++t) xs.push_back(random_samples<All::Input>(max_streams, 1000 * t + 7));
    std::vector<std::vector<All::Output>> alone(6, std::vector<All::Output>(max_streams));
    double error = 0;
    for (std::size_t s = 0; s < max_streams; ++s) {
        std::array<State<All>, 1> state;
        State<All> by_step;
        for (std::size_t t = 0; t < 6; ++t) {
            net.step(state, std::span(xs[t]).subspan(s, 1), std::span(alone[t]).subspan(s, 1));
            error = std::max(error, largest_error(alone[t][s], net.step(by_step, xs[t][s]), 1));
        }
    }
    CHECK(error < 1e-6);
    for (const std::size_t streams :
         {std::size_t{2}, std::size_t{5}, w - 1, w, w + 1, 2 * w + 1, std::size_t{64}, max_streams}) {
        INFO(streams << " streams");
        std::vector<State<All>> states(streams);
        std::vector<All::Output> ys(streams);
        for (std::size_t t = 0; t < 6; ++t) {
            net.step(states, std::span(xs[t]).first(streams), ys);
            CHECK(std::equal(ys.begin(), ys.end(), alone[t].begin()));
        }
    }
    std::vector<State<All>> states(2);
    std::vector<All::Output> ys(3);
    net.step(states, std::span(xs[0]).first(3), ys);
    CHECK(std::ranges::all_of(ys, [](const auto& y) { return math::is_nan(y[0]) && math::is_nan(y[1]); }));
    CHECK(is_zero(states[0]));
    net.run(states[0], std::span(xs[0]).first(2), ys);
    CHECK(math::is_nan(ys[2][1]));
    CHECK(is_zero(states[0]));
}

TEST_CASE("a sequence among others is that sequence alone; LastStep is its last step") {
    const All net = all_net();
    const auto over_time = unrolled(net);
    using Ending = Net<Sequence<steps, All>, LastStep<Shape<steps, 2>>>;
    Ending last;
    std::ranges::copy(net.parameters(), last.parameters().begin());
    std::vector<Unrolled<All, steps>::Input> sequences;
    for (std::size_t s = 0; s < w + 1; ++s)
        sequences.push_back(sequence_of(random_samples<All::Input>(steps, 100 * s)));
    std::vector<Unrolled<All, steps>::Output> ys(w + 1);
    std::vector<Ending::Output> last_ys(w + 1);
    over_time(sequences, ys);
    last(sequences, last_ys);
    for (std::size_t s = 0; s < w + 1; ++s) {
        CHECK(largest_error(ys[s], over_time(sequences[s]), 1) < 1e-6);
        CHECK(std::equal(last_ys[s].begin(), last_ys[s].end(), ys[s].end() - 2));
        CHECK(largest_error(last(sequences[s]), last_ys[s], 1) < 1e-6);
    }
}

TEST_CASE("Dropout in a Sequence drops other values at each step, in training alone") {
    using Dropping = Net<Sequence<6, Dropout<Shape<50>, 50>>>;
    const Dropping net;
    Dropping::Input ones;
    ones.fill(1);
    CHECK(net(ones) == ones);
    Tape tape{net};
    const auto y = tape.forward(ones);
    std::size_t dropped = 0;
    for (std::size_t t = 0; t < 6; ++t) {
        dropped += static_cast<std::size_t>(std::count(y.begin() + 50 * t, y.begin() + 50 * (t + 1), 0.f));
        if (t > 0) CHECK_FALSE(std::equal(y.begin(), y.begin() + 50, y.begin() + 50 * t));
    }
    CHECK(dropped > 100);
    CHECK(dropped < 200);
}

TEST_CASE("Dropout with MaskPerSequence drops the same values at all steps, in training alone") {
    // Beside another branch, and alone: the steps are those of the Sequence around both.
    using Dropping = Net<Sequence<6, Split<Dropout<Shape<50>, 30, MaskPerSequence>, Flatten<Shape<1>>>>>;
    constexpr std::size_t step = 51, samples = 20;
    const Dropping net;
    std::vector<Dropping::Input> ones(samples);
    for (auto& x : ones) x.fill(1);
    CHECK(net(ones[0]) == ones[0]);
    Tape tape{net, batch_size<samples>};
    const auto forward = [&] {
        const auto ys = tape.forward(ones);
        return std::vector<Dropping::Output>(ys.begin(), ys.end());
    };
    const auto ys = forward();
    std::ptrdiff_t dropped = 0;
    for (const auto& y : ys) {
        for (std::size_t t = 1; t < 6; ++t)
            CHECK(std::equal(y.begin(), y.begin() + step, y.begin() + t * step));
        dropped += std::count(y.begin(), y.begin() + step, 0.f);
        CHECK(std::all_of(y.begin(), y.begin() + step - 1,
                          [](float value) { return value == 0 || value == 1 / 0.7f; }));
    }
    CHECK(dropped > 300 - 60); // of 1000 values, four standard deviations
    CHECK(dropped < 300 + 60);
    CHECK(ys[0] != ys[1]);
    CHECK(ys != forward());
}

namespace {

/// A cell of any kind and size by loops of doubles.
struct Plain {
    enum Kind { lstm, gru, gru_before, rnn } kind;
    std::size_t in, units;
    std::span<const Tensor> tensors;
    std::span<const float> parameters;
    std::vector<double> h = std::vector<double>(units), c = h;

    template <class... Index> double number(std::string_view name, Index... index) const {
        return static_cast<double>(parameters[std::ranges::find(tensors, name, &Tensor::name)->at(index...)]);
    }
    double input_sum(std::size_t row, const auto& x) const {
        double sum = number("bias_ih_l0", row);
        for (std::size_t i = 0; i < in; ++i)
            sum += number("weight_ih_l0", row, i) * static_cast<double>(x[i]);
        return sum;
    }
    double recurrent_sum(std::size_t row) const {
        double sum = kind == gru ? number("bias_hh_l0", row) : 0;
        for (std::size_t i = 0; i < units; ++i) sum += number("weight_hh_l0", row, i) * h[i];
        return sum;
    }
    /// U_n (r h).
    double reset_sum(std::size_t row, const auto& x) const {
        double sum = 0;
        for (std::size_t i = 0; i < units; ++i)
            sum +=
                number("weight_hh_l0", row, i) * h[i] / (1 + std::exp(-input_sum(i, x) - recurrent_sum(i)));
        return sum;
    }
    const std::vector<double>& step(const auto& x) {
        std::vector<double> next(units);
        for (std::size_t u = 0; u < units; ++u) {
            const auto zx = [&](std::size_t gate) { return input_sum(gate * units + u, x); };
            const auto zh = [&](std::size_t gate) { return recurrent_sum(gate * units + u); };
            const auto gate = [&](std::size_t g) { return 1 / (1 + std::exp(-zx(g) - zh(g))); };
            if (kind == lstm) {
                c[u] = gate(1) * c[u] + gate(0) * std::tanh(zx(2) + zh(2));
                next[u] = gate(3) * std::tanh(c[u]);
            } else if (kind == gru)
                next[u] = (1 - gate(1)) * std::tanh(zx(2) + gate(0) * zh(2)) + gate(1) * h[u];
            else if (kind == gru_before)
                next[u] = (1 - gate(1)) * std::tanh(zx(2) + reset_sum(2 * units + u, x)) + gate(1) * h[u];
            else next[u] = std::tanh(zx(0) + zh(0));
        }
        return h = next;
    }
};

/// A few steps of one stream, and of up to three in a block of one register.
template <class Cell> void check_units(Plain::Kind kind) {
    using N = Net<Cell>;
    constexpr std::size_t streams = w < 3 ? w : 3;
    static N net;
    fill_random(net.parameters(), N::outputs + 1, -0.5, 0.5);
    std::vector<Plain> plain(streams, {kind, N::inputs, N::outputs, Cell::tensors, net.parameters()});
    State<N> state;
    using Lanes = Block<float, w>;
    alignas(64) float xs[N::inputs * w] = {}, ys[N::outputs * w], memory[Cell::state_size * w] = {};
    double error = 0;
    for (std::size_t t = 0; t < 4; ++t) {
        const auto inputs = random_samples<typename N::Input>(streams, 10 * t, -2, 2);
        for (std::size_t s = 0; s < streams; ++s)
            for (std::size_t i = 0; i < N::inputs; ++i) xs[i * w + s] = inputs[s][i];
        Cell::forward(net.parameters().data(), Lanes{xs, streams}.read_only(), Lanes{ys, streams},
                      Context<NoView, NoView, Lanes>{{}, {}, Lanes{memory, streams}});
        for (std::size_t s = 0; s < streams; ++s) {
            typename N::Output y;
            for (std::size_t o = 0; o < N::outputs; ++o) y[o] = ys[o * w + s];
            error = std::max(error, largest_error(y, plain[s].step(inputs[s]), 1));
        }
        error = std::max(error, largest_error(net.step(state, inputs[0]), plain[0].h, 1));
    }
    INFO(N::outputs << " units");
    CHECK(error < 1e-6);
}
/// Steps of one stream of doubles.
template <class Cell> void check_units_of_doubles(Plain::Kind kind) {
    using N = NetOf<double, Cell>;
    Net<Cell> floats;
    fill_random(floats.parameters(), N::outputs + 1, -0.5, 0.5);
    N net;
    std::copy(floats.parameters().begin(), floats.parameters().end(), net.parameters().begin());
    Plain plain{kind, N::inputs, N::outputs, Cell::tensors, floats.parameters()};
    State<N> state;
    for (const auto& x : random_samples<typename N::Input>(4, 1, -2, 2))
        CHECK(largest_error(net.step(state, x), plain.step(x), 1) < 1e-13);
}
template <std::size_t... I> void check_all_units(std::index_sequence<I...>) {
    (check_units<LSTM<2, I + 1>>(Plain::lstm), ...);
    (check_units<GRU<2, I + 1>>(Plain::gru), ...);
    (check_units<GRU<2, I + 1, ResetBefore>>(Plain::gru_before), ...);
    (check_units<RNN<2, I + 1>>(Plain::rnn), ...);
}

} // namespace

TEST_CASE("cells of every number of units are their equations") {
    check_all_units(std::make_index_sequence<2 * w + 1>{});
    // whose rows begin in the middle of cache lines
    check_units<GRU<1, 24>>(Plain::gru);
    check_units<GRU<1, 40>>(Plain::gru);
    check_units<GRU<2, 56>>(Plain::gru);
    check_units_of_doubles<GRU<1, 12>>(Plain::gru);
    check_units_of_doubles<GRU<2, 20>>(Plain::gru);
}

namespace {

/// The outputs of a tiny net over three steps, and of the whole sequence.
template <class Cell> constexpr auto by_steps_and_at_once() {
    NetOf<double, Cell> net;
    initialize(net, 1);
    Unrolled<NetOf<double, Cell>, 3> over_time;
    std::copy(net.parameters().begin(), net.parameters().end(), over_time.parameters().begin());
    State<NetOf<double, Cell>> state;
    std::array<double, 6> ys{};
    for (std::size_t t = 0; t < 3; ++t) {
        const auto y = net.step(state, {0.5 - static_cast<double>(t)});
        ys[2 * t] = y[0];
        ys[2 * t + 1] = y[1];
    }
    return std::pair(ys, over_time({0.5, -0.5, -1.5}));
}
template <class Cell>
constexpr bool agree = [] {
    const auto [ys, ys_at_once] = by_steps_and_at_once<Cell>();
    bool result = ys[0] != ys[2];
    for (std::size_t i = 0; i < 6; ++i) result = result && math::abs(ys[i] - ys_at_once[i]) < 1e-14;
    return result;
}();
static_assert(agree<LSTM<1, 2>> && agree<GRU<1, 2>> && agree<GRU<1, 2, ResetBefore>> && agree<RNN<1, 2>>);

} // namespace

TEST_CASE("cells give at run time what the compiler computes") {
    const auto check = []<class Cell>(std::type_identity<Cell>) {
        constexpr auto by_compiler = by_steps_and_at_once<Cell>();
        CHECK(largest_error(by_steps_and_at_once<Cell>().first, by_compiler.first, 1) < 1e-14);
    };
    check(std::type_identity<LSTM<1, 2>>{});
    check(std::type_identity<GRU<1, 2>>{});
    check(std::type_identity<GRU<1, 2, ResetBefore>>{});
    check(std::type_identity<RNN<1, 2>>{});
}

namespace {

/// Causal convolutions of frames with a past of several lengths, and none.
using Frames =
    Net<CausalConv2D<Shape<1, 23>, 2, Kernel<5, 5>, Dilation<2, 1>>, BatchNorm<Shape<2, 19>>,
        PRelu<Shape<2, 19>>, CausalConv2D<Shape<2, 19>, 4, Kernel<4, 3>, Stride<1, 2>, Same, Tanh>,
        CausalConv2D<Shape<4, 10>, 2, Kernel<1, 2>, Groups<2>>, Flatten<Shape<2, 9>>, Dense<18, 3>>;
static_assert(Frames::state_count == 8 * 23 + 3 * 38);
static_assert(std::is_same_v<CausalConv2D<Shape<2, 19>, 3, Kernel<4, 3>, Stride<1, 2>, Same>::OutputShape,
                             Shape<3, 10>>);
using Frame = CausalConv2D<Shape<1, 1>, 2, Kernel<2, 1>>;
static_assert(agree<Frame> && agree<CausalConv<1, 2, Kernel<2>>>);

} // namespace

TEST_CASE("a convolution of frames of one feature is a CausalConv, alone and among other streams") {
    using Features = Net<CausalConv2D<Shape<3, 1>, 5, Kernel<3, 1>, Tanh, Dilation<2, 3>>>;
    using Channels = Net<CausalConv<3, 5, Kernel<3>, Tanh, Dilation<2>>>;
    Features features;
    Channels channels;
    fill_random(features.parameters(), 1);
    for (std::size_t o = 0; o < 5; ++o) {
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t k = 0; k < 3; ++k)
                channels.layer<0>().tensor("weight", o, i, k) =
                    features.layer<0>().tensor("weight", o, i, k, 0);
        channels.layer<0>().tensor("bias", o) = features.layer<0>().tensor("bias", o);
    }
    State<Features> state;
    State<Channels> other;
    std::vector<State<Features>> states(w + 1);
    std::vector<Features::Output> ys(w + 1);
    for (std::size_t t = 0; t < 12; ++t) {
        const auto xs = random_samples<Features::Input>(w + 1, t);
        const auto y = features.step(state, xs[w]);
        features.step(states, xs, ys);
        CHECK(largest_error(y, channels.step(other, xs[w]), 1) < 1e-6);
        CHECK(largest_error(y, ys[w], 1) < 1e-6);
    }
}

TEST_CASE("a causal convolution of one step remembers nothing, and is a Dense beside layers that do") {
    Net<CausalConv<3, 5, Kernel<2>>, CausalConv<5, 2, Kernel<1>, Tanh>> pointwise;
    Net<CausalConv<3, 5, Kernel<2>>, Dense<5, 2, Tanh>> dense;
    fill_random(dense.parameters(), 1);
    std::ranges::copy(dense.parameters(), pointwise.parameters().begin());
    State<decltype(pointwise)> state;
    State<decltype(dense)> other;
    for (const auto& x : random_samples<Net<Dense<3, 1>>::Input>(4, 1))
        CHECK(largest_error(pointwise.step(state, x), dense.step(other, x), 1) < 1e-6);
}

TEST_CASE("a convolution with a stride holds its outputs, alone and among streams at other places") {
    using Each = Net<CausalConv<2, 5, Kernel<3>, Tanh>>;
    using Third = Net<CausalConv<2, 5, Kernel<3>, Tanh, Stride<3>>>;
    static_assert(Third::state_count == Each::state_count + 5);
    Third net;
    fill_random(net.parameters(), 1);
    Each each;
    std::ranges::copy(net.parameters(), each.parameters().begin());
    std::vector<State<Third>> states(w + 1);
    std::vector<Third::Output> ys(w + 1);
    for (std::size_t s = 0; s <= w; ++s)
        for (std::size_t t = 0; t < s; ++t) net.step(states[s], {0.5f, -0.25f});
    auto alone = states;
    State<Third> state;
    State<Each> each_state;
    Third::Output held{};
    for (std::size_t t = 0; t < 8; ++t) {
        const auto xs = random_samples<Third::Input>(w + 1, t);
        net.step(states, xs, ys);
        for (std::size_t s = 0; s <= w; ++s) CHECK(largest_error(net.step(alone[s], xs[s]), ys[s], 1) < 1e-6);
        const auto y = each.step(each_state, xs[0]);
        if (t % 3 == 0) held = y;
        CHECK(largest_error(net.step(state, xs[0]), held, 1) < 1e-6);
    }
}

TEST_CASE("frames stream alone as among others, through layers with statistics") {
    Frames net;
    fill_random(net.parameters(), 2, 0.05, 0.4);
    State<Frames> state;
    std::vector<State<Frames>> states(w + 1);
    std::vector<Frames::Output> ys(w + 1), first(w + 1);
    for (std::size_t t = 0; t < 20; ++t) {
        const auto xs = random_samples<Frames::Input>(w + 1, t);
        net.step(states, xs, ys);
        CHECK(largest_error(net.step(state, xs[w]), ys[w], 1) < 1e-6);
        if (t == 0) first = ys;
    }
    state.reset();
    CHECK(largest_error(net.step(state, random_samples<Frames::Input>(w + 1, 0)[w]), first[w], 1) < 1e-6);
    CHECK(largest_error(ys[w], first[w], 1) > 1e-3);
}

TEST_CASE("initialize draws the same parameters for a net over sequences") {
    using Streamed = Net<LSTM<3, 5>, GRU<5, 5, ResetBefore>, Dense<5, 8, Relu>,
                         CausalConv<8, 4, Kernel<2>, Relu>, Dense<4, 1>>;
    const auto check = [](auto... scheme) {
        Streamed streamed;
        Unrolled<Streamed, 2> unrolled;
        initialize(streamed, 7, scheme...);
        initialize(unrolled, 7, scheme...);
        CHECK(std::ranges::equal(streamed.parameters(), unrolled.parameters()));
    };
    check();
    check(PyTorchDefault{});
    check(Orthogonal{});
}

TEST_CASE("the biases of a GRU with the reset before lie apart, start at 0 and are spared weight decay") {
    using Cell = GRU<2, 3, ResetBefore>;
    Net<Cell> net;
    initialize(net, 1);
    std::vector<bool> is_spared(net.parameter_count);
    auto spare = [&](std::size_t first, std::size_t end) {
        for (; first < end; ++first) is_spared[first] = true;
    };
    detail::for_each_spared<Net<Cell>>(spare, 0);
    for (std::size_t p = 0; p < net.parameter_count; ++p) {
        const bool is_bias = p % Cell::gate_size >= (2 + 3) * 3;
        CHECK(is_spared[p] == is_bias);
        CHECK((net.parameters()[p] == 0) == is_bias);
    }
}

TEST_CASE("run takes plain numbers, and gives NaN if the sizes do not fit") {
    using Stereo = NetOf<double, LSTM<2, 3>, Dense<3, 1>>;
    Stereo net;
    fill_random(net.parameters(), 3, -0.9, 0.9);
    const auto xs = random_samples<Stereo::Input>(9, 1, -1, 1);
    std::vector<Stereo::Output> wanted(9);
    State<Stereo> state, other;
    net.run(state, xs, wanted);
    std::vector<double> flat, ys(9);
    for (const auto& x : xs) flat.insert(flat.end(), x.begin(), x.end());
    net.run(other, flat, ys);
    for (std::size_t t = 0; t < 9; ++t) CHECK(ys[t] == wanted[t][0]);
    const auto after = net.step(state, xs[0]);
    net.run(other, std::span(flat).first(17), ys);
    CHECK(std::ranges::all_of(ys, [](double y) { return math::is_nan(y); }));
    CHECK(net.step(other, xs[0]) == after);
}
