// Tape: gradients for a given dLoss/dy by parameters and inputs, in training and in inference.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/pytorch_tape.hpp"
#include "support.hpp"
#include "tape_differences.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

using Small = NetOf<double, Dense<2, 3, Tanh>, Dense<3, 2>>;

static_assert(std::is_same_v<decltype(Tape{std::declval<Small&>()}), Tape<Small, 32>>);
static_assert(std::is_same_v<decltype(Tape{std::declval<const Small&>(), batch_size<8>}), Tape<Small, 8>>);
static_assert(std::is_same_v<decltype(Tape{std::declval<Small&>(), batch_size<8>, inference_mode}),
                             Tape<Small, 8, InferenceMode>>);

constexpr Small small_net() {
    Small net;
    initialize(net, 2);
    return net;
}

/// The derivative by x[0] of y[0] and by a weight, by the compiler: from a tape, and by differences.
constexpr std::array<double, 4> derivatives_by_compiler() {
    Small net = small_net();
    const std::array<Small::Input, 3> xs{{{0.5, -1}, {0.25, 2}, {-0.5, 0.75}}};
    std::array<Small::Output, 3> dys{};
    dys[1][0] = 1;
    std::array<Small::Input, 3> dxs{};
    Tape tape{net, batch_size<4>};
    tape.forward(xs);
    tape.backward(dys, dxs);
    const double by_tape = tape.gradient()[0];
    constexpr double h = 1e-5;
    const double by_input = (net({0.25 + h, 2.})[0] - net({0.25 - h, 2.})[0]) / (2 * h);
    net.parameters()[0] += h;
    const double above = net({0.25, 2.})[0];
    net.parameters()[0] -= 2 * h;
    return {dxs[1][0], by_input, by_tape, (above - net({0.25, 2.})[0]) / (2 * h)};
}
constexpr auto by_compiler = derivatives_by_compiler();
static_assert(math::abs(by_compiler[0] - by_compiler[1]) < 1e-9);
static_assert(math::abs(by_compiler[2] - by_compiler[3]) < 1e-9);
static_assert(math::abs(by_compiler[0]) > 1e-2 && math::abs(by_compiler[2]) > 1e-2);

static_assert([] { // a loop of one's own, in a constant expression
    Small net = small_net();
    Tape tape{net, batch_size<2>};
    Updater updater{net, Adam{.learning_rate = 0.05}};
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    const std::array<Small::Input, 2> xs{{{0.5, -1}, {0.25, 2}}};
    double first = 0, last = 0;
    for (int i = 0; i < 30; ++i) {
        const auto ys = tape.forward(xs);
        const std::array<Small::Output, 2> dys{{{ys[0][0] - 1, ys[0][1]}, {ys[1][0], ys[1][1] + 1}}};
        tape.backward(dys);
        last = (dys[0][0] * dys[0][0] + dys[1][1] * dys[1][1]) / 2;
        if (i == 0) first = last;
        if (!updater.step(tape)) return false;
    }
    const auto loss = trainer.step_with(xs, [](auto ys, auto dys) {
        dys[0][0] = 1;
        return ys[0][0];
    });
    soft_update(net, Small{}, 0.5);
    return last < first / 4 && loss == loss;
}());

template <class A> std::vector<A> to_vector(std::span<const A> values) {
    return {values.begin(), values.end()};
}
template <class A> std::vector<double> flat(std::span<const A> samples) {
    std::vector<double> result;
    for (const auto& sample : samples)
        for (const auto value : sample) result.push_back(static_cast<double>(value));
    return result;
}

constexpr std::size_t w = detail::widest<float>; // lanes

/// Gradients of Dense<In, Out, Tanh> by loops of doubles, for every minibatch up to 2W + 1 samples.
template <std::size_t In, std::size_t Out> double error_of_dense() {
    using N = Net<Dense<In, Out, Tanh>>;
    static N net;
    initialize(net, In + 7 * Out);
    const auto xs = random_samples<typename N::Input>(2 * w + 1, 1);
    const auto dys = random_samples<typename N::Output>(2 * w + 1, 50);
    std::vector<typename N::Input> dxs(xs.size());
    static Tape<N, 2 * w + 1> tape(net);
    double worst = 0;
    for (std::size_t samples = 1; samples <= 2 * w + 1; ++samples) {
        std::vector<double> gradient(N::parameter_count), by_inputs;
        for (std::size_t s = 0; s < samples; ++s) {
            std::array<double, In> dx{};
            for (std::size_t o = 0; o < Out; ++o) {
                double z = static_cast<double>(net.template layer<0>().bias(o));
                for (std::size_t i = 0; i < In; ++i)
                    z += static_cast<double>(net.template layer<0>().weight(o, i)) *
                         static_cast<double>(xs[s][i]);
                const double dz = static_cast<double>(dys[s][o]) * (1 - std::tanh(z) * std::tanh(z));
                for (std::size_t i = 0; i < In; ++i) {
                    gradient[i * Out + o] += dz * static_cast<double>(xs[s][i]);
                    dx[i] += dz * static_cast<double>(net.template layer<0>().weight(o, i));
                }
                gradient[In * Out + o] += dz;
            }
            by_inputs.insert(by_inputs.end(), dx.begin(), dx.end());
        }
        tape.forward(std::span(xs).first(samples));
        tape.backward(std::span(dys).first(samples), std::span(dxs).first(samples));
        worst = std::max(worst, largest_error(tape.gradient(), gradient, 1));
        worst = std::max(worst,
                         largest_error(flat<typename N::Input>(std::span(dxs).first(samples)), by_inputs, 1));
        std::fill(dxs.begin(), dxs.end(), typename N::Input{});
        input_gradient(net, std::span(xs).first(samples), std::span(dys).first(samples),
                       std::span(dxs).first(samples));
        worst = std::max(worst,
                         largest_error(flat<typename N::Input>(std::span(dxs).first(samples)), by_inputs, 1));
    }
    return worst;
}

