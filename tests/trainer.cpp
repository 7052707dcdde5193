// Trainer: steps for one sample, minibatches of every size, class indices, and what it refuses.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace {

using Classes = NetOf<double, Dense<4, 6, Tanh>, Dense<6, 3, Softmax>>;
template <std::size_t Batch> using Still = Trainer<Classes, CrossEntropy, Sgd, Batch>; // with learning rate 0

static_assert(std::is_same_v<decltype(Trainer{std::declval<Classes&>(), CrossEntropy{}, Adam{}}),
                             Trainer<Classes, CrossEntropy, Adam, 32>>);
static_assert(
    std::is_same_v<decltype(Trainer{std::declval<Classes&>(), CrossEntropy{}, Adam{}, batch_size<64>}),
                   Trainer<Classes, CrossEntropy, Adam, 64>>);

Classes started() {
    Classes net;
    initialize(net, 3);
    return net;
}

constexpr std::size_t count = 71;
const auto xs = random_samples<Classes::Input>(count, 10);
const auto ts = random_samples<Classes::Output>(count, 20, 0, 1);

/// The mean over samples `first` ... of the gradients of each alone.
std::vector<double> mean_gradient(const Classes& net, std::size_t samples) {
    std::vector<double> sum(Classes::parameter_count);
    for (std::size_t s = 0; s < samples; ++s) {
        const auto one = gradient(net, CrossEntropy{}, xs[s], ts[s]);
        for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += one[p] / static_cast<double>(samples);
    }
    return sum;
}

template <std::size_t Batch> void check_batches() {
    Classes net = started();
    Still<Batch> trainer(net, CrossEntropy{}, Sgd{.learning_rate = 0});
    for (const std::size_t samples : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{16},
                                      std::size_t{17}, std::size_t{64}, count}) {
        INFO(samples << " samples in rounds of " << Batch);
        const double loss = trainer.step(std::span(xs).first(samples), std::span(ts).first(samples));
        CHECK(loss == Approx(evaluate(net, CrossEntropy{}, std::span(xs).first(samples),
                                      std::span(ts).first(samples)))
                          .epsilon(1e-14));
        CHECK(largest_error(trainer.gradient(), mean_gradient(net, samples), 1e-2) < 1e-13);
    }
}

/// A step that must return NaN, or infinity, and leave net and trainer alone.
template <class Net, class Loss, class... Step> void check_refused(Loss loss, const Step&... step) {
    Net net;
    initialize(net, 3);
    const Net before = net;
    Trainer trainer{net, loss, Adam{.learning_rate = 0.1}};
    const auto result = trainer.step(step...);
    CHECK_FALSE(result - result == 0);
    CHECK(std::ranges::equal(net.values, before.values));
}

} // namespace

// Short, whole and several rounds: relative 1e-13 of gradients above 1e-2.
TEST_CASE("the gradient of a minibatch of any size is the mean of its samples' gradients") {
    check_batches<1>();
    check_batches<3>();
    check_batches<33>();
}

TEST_CASE("a step goes against the gradient by the learning rate, and returns the loss before it") {
    Classes net = started();
    const Classes before = net;
    const auto g = gradient(net, CrossEntropy{}, xs[0], ts[0]);
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
    CHECK(trainer.step(xs[0], ts[0]) ==
          Approx(evaluate(before, CrossEntropy{}, std::span(xs).first(1), std::span(ts).first(1)))
              .epsilon(1e-14));
    for (std::size_t p = 0; p < g.size(); ++p)
        CHECK(std::abs(net.parameters()[p] - (before.parameters()[p] - 0.5 * g[p])) < 1e-15);
}

