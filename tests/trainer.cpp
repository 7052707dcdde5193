// Trainer: steps with one sample, minibatches of every size, class indices, and refused steps.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

Classes initialized_net() {
    Classes net;
    initialize(net, 3);
    return net;
}

constexpr std::size_t count = 71;
const auto xs = random_samples<Classes::Input>(count, 10);
const auto ts = random_samples<Classes::Output>(count, 20, 0, 1);

/// The mean of the gradients of the first `samples` samples, each computed alone.
std::vector<double> mean_gradient(const Classes& net, std::size_t samples) {
    std::vector<double> sum(Classes::parameter_count);
    for (std::size_t s = 0; s < samples; ++s) {
        const auto one = gradient(net, CrossEntropy{}, xs[s], ts[s]);
        for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += one[p] / static_cast<double>(samples);
    }
    return sum;
}

template <std::size_t Batch> void check_batches() {
    Classes net = initialized_net();
    Still<Batch> trainer(net, CrossEntropy{}, Sgd{.learning_rate = 0});
    for (const std::size_t samples : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{16},
                                      std::size_t{17}, std::size_t{64}, count}) {
        INFO(samples << " samples in blocks of " << Batch);
        const double loss = trainer.step(std::span(xs).first(samples), std::span(ts).first(samples));
        CHECK(loss == Approx(evaluate(net, CrossEntropy{}, std::span(xs).first(samples),
                                      std::span(ts).first(samples)))
                          .epsilon(1e-14));
        CHECK(largest_error(trainer.gradient(), mean_gradient(net, samples), 1e-2) < 1e-13);
    }
}

/// Checks that a step returns NaN or infinity, and does not change the net.
template <class Net, class Loss, class... Step> void check_refused(Loss loss, const Step&... step) {
    Net net;
    initialize(net, 3);
    const Net before = net;
    Trainer trainer{net, loss, Adam{.learning_rate = 0.1}};
    const auto result = trainer.step(step...);
    CHECK_FALSE(math::is_finite(result));
    CHECK(std::ranges::equal(net.parameters(), before.parameters()));
}

} // namespace

// Partial, whole and several blocks. Relative error 1e-13 for gradients above 1e-2.
TEST_CASE("the gradient of a minibatch of any size is the mean of its samples' gradients") {
    check_batches<1>();
    check_batches<3>();
    check_batches<33>();
}

TEST_CASE("a step subtracts learning rate times gradient, and returns the loss before the update") {
    Classes net = initialized_net();
    const Classes before = net;
    const auto g = gradient(net, CrossEntropy{}, xs[0], ts[0]);
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
    CHECK(trainer.step(xs[0], ts[0]) ==
          Approx(evaluate(before, CrossEntropy{}, std::span(xs).first(1), std::span(ts).first(1)))
              .epsilon(1e-14));
    for (std::size_t p = 0; p < g.size(); ++p)
        CHECK(std::abs(net.parameters()[p] - (before.parameters()[p] - 0.5 * g[p])) < 1e-15);
}

TEST_CASE("a class index of every integer type trains as its one-hot target, bit by bit") {
    const std::vector<Classes::Output> one_hot{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const auto after = [&](auto step) {
        Classes net = initialized_net();
        Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
        step(trainer);
        return net;
    };
    const std::span<const Classes::Input> four(xs.data(), 4);
    const Classes by_targets = after([&](auto& trainer) { trainer.step(four, one_hot); });
    const auto check = [&]<class Class>(Class) {
        const std::vector<Class> indices{2, 0, 1, 2};
        CHECK(std::ranges::equal(after([&](auto& t) { t.step(four, indices); }).parameters(),
                                 by_targets.parameters()));
    };
    check(int{});
    check(std::uint8_t{});
    check(std::size_t{});
    CHECK(std::ranges::equal(after([&](auto& t) { t.step(xs[0], 2); }).parameters(),
                             after([&](auto& t) { t.step(xs[0], one_hot[0]); }).parameters()));
    const auto braced = [](auto& trainer) { trainer.step({0.5, -1., 2., 0.25}, 2); };
    const auto named = [](auto& trainer) { trainer.step(Classes::Input{0.5, -1, 2, 0.25}, 2); };
    CHECK(std::ranges::equal(after(braced).parameters(), after(named).parameters()));
}

TEST_CASE("a class index that is no class makes the loss NaN and leaves the net untouched") {
    check_refused<Classes>(CrossEntropy{}, xs[0], 3);
    check_refused<Classes>(CrossEntropy{}, xs[0], -1);
    check_refused<Classes>(CrossEntropy{}, xs[0], std::size_t{1} << 40);
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::vector{0, 3, 1});
    check_refused<NetOf<double, Dense<4, 3, LogSoftmax>>>(NegativeLogLikelihood{}, xs[0], 3);
}

