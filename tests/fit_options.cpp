// Options of Trainer::fit: weights, a validation share, the best weights, plateaus, continuing; minibatches
// and where a training diverged.
#include <tenon/threads.hpp>

#include "catch.hpp"
#include "reference/pytorch_fit.hpp"
#include "same_fit.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <vector>

using namespace tenon;

namespace {

using Linear = NetOf<double, Dense<2, 3, Softmax>>;

Linear first_net() {
    Linear net;
    for (std::size_t o = 0; o < 3; ++o) {
        for (std::size_t i = 0; i < 2; ++i)
            net.layer<0>().weight(o, i) = reference::pytorch_fit::first_weight[o][i];
        net.layer<0>().bias(o) = reference::pytorch_fit::first_bias[o];
    }
    return net;
}

const std::vector<int> classes(reference::pytorch_fit::labels.begin(), reference::pytorch_fit::labels.end());
const std::vector<Linear::Output> one_hot = [] {
    std::vector<Linear::Output> targets(classes.size());
    for (std::size_t i = 0; i < classes.size(); ++i) targets[i][static_cast<std::size_t>(classes[i])] = 1;
    return targets;
}();

template <std::size_t Batch, class Ts>
void check_weights(const Ts& ts, bool by_class, bool by_sample, std::span<const double> parameters,
                   std::span<const double> losses) {
    using namespace reference::pytorch_fit;
    Linear net = first_net();
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.3, .momentum = 0.5}, batch_size<Batch>};
    typename decltype(trainer)::FitOptions options{.epochs = 3, .batch = 4};
    if (by_class) options.class_weights = class_weights;
    if (by_sample) options.sample_weights = sample_weights;
    const History history = trainer.fit(xs, ts, options);
    for (std::size_t o = 0; o < 3; ++o) {
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(net.layer<0>().weight(o, i) == Approx(parameters[2 * o + i]).epsilon(1e-12).margin(1e-13));
        CHECK(net.layer<0>().bias(o) == Approx(parameters[6 + o]).epsilon(1e-12).margin(1e-13));
    }
    for (std::size_t e = 0; e < 3; ++e) CHECK(history.epochs()[e].loss == Approx(losses[e]).epsilon(1e-12));
}

} // namespace

TEST_CASE("weighted losses are PyTorch's, divided by the number of samples") {
    using namespace reference::pytorch_fit;
    const auto check = [&](const auto& ts) {
        check_weights<32>(ts, true, false, by_class, by_class_losses);
        check_weights<32>(ts, false, true, by_sample, by_sample_losses);
        check_weights<32>(ts, true, true, by_both, by_both_losses);
        check_weights<1>(ts, true, true, by_both, by_both_losses);
        check_weights<4>(ts, true, true, by_both, by_both_losses);
    };
    check(classes);
    check(one_hot);
}

TEST_CASE("a single output has the weight of its class, and equal weights change nothing") {
    using One = NetOf<double, Dense<2, 1, Sigmoid>>;
    const auto inputs = random_samples<One::Input>(20, 3);
    std::vector<int> kinds(20);
    std::vector<double> by_hand(20);
    for (std::size_t i = 0; i < 20; ++i) kinds[i] = inputs[i][0] > 0.3, by_hand[i] = kinds[i] ? 4 : 0.5;
    const auto trained = [&](std::span<const double> of_classes, std::span<const double> of_samples) {
        One net;
        initialize(net, 1);
        Trainer trainer{net, BinaryCrossEntropy{}, Sgd{.learning_rate = 0.5}};
        CHECK(trainer
                  .fit(inputs, kinds,
                       {.epochs = 3,
                        .batch = 6,
                        .shuffle_seed = 2,
                        .class_weights = of_classes,
                        .sample_weights = of_samples})
                  .outcome == Outcome::finished);
        return net;
    };
    const std::array<double, 2> weights{0.5, 4}, ones{1, 1};
    CHECK(largest_error(trained(weights, {}).parameters(), trained({}, by_hand).parameters()) < 1e-13);
    CHECK(largest_error(trained(ones, {}).parameters(), trained({}, {}).parameters()) < 1e-13);
    CHECK(largest_error(trained(weights, {}).parameters(), trained({}, {}).parameters()) > 1e-3);
}