TEST_CASE("a class index is a one-hot target, bit by bit, of every integer type") {
    const std::vector<Classes::Output> one_hot{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const auto after = [&](auto step) {
        Classes net = started();
        Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
        step(trainer);
        return net;
    };
    const std::span<const Classes::Input> four(xs.data(), 4);
    const Classes by_targets = after([&](auto& trainer) { trainer.step(four, one_hot); });
    const auto check = [&]<class Class>(Class) {
        const std::vector<Class> indices{2, 0, 1, 2};
        CHECK(std::ranges::equal(after([&](auto& t) { t.step(four, indices); }).values, by_targets.values));
    };
    check(int{});
    check(std::uint8_t{});
    check(std::size_t{});
    CHECK(std::ranges::equal(after([&](auto& t) { t.step(xs[0], 2); }).values,
                             after([&](auto& t) { t.step(xs[0], one_hot[0]); }).values));
    const auto braced = [](auto& trainer) { trainer.step({0.5, -1., 2., 0.25}, 2); };
    const auto named = [](auto& trainer) { trainer.step(Classes::Input{0.5, -1, 2, 0.25}, 2); };
    CHECK(std::ranges::equal(after(braced).values, after(named).values));
}

TEST_CASE("a class index that is no class makes the loss NaN and leaves the net untouched") {
    check_refused<Classes>(CrossEntropy{}, xs[0], 3);
    check_refused<Classes>(CrossEntropy{}, xs[0], -1);
    check_refused<Classes>(CrossEntropy{}, xs[0], std::size_t{1} << 40);
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::vector{0, 3, 1});
    check_refused<NetOf<double, Dense<4, 3, LogSoftmax>>>(NegativeLogLikelihood{}, xs[0], 3);
}

TEST_CASE("a step without samples, or with not as many targets, is NaN and leaves the net untouched") {
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(0), std::span(ts).first(0));
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::span(ts).first(2));
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::vector{0, 1});
}

// That every activation hands on what is not a number is shown in activations.cpp.
TEMPLATE_TEST_CASE("an input that is not a number makes the loss NaN and leaves the net untouched", "", Relu,
                   Softmax) {
    using N = Net<Dense<2, 3, TestType>, Dense<3, 2>>;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<std::array<float, 2>> inputs{{0, 0}, {0, nan}, {1, 0}}, targets(3);
    check_refused<N>(MeanSquaredError{}, inputs[1], targets[1]);
    check_refused<N>(MeanSquaredError{}, inputs, targets);
}

TEST_CASE("a loss that is not finite leaves the net untouched") {
    using N = Net<Dense<2, 3, Relu>, Dense<3, 2>>;
    check_refused<N>(MeanSquaredError{}, N::Input{1e30f, 1e30f}, N::Output{0, 0});
    check_refused<N>(MeanSquaredError{}, N::Input{0, 0},
                     N::Output{0, std::numeric_limits<float>::infinity()});
}

TEST_CASE("what lies behind the parameters stays zero in training") {
    const auto check = [](auto net, auto optimizer) {
        initialize(net, 3);
        Trainer<decltype(net), MeanSquaredError, decltype(optimizer), 8> trainer(net, MeanSquaredError{},
                                                                                 optimizer);
        const auto inputs = random_samples<typename decltype(net)::Input>(11, 1);
        const auto targets = random_samples<typename decltype(net)::Output>(11, 2);
        for (int step = 0; step < 5; ++step) {
            trainer.step(inputs, targets);
            trainer.step(inputs[0], targets[0]);
        }
        for (const auto value : std::span(net.values).subspan(net.parameter_count)) CHECK(value == 0);
    };
    check(Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>{}, Adam{});
    check(Net<Dense<2, 17, Relu, false>>{}, Adam{.weight_decay = 0.1});
    check(Net<Dense<5, 9>>{}, Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
    check(NetOf<double, Dense<3, 3>>{}, Adam{});
}

TEST_CASE("one sample may be given in braces, as an array, and a minibatch as array, vector or span") {
    using N = Net<Dense<1, 1>>;
    N net;
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 0}};
    CHECK(trainer.step({2.f}, {3.f}) == 4.5f);
    CHECK(trainer.step(N::Input{2}, N::Output{3}) == 4.5f);
    const std::array<N::Input, 2> inputs{{{1}, {2}}};
    const std::array<N::Output, 2> targets{{{3}, {1}}};
    CHECK(trainer.step(inputs, targets) == 2.5f);
    CHECK(trainer.step(std::vector(inputs.begin(), inputs.end()),
                       std::vector(targets.begin(), targets.end())) == 2.5f);
    CHECK(trainer.step(std::span(inputs), std::span(targets)) == 2.5f);
    CHECK(std::ranges::equal(trainer.gradient(), std::array{-2.5f, -2.f}));
}