TEST_CASE("a step without samples, or with sizes that differ, returns NaN and leaves the net untouched") {
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(0), std::span(ts).first(0));
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::span(ts).first(2));
    check_refused<Classes>(CrossEntropy{}, std::span(xs).first(3), std::vector{0, 1});
}

// activations.cpp tests that every activation propagates NaN.
TEMPLATE_TEST_CASE("an input that is not a number makes the loss NaN and leaves the net untouched", "", Relu,
                   Softmax) {
    using N = Net<Dense<2, 3, TestType>, Dense<3, 2>>;
    const float nan = math::not_a_number<float>();
    const std::vector<std::array<float, 2>> inputs{{0, 0}, {0, nan}, {1, 0}}, targets(3);
    check_refused<N>(MeanSquaredError{}, inputs[1], targets[1]);
    check_refused<N>(MeanSquaredError{}, inputs, targets);
}

TEST_CASE("a loss that is not finite leaves the net untouched") {
    using N = Net<Dense<2, 3, Relu>, Dense<3, 2>>;
    check_refused<N>(MeanSquaredError{}, N::Input{1e30f, 1e30f}, N::Output{0, 0});
    check_refused<N>(MeanSquaredError{}, N::Input{0, 0}, N::Output{0, math::infinite<float>()});
}

namespace {

/// One weight, no bias: the whole effect of a step is one number.
using Weight = Net<Dense<1, 1, Identity, false>>;

/// Checks that refused steps change neither net nor optimizer: training continues as without them.
template <class N, class Loss, class Optimizer, class Step>
void check_nothing_changed(Loss loss, Optimizer optimizer, const Step& refused) {
    N net, other;
    initialize(net, 3);
    other = net;
    Trainer trainer{net, loss, optimizer}, without{other, loss, optimizer};
    typename N::Input x;
    typename N::Output t{};
    x.fill(0.5f);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(math::is_finite(trainer.step(x, t)));
        without.step(x, t);
        const N before = net;
        CHECK_FALSE(math::is_finite(refused(trainer)));
        CHECK(std::ranges::equal(net.parameters(), before.parameters()));
    }
    // under -ffast-math two calls of a step may round differently
    CHECK(largest_error(net.parameters(), other.parameters(), 1) < 1e-5);
}

/// A custom optimizer that accepts no update: signs of the gradient, as in Lion, and a moment.
struct Signs {
    double learning_rate = 0.01;
    template <class T, std::size_t N> struct State {
        std::array<T, N> last{};
    };
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state) const noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            parameters[i] -=
                static_cast<T>(learning_rate) * (gradient[i] > 0 ? T(1) : T(-1)) + T(0.1) * state.last[i];
            state.last[i] = gradient[i];
        }
    }
};

/// A custom optimizer that accepts an update, and does not declare when it is safe.
struct Updating {
    double learning_rate = 0.01;
    template <class T, std::size_t N> struct State {
        Flat<T, N> last;
    };
    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        update(
            [rate = static_cast<T>(learning_rate)](auto p, auto g, auto& last) {
                using V = decltype(p);
                const V before = last;
                last = g;
                return p - V(rate) * (g + before);
            },
            parameters, gradient, state.last.data);
    }
};

template <class F> void for_each_optimizer(F f) {
    f(Sgd{.learning_rate = 0.01});
    f(Sgd{.learning_rate = 0.01, .momentum = 0.9, .nesterov = true});
    f(Sgd{.learning_rate = 0.01, .momentum = 1});
    f(Sgd{.learning_rate = 0.01, .weight_decay = 0.1});
    f(Adam{});
    f(Adam{.weight_decay = 0.1});
    f(Adam{.epsilon = 1e-30});
    f(Signs{});
    f(Updating{});
}

} // namespace

TEMPLATE_TEST_CASE("an infinite input to a net that stays finite is refused", "", Tanh, Sigmoid,
                   HardSigmoid) {
    using Tiny = Net<Dense<1, 3, TestType>, Dense<3, 1>>;
    using Wide = Net<Dense<1, 70, TestType>, Dense<70, 3>>;
    const float infinity = math::infinite<float>();
    for_each_optimizer([&](auto optimizer) {
        check_nothing_changed<Tiny>(MeanSquaredError{}, optimizer,
                                    [&](auto& t) { return t.step({infinity}, {0.5f}); });
        check_nothing_changed<Wide>(MeanSquaredError{}, optimizer,
                                    [&](auto& t) { return t.step({-infinity}, {0.f, 0.f, 0.f}); });
        check_nothing_changed<Wide>(MeanSquaredError{}, optimizer, [&](auto& t) {
            return t.step(std::array<typename Wide::Input, 3>{{{1}, {infinity}, {2}}},
                          std::array<typename Wide::Output, 3>{});
        });
    });
}

