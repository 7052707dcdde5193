// Trainer::fit: epochs, order of samples, early stopping, observers, histories and outcomes.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

/// y = w x + b.
using Line = NetOf<double, Dense<1, 1>>;
const std::vector<Line::Input> xs{{-1}, {-0.5}, {0}, {0.25}, {0.5}, {0.75}, {1}};
const std::vector<Line::Output> ts{{-2.5}, {-1.5}, {-0.5}, {0}, {0.5}, {1}, {1.5}}; // 2 x - 1/2

constexpr History history_of(std::size_t epochs) {
    History history;
    for (std::size_t n = 1; n <= epochs; ++n) history.add({n, epochs, 1. / static_cast<double>(n)});
    return history;
}
static_assert(history_of(256).epochs().size() == 256 && history_of(256).stride() == 1);
static_assert(history_of(257).stride() == 2 && history_of(257).epochs().size() == 129);
static_assert(history_of(0).epochs().empty() && history_of(3).best.number == 3 &&
              history_of(3).last.number == 3);

} // namespace

TEST_CASE("a history of any length keeps at most 256 epochs, evenly spaced, from the first on") {
    for (const std::size_t epochs : {1u, 255u, 256u, 257u, 512u, 513u, 1000u, 5000u}) {
        const History history = history_of(epochs);
        INFO(epochs << " epochs");
        REQUIRE(history.epochs().size() == (epochs - 1) / history.stride() + 1);
        CHECK(history.epochs().size() <= 256);
        CHECK((history.stride() == 1 || history.epochs().size() > 128));
        for (std::size_t i = 0; i < history.epochs().size(); ++i)
            REQUIRE(history.epochs()[i].number == 1 + i * history.stride());
        CHECK(history.last.number == epochs);
        CHECK(history.best.number == epochs);
    }
}

TEST_CASE("fit is the same as steps with minibatches in order, the last one smaller") {
    Line by_fit, by_steps;
    Trainer fit{by_fit, MeanSquaredError{}, Sgd{.learning_rate = 0.1, .momentum = 0.5}, batch_size<3>};
    Trainer steps{by_steps, MeanSquaredError{}, Sgd{.learning_rate = 0.1, .momentum = 0.5}, batch_size<3>};
    double loss = 0;
    for (int epoch = 0; epoch < 4; ++epoch) {
        loss = 0;
        for (const auto& [first, count] : {std::pair{0u, 3u}, {3u, 3u}, {6u, 1u}})
            loss += count *
                    steps.step(std::span(xs).subspan(first, count), std::span(ts).subspan(first, count)) / 7;
    }
    const History history = fit.fit(xs, ts, {.epochs = 4});
    CHECK(history.outcome == Outcome::finished);
    CHECK(std::ranges::equal(by_fit.parameters(), by_steps.parameters()));
    CHECK(history.last.loss == Approx(loss).epsilon(1e-14));
    CHECK(history.last.number == 4);
    CHECK(history.last.total == 4);
    CHECK(history.epochs().size() == 4);
    CHECK(math::is_nan(history.last.validation_loss));
}

TEST_CASE("a minibatch larger than the trainer's Batch is one update with the mean gradient") {
    Line by_fit, by_step;
    Trainer fit{by_fit, MeanSquaredError{}, Sgd{.learning_rate = 0.1}, batch_size<2>};
    Trainer step{by_step, MeanSquaredError{}, Sgd{.learning_rate = 0.1}, batch_size<16>};
    fit.fit(xs, ts, {.epochs = 1, .batch = 100});
    step.step(xs, ts);
    CHECK(largest_error(by_fit.parameters(), by_step.parameters()) < 1e-14);
}

TEST_CASE("fit learns a line, and trains alike with class indices and one-hot targets") {
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.2}};
    const History history = trainer.fit(xs, ts, {.epochs = 200, .batch = 2, .shuffle_seed = 1});
    CHECK(net({0.3})[0] == Approx(0.1).epsilon(1e-9));
    CHECK(history.last.loss < 1e-15);

    using Classes = NetOf<double, Dense<1, 2, Softmax>>;
    Classes a, b;
    const std::vector<int> classes{0, 0, 0, 1, 1, 1, 1};
    std::vector<Classes::Output> one_hot;
    for (const int c : classes) one_hot.push_back(c ? Classes::Output{0, 1} : Classes::Output{1, 0});
    Trainer by_class{a, CrossEntropy{}, Sgd{.learning_rate = 0.5}},
        by_target{b, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
    by_class.fit(xs, classes, {.epochs = 30, .batch = 3, .shuffle_seed = 4});
    by_target.fit(xs, one_hot, {.epochs = 30, .batch = 3, .shuffle_seed = 4});
    CHECK(std::ranges::equal(a.parameters(), b.parameters()));
    CHECK(a({1.})[1] > 0.8);
}

