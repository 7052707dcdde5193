// evaluate, gradient, accuracy and confusion_matrix.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

using namespace tenon;

namespace {

/// A net whose output is its input.
template <std::size_t N> constexpr auto echo() { return Net<Activate<Shape<N>, Identity>>{}; }

constexpr std::array<std::array<float, 3>, 5> answers{
    {{0.8f, 0.1f, 0.1f}, {0.2f, 0.5f, 0.3f}, {0.3f, 0.4f, 0.3f}, {0, 0, 1}, {0.6f, 0.4f, 0}}};
constexpr std::array<std::array<float, 3>, 5> targets{
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 1}, {1, 0, 0}}};

constexpr auto matrix = confusion_matrix(echo<3>(), std::span(answers), std::span(targets));
static_assert(matrix.counts == std::array<std::array<std::size_t, 3>, 3>{{{2, 0, 0}, {0, 1, 0}, {0, 1, 1}}});
static_assert(matrix.total() == 5 && matrix.accuracy() == 0.8);
static_assert(accuracy(echo<3>(), std::span(answers), std::span(targets)) == 0.8);
static_assert(class_of(std::array{0.1, 0.7, 0.7}) == 1); // the first of the largest
static_assert(class_of(std::array{0.5f}) == 0 && class_of(std::array{0.51f}) == 1);

constexpr std::array<std::array<float, 1>, 4> scores{{{0.9f}, {0.4f}, {0.6f}, {0.1f}}};
constexpr std::array<std::array<float, 1>, 4> labels{{{1}, {0}, {0}, {0}}};
static_assert(confusion_matrix(echo<1>(), std::span(scores), std::span(labels)).counts ==
              std::array<std::array<std::size_t, 2>, 2>{{{2, 1}, {0, 1}}});

} // namespace

TEST_CASE("evaluate returns the mean of the samples' losses, for every number of samples") {
    NetOf<double, Dense<3, 5, Tanh>, Dense<5, 4, Softmax>> net;
    initialize(net, 1);
    const auto xs = random_samples<decltype(net)::Input>(70, 1);
    const auto ts = random_samples<decltype(net)::Output>(70, 2, 0, 1);
    double cross_entropy = 0, squared = 0;
    for (std::size_t s = 0; s < 70; ++s) {
        const auto y = net(xs[s]);
        for (std::size_t o = 0; o < 4; ++o) {
            cross_entropy -= ts[s][o] * std::log(y[o]);
            squared += (y[o] - ts[s][o]) * (y[o] - ts[s][o]) / 4;
        }
        const auto n = static_cast<double>(s + 1);
        const auto x = std::span(xs).first(s + 1);
        const auto t = std::span(ts).first(s + 1);
        CHECK(evaluate(net, CrossEntropy{}, x, t) == Approx(cross_entropy / n).epsilon(1e-13));
        CHECK(evaluate(net, MeanSquaredError{}, x, t) == Approx(squared / n).epsilon(1e-13));
    }
}

TEST_CASE("loss and accuracy are NaN without samples, and if the sizes differ") {
    const Net<Dense<1, 1>> net;
    const std::vector<std::array<float, 1>> three(3), two(2), none;
    CHECK(math::is_nan(evaluate(net, MeanSquaredError{}, none, none)));
    CHECK(math::is_nan(evaluate(net, MeanSquaredError{}, three, two)));
    CHECK(evaluate(net, MeanSquaredError{}, two, two) == 0);
    CHECK(math::is_nan(confusion_matrix(net, none, none).accuracy()));
    CHECK(math::is_nan(accuracy(net, none, none)));
    CHECK(math::is_nan(accuracy(net, three, two)));
    CHECK(math::is_nan(accuracy(net, two, three)));
    CHECK(math::is_nan(accuracy(net, three, std::array{0, 0})));
    CHECK(confusion_matrix(net, three, two).total() == 0);
    CHECK(confusion_matrix(net, two, std::array{0, 0, 0}).total() == 0);
}

TEST_CASE("at run time, and for many samples, the confusion matrix is that of a loop over the samples") {
    Net<Dense<2, 5, Tanh>, Dense<5, 3, Softmax>> net;
    initialize(net, 4);
    const auto xs = random_samples<decltype(net)::Input>(101, 1);
    std::vector<decltype(net)::Output> ts(101);
    ConfusionMatrix<3> wanted;
    for (std::size_t s = 0; s < 101; ++s) {
        ts[s][s * s % 3] = 1;
        ++wanted.counts[s * s % 3][class_of(net(xs[s]))];
    }
    CHECK(confusion_matrix(net, xs, ts).counts == wanted.counts);
    CHECK(accuracy(net, xs, ts) == wanted.accuracy());
    CHECK(wanted.total() == 101);
    CHECK(confusion_matrix(net, std::span(xs).first(7), std::span(ts).first(7)).total() == 7);
}