using NormalNet =
    NetOf<double, Dense<4, 5>, BatchNorm<Shape<5>>, Activate<Shape<5>, Gelu>, Dense<5, 3, Softmax>>;

template <class Net, class Values> Net net_of(const Values& values) {
    Net net;
    std::copy(values.begin(), values.end(), net.parameters().begin());
    return net;
}

} // namespace

TEST_CASE("a tape's gradients by parameters and inputs are those by differences") {
    using Plain = Net64<Dense<3, 5, Gelu>, Dense<5, 4, Tanh>, Dense<4, 2, Softmax>>;
    using Mixed =
        Net64<Dense<4, 6, Tanh>, Dropout<Shape<6>, 30>, Residual<Dense<6, 6, Sigmoid>>,
              Concat<Dense<6, 2>, Dense<6, 3, Tanh>>, LayerNorm<Shape<5>>, PRelu<Shape<5>>, Dense<5, 2>>;
    using Batched = Net64<BatchNorm<Shape<3>>, Dense<3, 4, Tanh>, BatchNorm<Shape<4>>, Dense<4, 2>>;
    using Partial = Net64<Frozen<Dense<3, 4, Tanh>>, Dense<4, 4, Gelu>, Scale<Shape<4>>, Dense<4, 2>>;
    for (const std::size_t samples : {1u, 2u, 7u}) {
        check_differences<Plain, 8, TrainingMode>(samples);
        check_differences<Mixed, 8, TrainingMode>(samples);
        check_differences<Mixed, 8, InferenceMode>(samples);
        check_differences<Batched, 8, InferenceMode>(samples);
        check_differences<Partial, 8, TrainingMode>(samples);
    }
    check_differences<Batched, 8, TrainingMode>(7);
    check_differences<Plain, 70, TrainingMode>(67); // three blocks
}

// PyTorch's numbers in double: 1e-13 of the largest.
TEST_CASE("a tape's outputs, gradients and statistics are PyTorch's") {
    namespace torch = reference::pytorch_tape;
    NormalNet net = net_of<NormalNet>(torch::start);
    const auto error = [](const auto& found, const auto& wanted) {
        return largest_error(found, wanted, 1e-1);
    };
    std::array<NormalNet::Input, 9> dxs;
    {
        Tape tape{net, batch_size<9>, inference_mode};
        CHECK(error(flat(tape.forward(torch::xs[0])), flat<NormalNet::Output>(torch::inference_ys)) < 1e-13);
        tape.backward(torch::dys[0], dxs);
        CHECK(error(flat<NormalNet::Input>(dxs), flat<NormalNet::Input>(torch::inference_dxs)) < 1e-13);
        CHECK(error(tape.gradient(), torch::inference_gradient) < 1e-13);
    }
    input_gradient(net, torch::xs[0], torch::dys[0], dxs);
    CHECK(error(flat<NormalNet::Input>(dxs), flat<NormalNet::Input>(torch::inference_dxs)) < 1e-13);
    const auto dx = input_gradient(net, torch::xs[0][4], torch::dys[0][4]);
    CHECK(error(dx, torch::inference_dxs[4]) < 1e-13);

    Tape tape{net, batch_size<9>};
    for (std::size_t m = 0; m < 2; ++m) {
        CHECK(error(flat(tape.forward(torch::xs[m])), flat<NormalNet::Output>(torch::ys[m])) < 1e-13);
        tape.accumulate(torch::dys[m], dxs);
        CHECK(error(flat<NormalNet::Input>(dxs), flat<NormalNet::Input>(torch::dxs[m])) < 1e-13);
        if (m > 0) continue;
        CHECK(error(tape.gradient(), torch::gradient) < 1e-13);
        NormalNet settled = net;
        CHECK(tape.settle(settled));
        CHECK(error(settled.parameters(), torch::settled) < 1e-13);
    }
    CHECK(error(tape.gradient(), torch::accumulated) < 1e-13);
    tape.clear();
    CHECK(std::ranges::count(tape.gradient(), 0.0) == NormalNet::parameter_count);
}