namespace {

/// A probe: half the squared error, which records the targets in the order in which fit uses them.
struct RecordingLoss {
    std::vector<double>* seen;
    static constexpr bool mean = false;
    template <class V> V value(V y, V t) const {
        seen->push_back(static_cast<double>(math::first_lane(t)));
        return HalfSquaredError{}.value(y, t);
    }
    template <class V> V derivative(V y, V t) const { return y - t; }
};

/// The positions of the samples in the order in which fit uses them.
std::vector<double> visited(std::size_t count, std::size_t epochs, std::optional<std::uint64_t> seed) {
    const std::vector<Line::Input> inputs(count);
    std::vector<Line::Output> numbers(count);
    for (std::size_t s = 0; s < count; ++s) numbers[s] = {static_cast<double>(s)};
    std::vector<double> seen;
    Line net;
    Trainer trainer{net, RecordingLoss{&seen}, Sgd{.learning_rate = 0}};
    trainer.fit(inputs, numbers, {.epochs = epochs, .batch = 1, .shuffle_seed = seed});
    return seen;
}

} // namespace

TEST_CASE("fit visits every sample once per epoch, in another order in each epoch, and in the same orders "
          "with the same seed") {
    for (const std::size_t count : {1u, 5u, 64u, 100u}) {
        const auto seen = visited(count, 3, 9);
        REQUIRE(seen.size() == 3 * count);
        for (std::size_t epoch = 0; epoch < 3; ++epoch) {
            std::vector<double> one(seen.begin() + static_cast<std::ptrdiff_t>(epoch * count),
                                    seen.begin() + static_cast<std::ptrdiff_t>((epoch + 1) * count));
            if (count > 5 && epoch > 0) CHECK_FALSE(std::equal(one.begin(), one.end(), seen.begin()));
            if (count > 5) CHECK_FALSE(std::ranges::is_sorted(one));
            std::ranges::sort(one);
            for (std::size_t s = 0; s < count; ++s) REQUIRE(one[s] == static_cast<double>(s));
        }
        CHECK(visited(count, 3, 9) == seen);
        if (count > 5) CHECK(visited(count, 3, 10) != seen);
    }
    CHECK(visited(3, 2, {}) == std::vector<double>{0, 1, 2, 0, 1, 2});
}

TEST_CASE("the orders of two successive epochs are independent") {
    std::map<std::vector<double>, int> pairs;
    for (std::uint64_t seed = 0; seed < 15000; ++seed) ++pairs[visited(4, 2, seed)];
    CHECK(pairs.size() == 24 * 24);
}

TEST_CASE("fit stops when the validation loss has not improved for `patience` epochs") {
    Line net;
    net.layer<0>().weight(0, 0) = 2;
    net.layer<0>().bias(0) = -0.5; // the training loss is 0: no update changes anything
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    const std::array<Line::Input, 1> x{{{1}}};
    const std::array<Line::Output, 1> t{{{3}}};
    const History still = trainer.fit(xs, ts, {.epochs = 50, .validation = {x, t}, .patience = 3});
    CHECK(still.outcome == Outcome::stopped_early);
    CHECK(still.last.number == 4);
    CHECK(still.best.number == 1);
    CHECK(still.last.validation_loss == Approx(2.25).epsilon(1e-14));

    // From above, the validation loss first falls and then rises: best is the epoch with the lowest.
    net.layer<0>().bias(0) = 10;
    const History turning = trainer.fit(xs, ts, {.epochs = 500, .validation = {x, t}, .patience = 2});
    CHECK(turning.outcome == Outcome::stopped_early);
    CHECK(turning.last.number == turning.best.number + 2);
    CHECK(turning.best.validation_loss < turning.last.validation_loss);
    for (const Epoch& epoch : turning.epochs()) CHECK(epoch.validation_loss >= turning.best.validation_loss);

    // Without validation samples, the training loss must improve by more than min_delta.
    net.layer<0>().bias(0) = 0;
    const History slow = trainer.fit(xs, ts, {.epochs = 500, .patience = 1, .min_delta = 0.05});
    CHECK(slow.outcome == Outcome::stopped_early);
    CHECK(slow.last.number > 1);
    CHECK(slow.epochs()[slow.last.number - 2].loss - slow.last.loss <= 0.05);
}