TEST_CASE("validation with class indices gives the bits of one-hot targets") {
    const auto& xs = reference::pytorch_fit::xs;
    using Options = Trainer<Linear, CrossEntropy, Sgd, 32>::FitOptions;
    const std::vector<std::size_t> some{5, 1, 2};
    const auto losses = [&](auto set, auto... metrics) {
        Linear net;
        Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.3}, batch_size<32>};
        std::vector<double> result;
        Options options{.epochs = 3};
        set(options.validation);
        trainer.fit(xs, classes, options, metrics..., [&](const auto& epoch) {
            result.push_back(epoch.validation_loss);
            if constexpr (sizeof...(metrics) > 0) result.push_back(epoch.metrics[0]);
        });
        return result;
    };
    const auto outputs = [&](auto& v) { v.inputs = xs, v.targets = one_hot; };
    const auto indices = [&](auto& v) { v.inputs = xs, v.classes = classes; };
    CHECK(losses(outputs) == losses(indices));
    CHECK(losses(outputs, Accuracy{}) == losses(indices, Accuracy{}));
    const std::vector<unsigned char> bytes(classes.begin(), classes.end());
    CHECK(losses(outputs) == losses([&](auto& v) { v.inputs = xs, v.classes = bytes; }));
    CHECK(losses([&](auto& v) { v = {xs, one_hot, some}; }) ==
          losses([&](auto& v) { v = {.inputs = xs, .indices = some, .classes = classes}; }));

    std::vector<int> bad(classes.begin(), classes.end());
    bad[4] = -1;
    Linear net;
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.3}};
    const History history = trainer.fit(xs, classes, {.validation = {.inputs = xs, .classes = bad}});
    CHECK(history.outcome == Outcome::bad_label);
    CHECK(history.of_validation);
    CHECK(history.sample == 4);
}

TEST_CASE("a validation share of less than one sample is one sample") {
    const auto& xs = reference::pytorch_fit::xs;
    const auto loss = [&](double share) {
        Linear net;
        Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.3}};
        return trainer.fit(xs, classes, {.validation_share = share}).last.validation_loss;
    };
    CHECK(loss(1e-9) == loss(1.5 / static_cast<double>(xs.size())));
    CHECK(math::is_finite(loss(1e-9)));
    CHECK(math::is_nan(loss(0)));
}

TEST_CASE("fit refuses weights of another number, and shares that are no share") {
    Linear net;
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.3}};
    const auto refuses = [&](const auto& options) {
        return trainer.fit(reference::pytorch_fit::xs, classes, options).outcome == Outcome::mismatched;
    };
    using Options = decltype(trainer)::FitOptions;
    const std::array<double, 2> two{1, 1};
    CHECK(refuses(Options{.class_weights = two}));
    CHECK(refuses(Options{.sample_weights = two}));
    CHECK(refuses(Options{.validation_share = 1}));
    CHECK(refuses(Options{.validation_share = -0.1}));
    CHECK(refuses(Options{.validation_share = math::not_a_number<double>()}));
    CHECK(refuses(Options{.validation = {reference::pytorch_fit::xs, one_hot}, .validation_share = 0.5}));
    CHECK(refuses(Options{.validation = {reference::pytorch_fit::xs, one_hot, {}, classes}}));
    CHECK(refuses(Options{
        .validation = {.inputs = reference::pytorch_fit::xs, .classes = std::span(classes).first(3)}}));
    const std::vector<std::size_t> one{3};
    CHECK(refuses(Options{.indices = one, .validation_share = 0.5})); // none would be left
    CHECK(refuses(Options{.first_epoch = 0}));
    CHECK(std::ranges::equal(net.parameters(), Linear{}.parameters()));
}