TEST_CASE("a finite loss with an infinite gradient changes nothing") {
    for_each_optimizer([](auto optimizer) {
        Weight net;
        net.parameters()[0] = 1;
        Trainer trainer{net, MeanSquaredError{}, optimizer};
        for (int i = 0; i < 2; ++i) CHECK_FALSE(math::is_finite(trainer.step({1.8e19f}, {0.f})));
        CHECK_FALSE(math::is_finite(trainer.gradient()[0]));
        CHECK(net.parameters()[0] == 1);
        CHECK(math::is_finite(trainer.step({1.f}, {0.f})));
        CHECK(net.parameters()[0] < 1);
        CHECK(net.parameters()[0] > 0.5f);
    });
}

TEST_CASE("an update that overflows changes nothing, whether of few parameters or many") {
    const auto check = []<class N>(N, double rate) {
        N net;
        for (float& p : net.parameters()) p = 1;
        const N before = net;
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = rate}};
        typename N::Input x;
        x.fill(1e5f);
        CHECK_FALSE(math::is_finite(trainer.step(x, typename N::Output{})));
        CHECK(std::ranges::equal(net.parameters(), before.parameters()));
        trainer.optimizer().learning_rate = 1e-12;
        CHECK(math::is_finite(trainer.step(x, typename N::Output{})));
        CHECK_FALSE(std::ranges::equal(net.parameters(), before.parameters()));
        for (const float p : net.parameters()) CHECK(math::is_finite(p));
    };
    check(Weight{}, 1e30);
    check(Net<Dense<5, 21>>{}, 1e30);
    check(Net<Dense<5, 21>>{}, 1e39); // infinite as a float
    check(Net<Dense<5, 21>>{}, math::not_a_number<double>());
}

TEST_CASE("one outlier does not freeze a weight under Adam") {
    Weight net;
    Trainer trainer{net, HalfSquaredError{}, Adam{.learning_rate = 0.01}};
    trainer.step({1.f}, {1.f});
    CHECK_FALSE(math::is_finite(trainer.step({1e13f}, {1.f}))); // its square overflows Adam's second moment
    float last = 1;
    for (int i = 0; i < 2000; ++i) last = trainer.step({1.f}, {1.f});
    CHECK(last < 1e-6f);
}

TEST_CASE("large numbers that overflow nothing are trained on") {
    const auto check = [](auto optimizer, float gradient) {
        Weight net; // loss (x w - t)^2 / 2 at w = 0: gradient -x t
        Trainer trainer{net, HalfSquaredError{}, optimizer};
        CHECK(math::is_finite(trainer.step({1.f}, {-gradient})));
        CHECK(trainer.gradient()[0] == gradient);
        const float moved = net.parameters()[0];
        CHECK(moved < 0);
        CHECK(math::is_finite(trainer.step({1.f}, {0.f})));
        CHECK(net.parameters()[0] != moved); // the large moments still have an effect
        CHECK(math::is_finite(net.parameters()[0]));
    };
    for (const float gradient : {1e3f, 1e11f, 2e12f, 1e15f, 1e18f}) {
        check(Sgd{.learning_rate = 0.1}, gradient);
        check(Sgd{.learning_rate = 0.1, .momentum = 0.9}, gradient);
        check(Adam{}, gradient);
        check(Updating{}, gradient);
    }
}

TEST_CASE("moments that have grown large overflow in no later step") {
    Weight net;
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 1e-30, .momentum = 0.9999}};
    net.parameters()[0] = -1;
    const float large = 1e19f; // the velocity tends to 1e4 times that: no overflow yet
    for (int i = 0; i < 30; ++i) CHECK(math::is_finite(trainer.step({1.f}, {large})));
    trainer.optimizer().learning_rate = 1e20; // too much for the velocity, though the gradient is small
    const float before = net.parameters()[0];
    CHECK_FALSE(math::is_finite(trainer.step({1e-10f}, {0.f})));
    CHECK(net.parameters()[0] == before);
}

TEST_CASE("weight decay of large parameters does not overflow Adam's moments") {
    Weight net;
    net.parameters()[0] = 1e30f;
    Trainer trainer{net, HalfSquaredError{}, Adam{.weight_decay = 0.5}};
    CHECK_FALSE(math::is_finite(trainer.step({1e-30f}, {1.f})));
    CHECK(net.parameters()[0] == 1e30f);
    trainer.optimizer().weight_decay = 0;
    CHECK(math::is_finite(trainer.step({1e-30f}, {1.f})));
}

TEST_CASE("the zeros after the parameters stay zero in training") {
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
        for (const auto value :
             std::span(net.values_is_an_implementation_detail_).subspan(net.parameter_count))
            CHECK(value == 0);
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