TEST_CASE("an observer sees each epoch, and stops training by returning false") {
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    std::vector<std::size_t> numbers;
    History history = trainer.fit(xs, ts, {.epochs = 10}, [&](const Epoch& epoch) {
        CHECK(epoch.total == 10);
        numbers.push_back(epoch.number);
        return epoch.number < 3;
    });
    CHECK(history.outcome == Outcome::stopped_by_observer);
    CHECK(numbers == std::vector<std::size_t>{1, 2, 3});
    CHECK(history.last.number == 3);
    history =
        trainer.fit(xs, ts, {.epochs = 2}, [&](const Epoch& epoch) { numbers.push_back(epoch.number); });
    CHECK(history.outcome == Outcome::finished);
    CHECK(numbers.size() == 5);
}

TEST_CASE("fit names the first sample that is not finite, and leaves the net as it was before that step") {
    for (const double bad : {math::not_a_number<double>(), math::infinite<double>()}) {
        auto inputs = xs;
        inputs[4] = {bad};
        inputs[6] = {bad};
        Line net, by_steps;
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
        const History history = trainer.fit(inputs, ts, {.epochs = 3, .batch = 2});
        CHECK(history.outcome == Outcome::bad_sample);
        CHECK(history.sample == 4);
        CHECK_FALSE(history.of_validation);
        CHECK(history.epochs().empty());
        Trainer steps{by_steps, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
        for (const std::size_t first : {0u, 2u})
            steps.step(std::span(xs).subspan(first, 2), std::span(ts).subspan(first, 2));
        for (std::size_t i = 0; i < 2; ++i) // apart from what a compiler fuses in one and not in the other
            CHECK(math::abs(net.parameters()[i] - by_steps.parameters()[i]) < 1e-15);

        auto targets = ts;
        targets[2] = {bad};
        Line other;
        Trainer by_targets{other, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
        const History shuffled = by_targets.fit(xs, targets, {.shuffle_seed = 3});
        CHECK(shuffled.outcome == Outcome::bad_sample);
        CHECK(shuffled.sample == 2);
        const History validated = by_targets.fit(xs, ts, {.epochs = 2, .validation = {inputs, ts}});
        CHECK(validated.outcome == Outcome::bad_sample);
        CHECK(validated.sample == 4);
        CHECK(validated.of_validation);
    }
    using Saturated = Net<Dense<1, 4, Tanh>, Dense<4, 1>>; // its loss is finite for an infinite input
    Saturated net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Adam{}};
    const std::array<Saturated::Input, 2> inputs{{{1}, {math::infinite<float>()}}};
    const History history = trainer.fit(inputs, std::array<Saturated::Output, 2>{}, {.batch = 1});
    CHECK(history.outcome == Outcome::bad_sample);
    CHECK(history.sample == 1);
    for (const float p : net.parameters()) CHECK(math::is_finite(p));
}

namespace {

/// Which sample of 37 fit names if a number of it is NaN, in the validation samples.
template <class N, class Loss> std::size_t named_in_validation(std::size_t bad, bool in_input) {
    using T = typename N::Scalar;
    N net;
    initialize(net, 1);
    Trainer trainer{net, Loss{}, Sgd{.learning_rate = 0.01}};
    std::vector<typename N::Input> inputs(37);
    std::vector<typename N::Output> targets(37);
    for (auto& input : inputs) input.fill(T(0.5));
    for (auto& target : targets) target[0] = 1;
    auto bad_inputs = inputs;
    auto bad_targets = targets;
    (in_input ? bad_inputs[bad][0] : bad_targets[bad][0]) = math::not_a_number<T>();
    const History history = trainer.fit(inputs, targets, {.validation = {bad_inputs, bad_targets}});
    return history.outcome == Outcome::bad_sample && history.of_validation ? history.sample : 99;
}

template <class Loss, class... Layers> void check_named_in_validation() {
    for (const std::size_t bad : {0u, 5u, 36u}) // in the first register, in the middle, alone in the last
        for (const bool in_input : {true, false}) {
            CHECK(named_in_validation<Net<Layers...>, Loss>(bad, in_input) == bad);
            CHECK(named_in_validation<NetOf<double, Layers...>, Loss>(bad, in_input) == bad);
        }
}

} // namespace

TEST_CASE("fit notices NaN in the validation samples behind activations and losses that clamp") {
    check_named_in_validation<Huber, Dense<3, 9, Relu>, Dense<9, 2, HardSigmoid>>();
    check_named_in_validation<MeanAbsoluteError, Dense<3, 9, LeakyRelu>, Dense<9, 2, Relu>>();
    check_named_in_validation<CrossEntropy, Dense<3, 9, Elu>, Dense<9, 3, Softmax>>();
    check_named_in_validation<BinaryCrossEntropy, Dense<3, 9, Tanh>, Dense<9, 1, Sigmoid>>();
    check_named_in_validation<NegativeLogLikelihood, Dense<3, 9, Softplus>, Dense<9, 3, LogSoftmax>>();
}

TEST_CASE("fit reports that training diverged, and leaves a finite net") {
    Line net; // a learning rate that is far too large
    Trainer wild{net, MeanSquaredError{}, Sgd{.learning_rate = 1e6}};
    CHECK(wild.fit(xs, ts, {.epochs = 1000}).outcome == Outcome::diverged);
    for (const double p : net.parameters()) CHECK(math::is_finite(p));

    // The last update overflows: no later loss could show it.
    using Classes = Net<Dense<1, 3, Softmax>>;
    const std::vector<Classes::Input> inputs{{1}, {2}};
    for (const double rate : {3e38, 1e39}) {
        Classes classes;
        initialize(classes, 1);
        const Classes before = classes;
        Trainer trainer{classes, CrossEntropy{}, Sgd{.learning_rate = rate}};
        const History history = trainer.fit(inputs, std::array{0, 0}, {});
        bool finite = true;
        for (const float p : classes.parameters()) finite = finite && math::is_finite(p);
        CHECK(finite);
        if (history.outcome == Outcome::diverged)
            CHECK(std::ranges::equal(classes.parameters(), before.parameters()));
        if (rate == 1e39) CHECK(history.outcome == Outcome::diverged); // infinite as a float
    }

    // The net was not finite before, or an observer has made it so.
    net.layer<0>().bias(0) = math::infinite<double>();
    CHECK(wild.fit(xs, ts, {.epochs = 0}).outcome == Outcome::diverged);
    net = {};
    wild.optimizer().learning_rate = 0.1;
    CHECK(wild.fit(xs, ts, {.epochs = 1},
                   [&](const Epoch&) { net.layer<0>().bias(0) = math::not_a_number<double>(); })
              .outcome == Outcome::diverged);
}

TEST_CASE("fit refuses labels that are no class, and names the first of them, before anything is trained") {
    using Classes = Net<Dense<1, 3, Softmax>>;
    const std::vector<Classes::Input> inputs(200, {1});
    Classes net;
    Trainer trainer{net, CrossEntropy{}, Adam{}};
    const auto check = [&]<class Label>(Label bad, std::size_t at) {
        std::vector<Label> labels(200, Label{2});
        labels[at] = labels[199] = bad;
        const History history = trainer.fit(inputs, labels, {.epochs = 2, .batch = 8, .shuffle_seed = 1});
        CHECK(history.outcome == Outcome::bad_label);
        CHECK(history.sample == at);
        CHECK_FALSE(history.of_validation);
        CHECK(history.epochs().empty());
        CHECK(std::ranges::equal(net.parameters(), Classes{}.parameters()));
    };
    for (const std::size_t at : {0u, 63u, 64u, 150u, 199u}) { // within and after groups of 64
        check(3, at);
        check(-1, at);
        check(std::int8_t{-128}, at);
        check(std::uint8_t{255}, at);
        check(std::uint64_t{1} << 40, at);
    }
    // Classes counted from 1.
    const std::array<Classes::Input, 3> three{};
    CHECK(trainer.fit(three, std::array{1, 2, 3}, {}).sample == 2);
    CHECK(trainer.fit(three, std::array{0, 1, 2}, {}).outcome == Outcome::finished);
    // One output distinguishes two classes.
    Net<Dense<1, 1, Sigmoid>> one;
    Trainer binary{one, BinaryCrossEntropy{}, Adam{}};
    CHECK(binary.fit(three, std::array{1, 2, 0}, {}).outcome == Outcome::bad_label);
    CHECK(binary.fit(three, std::array{true, false, true}, {}).outcome == Outcome::finished);
}

namespace {

struct Quiet {
    bool operator()(const Epoch&) noexcept { return true; }
};
struct Loud {
    bool operator()(const Epoch&) { return true; }
};
struct LoudAnswer { // its conversion may throw
    operator bool() const { return true; }
};
struct Answering {
    LoudAnswer operator()(const Epoch&) noexcept { return {}; }
};
template <class Observer>
constexpr bool fit_is_noexcept =
    noexcept(std::declval<Trainer<Line, MeanSquaredError, Sgd>&>().fit(xs, ts, {}, std::declval<Observer>()));
static_assert(noexcept(std::declval<Trainer<Line, MeanSquaredError, Sgd>&>().fit(xs, ts, {})));
static_assert(fit_is_noexcept<Quiet> && fit_is_noexcept<Quiet&>);
static_assert(!fit_is_noexcept<Loud> && !fit_is_noexcept<Loud&> && !fit_is_noexcept<Answering>);

} // namespace

TEST_CASE("fit passes on an observer's exception, and training can continue") {
    Line net, other;
    Trainer trainer{net, MeanSquaredError{}, Adam{}}, without{other, MeanSquaredError{}, Adam{}};
    try {
        trainer.fit(xs, ts, {.epochs = 5, .batch = 2}, [](const Epoch& epoch) {
            if (epoch.number == 2) throw 7;
        });
        FAIL("nothing was thrown");
    } catch (const int what) {
        CHECK(what == 7);
    }
    without.fit(xs, ts, {.epochs = 2, .batch = 2});
    CHECK(std::ranges::equal(net.parameters(), other.parameters()));
    trainer.fit(xs, ts, {.epochs = 2, .batch = 2});
    without.fit(xs, ts, {.epochs = 2, .batch = 2});
    CHECK(std::ranges::equal(net.parameters(), other.parameters()));
}

TEST_CASE("fit refuses sizes that differ, no samples, and minibatches of none") {
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    const std::span<const Line::Input> x(xs);
    const std::span<const Line::Output> t(ts);
    CHECK(trainer.fit(x.first(3), t.first(2), {}).outcome == Outcome::mismatched);
    CHECK(trainer.fit(x.first(0), t.first(0), {}).outcome == Outcome::mismatched);
    CHECK(trainer.fit(x, t, {.batch = 0}).outcome == Outcome::mismatched);
    CHECK(trainer.fit(x, t, {.validation = {x.first(3), t.first(2)}}).outcome == Outcome::mismatched);
    CHECK(std::ranges::equal(net.parameters(), Line{}.parameters()));
    CHECK(trainer.fit(x, t, {.epochs = 0}).outcome == Outcome::finished);
}

// A batch that fills exactly one register is processed by other code (block_in_registers).
TEMPLATE_TEST_CASE("a tiny net learns alike if Batch is the minibatch's size, or larger", "", float, double) {
    using N = NetOf<TestType, Dense<2, 3, Sigmoid>, Dense<3, 1, Tanh>>;
    const auto inputs = random_samples<typename N::Input>(43, 1);
    const auto targets = random_samples<typename N::Output>(43, 2);
    const auto trained = [&]<std::size_t Batch>(BatchSize<Batch> size, std::size_t batch) {
        N net;
        initialize(net, 3);
        Trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.3}, size}.fit(
            inputs, targets, {.epochs = 5, .batch = batch, .shuffle_seed = 7});
        return net;
    };
    const auto check = [&](const N& one, const N& other) {
        for (std::size_t i = 0; i < N::parameter_count; ++i)
            CHECK(one.parameters()[i] ==
                  Approx(other.parameters()[i]).margin(sizeof(TestType) == 4 ? 1e-5 : 1e-13));
    };
    check(trained(batch_size<2>, 2), trained(batch_size<32>, 2));
    check(trained(batch_size<4>, 4), trained(batch_size<32>, 4));
    check(trained(batch_size<8>, 8), trained(batch_size<32>, 8));
}