namespace {

/// y = w x + b.
using Line = NetOf<double, Dense<1, 1>>;

/// Half the squared error, which records the targets that it sees.
struct RecordingLoss {
    std::vector<double>* seen;
    static constexpr bool mean = false;
    template <class V> V value(V y, V t) const {
        for (std::size_t lane = 0; lane < 1; ++lane)
            seen->push_back(static_cast<double>(math::first_lane(t)));
        return HalfSquaredError{}.value(y, t);
    }
    template <class V> V derivative(V y, V t) const { return y - t; }
};

} // namespace

TEST_CASE("a validation share is chosen by its seed, and never trained with") {
    const std::size_t count = 53;
    std::vector<Line::Input> xs(count);
    std::vector<Line::Output> ts(count);
    for (std::size_t s = 0; s < count; ++s)
        xs[s] = {1 + static_cast<double>(s)}, ts[s] = {static_cast<double>(s)};
    const auto trained_with = [&](std::uint64_t seed, std::optional<std::uint64_t> shuffle) {
        Line net;
        std::vector<double> seen;
        Trainer trainer{net, RecordingLoss{&seen}, Sgd{.learning_rate = 0}};
        const History history = trainer.fit(xs, ts,
                                            {.epochs = 1,
                                             .batch = 1,
                                             .shuffle_seed = shuffle,
                                             .validation_share = 0.25,
                                             .validation_seed = seed});
        CHECK(history.outcome == Outcome::finished);
        // The net gives 0: the losses say which samples were in which part.
        double all = 0, trained = 0;
        std::set<double> of_training(seen.begin(), seen.begin() + 40);
        for (const double t : of_training) trained += t * t / 2;
        for (const auto& t : ts) all += t[0] * t[0] / 2;
        CHECK(of_training.size() == 40); // 53 - floor(53 / 4)
        CHECK(history.last.loss == Approx(trained / 40));
        CHECK(history.last.validation_loss == Approx((all - trained) / 13));
        return of_training;
    };
    CHECK(trained_with(1, {}) == trained_with(1, 5));
    CHECK(trained_with(1, {}) != trained_with(2, {}));
}

namespace {

/// fit with its options in a constant expression.
constexpr History fit_by_compiler() {
    constexpr std::array<Line::Input, 6> xs{{{-1}, {-0.5}, {0}, {0.25}, {0.5}, {1}}};
    constexpr std::array<Line::Output, 6> ts{{{-2}, {-1}, {0}, {0.5}, {1}, {2}}};
    constexpr std::array<double, 6> weights{1, 2, 1, 2, 1, 0.5};
    Line net, best;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.2}, batch_size<4>};
    History history = trainer.fit(xs, ts,
                                  {.epochs = 6,
                                   .batch = 2,
                                   .shuffle_seed = 3,
                                   .validation_share = 0.4,
                                   .best = &best,
                                   .reduce_on_plateau = ReduceOnPlateau{},
                                   .sample_weights = weights});
    if (measure(best, R2{}, xs, ts) < 0.5) history.outcome = Outcome::diverged;
    return history;
}
static_assert(fit_by_compiler().outcome == Outcome::finished && fit_by_compiler().last.validation_loss < 0.1);

} // namespace

TEST_CASE("early stopping gives back the weights of the best epoch") {
    const std::vector<Line::Input> xs{{-1}, {0}, {1}};
    const std::vector<Line::Output> ts{{-2.5}, {-0.5}, {1.5}};
    const std::array<Line::Input, 1> x{{{1}}};
    const std::array<Line::Output, 1> t{{{3}}};
    for (const bool restore : {true, false}) {
        Line net, best, by_observer;
        net.layer<0>().bias(0) = 10; // the validation loss first falls and then rises
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
        double lowest = 1e300;
        Line last;
        const History history = trainer.fit(
            xs, ts,
            {.epochs = 500, .validation = {x, t}, .patience = 4, .best = &best, .restore_best = restore},
            [&](const Epoch& epoch) {
                if (epoch.validation_loss < lowest) lowest = epoch.validation_loss, by_observer = net;
                last = net;
            });
        CHECK(history.outcome == Outcome::stopped_early);
        CHECK(history.best.number + 4 == history.last.number);
        CHECK(std::ranges::equal(best.parameters(), by_observer.parameters()));
        CHECK(std::ranges::equal(net.parameters(), (restore ? by_observer : last).parameters()));
        CHECK(evaluate(best, MeanSquaredError{}, x, t) == history.best.validation_loss);
        CHECK_FALSE(std::ranges::equal(last.parameters(), best.parameters()));
    }
}