TEST_CASE("gradient does not change the net, and returns the trainer's gradient for one sample") {
    Net<Dense<2, 5, Tanh>, Dense<5, 3, Softmax>> net;
    initialize(net, 4);
    const auto before = net;
    const auto g = gradient(net, CrossEntropy{}, {0.5f, -1.f}, {0, 1, 0});
    CHECK(std::ranges::equal(net.parameters(), before.parameters()));
    Trainer trainer{net, CrossEntropy{}, Sgd{}};
    trainer.step({0.5f, -1.f}, {0.f, 1.f, 0.f});
    CHECK(std::ranges::equal(g, trainer.gradient()));
}

TEST_CASE("a class index counts as the one-hot target of its class") {
    NetOf<double, Dense<2, 5, Tanh>, Dense<5, 3, Softmax>> net;
    using N = decltype(net);
    initialize(net, 4);
    const auto xs = random_samples<N::Input>(101, 1);
    std::vector<N::Output> ts(101);
    std::vector<unsigned char> classes(101);
    for (std::size_t s = 0; s < 101; ++s) ts[s][classes[s] = static_cast<unsigned char>(s * s % 3)] = 1;
    for (const std::size_t count : {std::size_t{1}, std::size_t{33}, std::size_t{101}}) {
        const auto x = std::span(xs).first(count);
        const auto c = std::span(classes).first(count);
        CHECK(evaluate(net, CrossEntropy{}, x, c) ==
              evaluate(net, CrossEntropy{}, x, std::span(ts).first(count)));
        CHECK(confusion_matrix(net, x, c).counts ==
              confusion_matrix(net, x, std::span(ts).first(count)).counts);
    }
    CHECK(accuracy(net, xs, classes) == accuracy(net, xs, ts));
    CHECK(gradient(net, CrossEntropy{}, xs[0], 2) == gradient(net, CrossEntropy{}, xs[0], {0., 0., 1.}));
    CHECK(gradient(net, CrossEntropy{}, {0.5, -1.}, 2) ==
          gradient(net, CrossEntropy{}, N::Input{0.5, -1.}, N::Output{0, 0, 1}));

    Net<Dense<2, 1, Sigmoid>> one;
    initialize(one, 1);
    const std::array<Net<Dense<2, 1, Sigmoid>>::Input, 2> x{{{1, 2}, {-1, 3}}};
    const std::array<int, 2> c{1, 0};
    const std::array<std::array<float, 1>, 2> t{{{1}, {0}}};
    CHECK(evaluate(one, BinaryCrossEntropy{}, x, c) == evaluate(one, BinaryCrossEntropy{}, x, t));
    CHECK(confusion_matrix(one, x, c).counts == confusion_matrix(one, x, t).counts);
}

TEST_CASE("an index that names no class makes the loss NaN, and is left out of the confusion matrix") {
    Net<Dense<2, 3, Softmax>> net;
    initialize(net, 4);
    const std::array<decltype(net)::Input, 3> xs{};
    CHECK(math::is_nan(evaluate(net, CrossEntropy{}, xs, std::array{0, 3, 1})));
    CHECK(math::is_nan(evaluate(net, CrossEntropy{}, xs, std::array{0, -1, 1})));
    CHECK(math::is_finite(evaluate(net, CrossEntropy{}, xs, std::array{0, 2, 1})));
    CHECK(confusion_matrix(net, xs, std::array{0, 3, -1}).total() == 1);
}

TEST_CASE("an output with NaN names no class, and counts as wrong") {
    using N = Net<Dense<1, 3, Softmax>>;
    N net;
    const std::array<N::Input, 4> xs{{{1}, {2}, {math::not_a_number<float>()}, {3}}};
    const std::array<int, 4> classes{0, 1, 0, 2};
    CHECK(accuracy(net, xs, classes) == 0.25); // all outputs are equal: the first class
    const auto found = confusion_matrix(net, xs, classes);
    CHECK(found.unanswered == std::array<std::size_t, 3>{1, 0, 0});
    CHECK(found.counts[0][0] == 1);
    CHECK(found.total() == 4);
    CHECK(found.accuracy() == 0.25);
    net.parameters()[0] = math::not_a_number<float>();
    CHECK(accuracy(net, xs, classes) == 0);
    CHECK(confusion_matrix(net, xs, classes).accuracy() == 0);

    Net<Dense<1, 1, Sigmoid>> one;
    one.layer<0>().bias(0) = math::not_a_number<float>();
    CHECK(accuracy(one, std::array<N::Input, 2>{}, std::array{0, 0}) == 0);
}