TEST_CASE("soft_update is PyTorch's Polyak averaging; statistics are copied") {
    namespace torch = reference::pytorch_tape;
    const NormalNet net = net_of<NormalNet>(torch::net);
    NormalNet target = net_of<NormalNet>(torch::target);
    for (int i = 0; i < 3; ++i) soft_update(target, net, 0.2);
    CHECK(largest_error(target.parameters(), torch::followed, 1e-1) < 1e-15);
    target.layer<1>().tensor("running_mean", 2) = 9;
    soft_update(target, net, 1e-9);
    CHECK(target.layer<1>().tensor("running_mean", 2) == net.layer<1>().tensor("running_mean", 2));
    soft_update(target, net, 1);
    CHECK(std::ranges::equal(target.parameters(), net.parameters()));
}

// Float: 3e-6 of values around 1.
TEST_CASE("gradients by parameters and inputs are right for every small minibatch") {
    CHECK(std::max({error_of_dense<1, 3>(), error_of_dense<w == 1 ? 1 : w - 1, 3>(),
                    error_of_dense<2 * w + 1, 3>()}) < 3e-6);
    CHECK(std::max({error_of_dense<5, 1>(), error_of_dense<5, w>(), error_of_dense<5, w + 1>()}) < 3e-6);
}

TEST_CASE("a sample's output and gradient by its input do not depend on its position") {
    using N = Net<Dense<6, 11, Tanh>, Residual<Dense<11, 11, Gelu>>, Dense<11, 3, Softmax>>;
    N net;
    initialize(net, 4);
    const auto xs = random_samples<N::Input>(64, 3);
    const auto dys = random_samples<N::Output>(64, 90);
    std::vector<N::Input> dxs(64), alone(1), shifted(64), by_function(64);
    Tape tape{net, batch_size<64>};
    const auto ys = to_vector(tape.forward(xs));
    tape.backward(dys, dxs);
    input_gradient(net, xs, dys, by_function);
    CHECK(by_function == dxs);
    for (const std::size_t first : {1u, 7u, 8u, 15u, 59u}) {
        const auto part = to_vector(tape.forward(std::span(xs).subspan(first, 5)));
        CHECK(std::ranges::equal(part, std::span(ys).subspan(first, 5)));
        tape.backward(std::span(dys).subspan(first, 5), std::span(shifted).first(5));
        CHECK(std::ranges::equal(std::span(shifted).first(5), std::span(dxs).subspan(first, 5)));
        // A single sample is summed in another order: 1e-6.
        CHECK(largest_error(tape.forward(xs[first]), ys[first], 1) < 1e-6);
        tape.backward(dys[first], alone[0]);
        CHECK(largest_error(alone[0], dxs[first], 1) < 1e-6);
        CHECK(input_gradient(net, xs[first], dys[first]) == alone[0]);
    }
}

TEST_CASE("accumulate adds the gradients of minibatches, and backward may be repeated") {
    const Small net = small_net();
    const auto xs = random_samples<Small::Input>(6, 3);
    const auto dys = random_samples<Small::Output>(6, 90);
    Tape tape{net};
    tape.forward(xs);
    tape.backward(dys);
    const auto whole = to_vector(std::span<const double>(tape.gradient()));
    tape.backward(dys);
    CHECK(std::ranges::equal(whole, tape.gradient()));
    tape.clear();
    for (const auto& [first, samples] : {std::pair{0, 2}, {2, 1}, {3, 3}}) {
        const auto f = static_cast<std::size_t>(first), n = static_cast<std::size_t>(samples);
        tape.forward(std::span(xs).subspan(f, n));
        tape.accumulate(std::span(dys).subspan(f, n));
    }
    CHECK(largest_error(tape.gradient(), whole, 1e-1) < 1e-14);
    CHECK(tape.forward({0.5, 1.}) == net({0.5, 1.}));
}

TEST_CASE("what does not fit at run time gives no outputs, or gradients that are NaN") {
    Small net = small_net();
    const std::vector<Small::Input> xs(9);
    std::vector<Small::Input> dxs(9);
    const std::vector<Small::Output> dys(9);
    Tape tape{net, batch_size<8>};
    Updater updater{net, Sgd{}};
    const auto all_nan = [](const auto& values) {
        return std::ranges::all_of(values, [](double v) { return math::is_nan(v); });
    };
    CHECK(tape.forward(xs).empty());
    tape.backward(dys);
    CHECK(all_nan(tape.gradient()));
    CHECK_FALSE(updater.step(tape));
    CHECK(std::ranges::equal(net.parameters(), small_net().parameters()));
    CHECK(tape.forward(std::span<const Small::Input>{}).empty());
    CHECK(tape.forward(std::span(xs).first(8)).size() == 8);
    tape.backward(dys, dxs);
    CHECK(all_nan(tape.gradient()));
    CHECK(all_nan(dxs[8]));
    tape.backward(std::span(dys).first(8), std::span(dxs).first(8));
    CHECK_FALSE(all_nan(tape.gradient()));
    CHECK_FALSE(all_nan(dxs[0]));
    input_gradient(net, xs, std::span(dys).first(8), dxs);
    CHECK(all_nan(dxs[0]));
}