TEST_CASE("ReduceOnPlateau has PyTorch's learning rates") {
    using namespace reference::pytorch_fit;
    const auto check = [&](const ReduceOnPlateau& reduce, const auto& wanted) {
        Sgd optimizer{.learning_rate = 0.1};
        ReduceOnPlateau::State state;
        for (std::size_t e = 0; e < wanted.size(); ++e) {
            reduce.end_epoch(plateau_losses[e], state, optimizer);
            INFO("epoch " << e);
            CHECK(optimizer.learning_rate == Approx(wanted[e]).epsilon(1e-14));
        }
    };
    check({}, reference::pytorch_fit::plateau);
    check({.factor = 0.5, .patience = 2}, plateau_short);
    check({.factor = 0.5, .patience = 1, .threshold = 0.2, .cooldown = 3}, plateau_cooldown);
    check({.factor = 0.3, .patience = 2, .threshold = 0.05, .relative = false}, plateau_absolute);
    check({.factor = 0.5, .patience = 0, .min_learning_rate = 0.03}, plateau_floor);
    check({.factor = 0.1, .patience = 0, .epsilon = 1e-4}, plateau_epsilon);
    CHECK(plateau_short.back() < 0.05);
}

namespace {

/// An optimizer around another one.
struct Around {
    Adam optimizer{};
    template <class T, std::size_t N> struct State {
        Adam::State<T, N> inner;
    };
    template <class T, std::size_t N, class Update = tenon::detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        optimizer.step(parameters, gradient, state.inner, update);
    }
};
/// An optimizer without a learning rate.
struct Fixed {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= gradient[i] / 8;
    }
};

} // namespace

TEST_CASE("fit lowers the learning rate on a plateau, of a wrapped optimizer too, and reports it") {
    const std::vector<Line::Input> xs{{-1}, {0}, {1}};
    const std::vector<Line::Output> ts{{0}, {1}, {0}}; // no line goes through them
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Around{{.learning_rate = 0.1}}};
    const History history = trainer.fit(
        xs, ts, {.epochs = 80, .reduce_on_plateau = ReduceOnPlateau{.factor = 0.5, .patience = 3}});
    CHECK(trainer.optimizer().optimizer.learning_rate < 0.02);
    CHECK(history.epochs()[0].learning_rate == 0.1);
    CHECK(history.last.learning_rate < 0.04);
    Trainer without{net, MeanSquaredError{}, Fixed{}};
    CHECK(without.fit(xs, ts, {.reduce_on_plateau = ReduceOnPlateau{}}).outcome == Outcome::mismatched);
    CHECK(math::is_nan(without.fit(xs, ts, {}).last.learning_rate));
}

namespace {

/// An observer of epochs and minibatches, which it declares.
struct Both {
    static constexpr bool sees_minibatches = true;
    std::size_t minibatches = 0, epochs = 0;
    bool operator()(const Minibatch& minibatch) noexcept {
        ++minibatches;
        return minibatch.epoch < 2 || minibatch.step < 2;
    }
    void operator()(const Epoch&) noexcept { ++epochs; }
};

} // namespace

TEST_CASE("an observer sees each minibatch, and stops training within an epoch") {
    const auto xs = random_samples<Line::Input>(10, 1);
    const auto ts = random_samples<Line::Output>(10, 2);
    Line net;
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    std::size_t steps = 0, epochs = 0;
    double sum = 0;
    const auto count = [&](const Minibatch& minibatch) {
        ++steps;
        CHECK(minibatch.epoch == epochs + 1);
        CHECK(minibatch.epochs == 3);
        CHECK(minibatch.steps == 3);
        CHECK(minibatch.step == (steps - 1) % 3 + 1);
        CHECK(minibatch.samples == (minibatch.step == 3 ? 2u : 4u));
        CHECK(minibatch.learning_rate == 0.1);
        sum += minibatch.loss * static_cast<double>(minibatch.samples) / 10;
    };
    const auto per_epoch = [&](const auto& epoch) { // generic: sees epochs alone
        CHECK(epoch.loss == Approx(sum));
        CHECK(math::is_nan(epoch.validation_loss));
        sum = 0;
        ++epochs;
    };
    trainer.fit(xs, ts, {.epochs = 3, .batch = 4}, count, per_epoch);
    CHECK(steps == 9);
    CHECK(epochs == 3);

    Both both;
    static_assert(noexcept(trainer.fit(xs, ts, {}, both)));
    static_assert(!noexcept(trainer.fit(xs, ts, {}, both, count)));
    const History history = trainer.fit(xs, ts, {.epochs = 3, .batch = 4}, both);
    CHECK(history.outcome == Outcome::stopped_by_observer);
    CHECK(both.minibatches == 5);
    CHECK(both.epochs == 1);
    CHECK(history.last.number == 1);
}

namespace {

/// Infinite for inputs above 5, and with an infinite derivative above 3.
struct Steep {
    template <class V> static V apply(V z) { return math::select(z > V(5), V(math::infinite<double>()), z); }
    template <class V> static V derivative(V z, V) {
        return math::select(z > V(3), V(math::infinite<double>()), V(1));
    }
};
using Inner = NetOf<double, Dense<1, 1>, Dense<1, 1, Steep>>;
using Deep = NetOf<double, Dense<1, 1>, Inner, Dense<1, 1>, Dropout<Shape<1>, 50>>;

} // namespace

TEST_CASE("a divergence names epoch, step, and the layer where it begins") {
    Deep net;
    const auto start = [&] {
        for (double& p : net.parameters()) p = 0;
        net.layer<0>().weight(0, 0) = 1;
        net.layer<1>().layer<0>().weight(0, 0) = 1;
        net.layer<1>().layer<1>().weight(0, 0) = 1;
        net.layer<2>().weight(0, 0) = 1;
    };
    std::vector<Deep::Input> xs(20, {1});
    const std::vector<Deep::Output> ts(20, {1});
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0}};
    const auto divergence = [&](double bad, int threads) {
        start();
        xs[13] = {bad};
        const History history = trainer.fit(xs, ts, {.epochs = 2, .batch = 3, .threads = threads});
        CHECK(history.outcome == Outcome::diverged);
        CHECK(history.divergence.epoch == 1);
        CHECK(history.divergence.step == 5);
        return history.divergence;
    };
    for (const int threads : {1, 2}) {
        CHECK(divergence(6, threads).origin == Origin::forward);
        CHECK(divergence(6, threads).layer == 1);
        const Divergence by_derivative = divergence(4, threads);
        CHECK(by_derivative.origin == Origin::backward);
        CHECK(by_derivative.layer == 1);
        const Divergence by_loss = divergence(-1e160, threads); // its square is infinite
        CHECK(by_loss.origin == Origin::loss);
    }

    Line line;
    line.layer<0>().weight(0, 0) = 1;
    Trainer far{line, MeanSquaredError{}, Sgd{.learning_rate = 1e308}};
    const std::array<Line::Input, 1> ten{{{10}}}, zero{};
    const History update = far.fit(ten, zero, {.epochs = 3});
    CHECK(update.outcome == Outcome::diverged);
    CHECK(update.divergence.origin == Origin::update);
    CHECK(update.divergence.epoch == 1);
    CHECK(update.divergence.step == 1);
    const std::array<Line::Input, 1> huge{{{1e200}}};
    far.optimizer().learning_rate = 0;
    const History validation = far.fit(ten, zero, {.epochs = 3, .validation = {huge, zero}});
    CHECK(validation.divergence.origin == Origin::validation);
    CHECK(far.fit(ten, zero, {}).divergence.origin == Origin::nowhere);
}

namespace {

using Deeper = Net<Dense<3, 12, Tanh>, Dropout<Shape<12>, 20>, Dense<12, 2, Softmax>>;

/// Trains in calls of fit that end after these epochs.
template <class Optimizer> struct Parts {
    Deeper net, best;
    History last;
    std::vector<Epoch> epochs;

    Parts(Optimizer optimizer, std::span<const std::size_t> ends, int threads, std::size_t patience = 0) {
        initialize(net, 3);
        using T = Trainer<Deeper, CrossEntropy, Optimizer, 8>;
        const auto trainer = std::make_unique<T>(net, CrossEntropy{}, optimizer);
        trainer->seed(4);
        const auto xs = random_samples<Deeper::Input>(101, 1);
        std::vector<int> ts;
        for (const auto& x : xs) ts.push_back(x[0] * x[1] > 0);
        std::size_t first = 1;
        for (const std::size_t end : ends) {
            last = trainer->fit(xs, ts,
                                {.epochs = end,
                                 .first_epoch = first,
                                 .batch = 30,
                                 .shuffle_seed = 7,
                                 .validation_share = 0.2,
                                 .patience = patience,
                                 .best = &best,
                                 .restore_best = false,
                                 .reduce_on_plateau = ReduceOnPlateau{.factor = 0.5, .patience = 1},
                                 .threads = threads},
                                [&](const Epoch& epoch) { epochs.push_back(epoch); });
            first = epochs.back().number + 1;
        }
    }
    bool operator==(const Parts& other) const {
        bool same = epochs.size() == other.epochs.size() && last.best.number == other.last.best.number &&
                    last.outcome == other.last.outcome;
        for (std::size_t i = 0; same && i < epochs.size(); ++i)
            same = epochs[i].loss == other.epochs[i].loss &&
                   epochs[i].validation_loss == other.epochs[i].validation_loss &&
                   epochs[i].learning_rate == other.epochs[i].learning_rate;
        return same && std::ranges::equal(net.parameters(), other.net.parameters()) &&
               std::ranges::equal(best.parameters(), other.best.parameters());
    }
};

} // namespace

TEST_CASE("fit in parts is the same, bit by bit, as one fit, with every number of threads") {
    const std::array<std::size_t, 1> whole{25};
    const std::array<std::size_t, 4> parts{1, 3, 4, 25};
    const auto check = [&](auto optimizer) {
        const Parts one{optimizer, whole, 1};
        CHECK(one.epochs.size() == 25);
        CHECK(one.epochs.back().learning_rate < 0.05);
        for (const int threads : {1, 2, 3, 4}) {
            CHECK(Parts{optimizer, whole, threads} == one);
            CHECK(Parts{optimizer, parts, threads} == one);
        }
        // Early stopping counts the epochs of earlier calls.
        const Parts stopped{optimizer, whole, 1, 6};
        REQUIRE(stopped.last.outcome == Outcome::stopped_early);
        REQUIRE(stopped.epochs.size() > 4);
        CHECK(Parts{optimizer, parts, 2, 6} == stopped);
        const std::array<std::size_t, 3> again{4, 25, 30};
        CHECK(Parts{optimizer, again, 1, 6}.epochs.size() == stopped.epochs.size()); // does not begin again
    };
    check(Adam{.learning_rate = 0.05});
    check(ClipNorm{Scheduled{Averaged{Adam{.learning_rate = 0.05}, 0.9}, Cosine{.steps = 90}}, 0.5});
}

TEST_CASE("weights and a share give the same bits with every number of threads") {
    using N = NetOf<double, Dense<4, 8, Tanh>, Dense<8, 3, Softmax>>;
    const auto xs = random_samples<N::Input>(301, 5);
    std::vector<std::uint8_t> ts;
    std::vector<double> weights;
    for (const auto& x : xs) {
        ts.push_back(static_cast<std::uint8_t>(x[0] > 0.3 ? 2 : x[1] > 0));
        weights.push_back(1 + x[2]);
    }
    const std::array<double, 3> of_classes{1, 0.5, 2};
    check_same<N, CrossEntropy>(Adam{.learning_rate = 0.01}, xs, ts,
                                {.epochs = 3,
                                 .batch = 100,
                                 .shuffle_seed = 1,
                                 .validation_share = 0.3,
                                 .class_weights = of_classes,
                                 .sample_weights = weights});
}
