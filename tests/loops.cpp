// Training loops of one's own: step_with, an Updater for a Tape, minibatches by indices, reset.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

using namespace tenon;

namespace {

/// The derivatives of MeanSquaredError over a minibatch as a Trainer computes them, rounding by rounding.
template <class Net> auto mean_squared_error(const std::vector<typename Net::Output>& ts) {
    return [&ts](std::span<const typename Net::Output> ys, std::span<typename Net::Output> dys) {
        using T = typename Net::Scalar;
        const T factor = T(1) / static_cast<T>(ys.size()) / T(Net::outputs);
        T loss = 0;
        for (std::size_t s = 0; s < ys.size(); ++s)
            for (std::size_t o = 0; o < Net::outputs; ++o) {
                const T error = ys[s][o] - ts[s][o];
                loss += error * error * factor;
                dys[s][o] = factor * (T(2) * error);
            }
        return loss;
    };
}

/// Trains three nets over minibatches of several sizes: by step, by step_with, and by a tape and an updater.
/// They have the same bits.
template <class Net, std::size_t Batch, class Optimizer> void check_three_loops(Optimizer optimizer) {
    Net by_step;
    initialize(by_step, 5);
    Net by_function = by_step, by_tape = by_step;
    Trainer stepped{by_step, MeanSquaredError{}, optimizer, batch_size<Batch>};
    Trainer with{by_function, MeanSquaredError{}, optimizer, batch_size<Batch>};
    Tape tape{by_tape, batch_size<Batch>};
    Updater updater{by_tape, optimizer};
    stepped.seed(3);
    with.seed(3);
    tape.seed(3);
    std::uint64_t seed = 0;
    for (const std::size_t samples : {Batch, std::size_t{5}, std::size_t{1}, Batch - 1, Batch}) {
        seed += 1000;
        const auto xs = random_samples<typename Net::Input>(samples, seed);
        const auto ts = random_samples<typename Net::Output>(samples, seed + 500);
        const auto f = mean_squared_error<Net>(ts);
        const auto loss = stepped.step(xs, ts);
        CHECK(static_cast<double>(with.step_with(xs, f)) == Approx(static_cast<double>(loss)).epsilon(1e-5));
        std::vector<typename Net::Output> dys(samples);
        f(tape.forward(xs), dys);
        tape.backward(dys);
        CHECK(updater.step(tape));
        INFO(samples << " samples");
        CHECK(std::ranges::equal(stepped.gradient(), with.gradient()));
        CHECK(std::ranges::equal(stepped.gradient(), tape.gradient()));
        CHECK(std::ranges::equal(by_step.parameters(), by_function.parameters()));
        CHECK(std::ranges::equal(by_step.parameters(), by_tape.parameters()));
    }
}

using Plain = Net<Dense<5, 9, Tanh>, Dense<9, 4, Gelu>, Dense<4, 2>>;
using Mixed = Net<Dense<5, 9, Tanh>, BatchNorm<Shape<9>>, Dropout<Shape<9>, 25>, Dense<9, 2>>;
using Classes = NetOf<double, Dense<4, 6, Tanh>, Dense<6, 3, Softmax>>;

/// An optimizer that takes no update, so a step is undone by a copy.
struct PlainSgd {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t p = 0; p < N; ++p) parameters[p] -= T(0.25) * gradient[p];
    }
};

template <class A, class B> bool equal_layers(const A& a, const B& b, std::size_t first, std::size_t end) {
    return std::equal(a.parameters().begin() + static_cast<std::ptrdiff_t>(first),
                      a.parameters().begin() + static_cast<std::ptrdiff_t>(end),
                      b.parameters().begin() + static_cast<std::ptrdiff_t>(first));
}

} // namespace

TEST_CASE("step_with and a tape with an updater give the bits of step") {
    check_three_loops<Plain, 32>(Adam{.learning_rate = 0.05});
    check_three_loops<Plain, 70>(Sgd{.learning_rate = 0.1, .momentum = 0.9}); // two blocks
    check_three_loops<Mixed, 16>(Adam{.learning_rate = 0.05});
}

// After Softmax: dLoss/dy = -t / y, whose gradient by the logits is y - t, as that of the fused loss.
TEST_CASE("step_with sees the outputs after the activation that a loss includes") {
    Classes fused, by_function;
    initialize(fused, 3);
    by_function = fused;
    const auto xs = random_samples<Classes::Input>(7, 10);
    Trainer a{fused, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
    Trainer b{by_function, CrossEntropy{}, Sgd{.learning_rate = 0.5}};
    const double loss = a.step(xs, std::array{0, 1, 2, 0, 1, 2, 0});
    const double same =
        b.step_with(xs, [](std::span<const Classes::Output> ys, std::span<Classes::Output> dys) {
            double sum = 0;
            for (std::size_t s = 0; s < ys.size(); ++s) {
                CHECK(ys[s][0] + ys[s][1] + ys[s][2] == Approx(1));
                sum -= static_cast<double>(math::log(ys[s][s % 3])) / 7;
                dys[s][s % 3] = -1 / ys[s][s % 3] / 7;
            }
            return sum;
        });
    CHECK(same == Approx(loss).epsilon(1e-13));
    CHECK(largest_error(b.gradient(), a.gradient(), 1e-2) < 1e-13);
    CHECK(largest_error(by_function.parameters(), fused.parameters(), 1e-1) < 1e-13);
}

TEST_CASE("step_with reports what is not finite, and changes nothing") {
    Plain net;
    initialize(net, 3);
    const Plain before = net;
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.1}, batch_size<8>};
    const auto xs = random_samples<Plain::Input>(9, 10);
    const std::span<const Plain::Input> eight = std::span(xs).first(8);
    int calls = 0;
    const auto with = [&](float loss, float derivative) {
        return [&calls, loss, derivative](auto ys, auto dys) {
            ++calls;
            CHECK(std::ranges::all_of(dys, [](const auto& dy) { return dy == Plain::Output{}; }));
            dys[ys.size() - 1][1] = derivative;
            return loss;
        };
    };
    const float nan = math::not_a_number<float>();
    CHECK_FALSE(math::is_finite(trainer.step_with(eight, with(nan, 1))));
    CHECK_FALSE(math::is_finite(trainer.step_with(eight, with(1, nan))));
    CHECK_FALSE(math::is_finite(trainer.step_with(xs[0], [&](const auto&, auto& dy) {
        dy[0] = nan;
        return 1.f;
    })));
    CHECK_FALSE(trainer.apply(trainer.gradient()));
    CHECK(calls == 2);
    CHECK_FALSE(math::is_finite(trainer.step_with(xs, with(1, 1)))); // more than batch_size
    CHECK_FALSE(math::is_finite(trainer.step_with(eight.first(0), with(1, 1))));
    CHECK(calls == 2);
    CHECK_THROWS_AS(trainer.step_with(eight, [](auto, auto) -> float { throw std::runtime_error("stop"); }),
                    std::runtime_error);
    CHECK(std::ranges::equal(net.parameters(), before.parameters()));
    CHECK(trainer.step_with(eight, with(2, 1)) == 2);
    CHECK_FALSE(std::ranges::equal(net.parameters(), before.parameters()));
}

TEST_CASE("a minibatch by indices is that of copied samples, bit by bit") {
    const auto xs = random_samples<Classes::Input>(50, 10);
    const auto ts = random_samples<Classes::Output>(50, 90, 0, 1);
    std::vector<int> classes;
    for (int s = 0; s < 50; ++s) classes.push_back(s % 3);
    const std::vector<std::uint16_t> indices{7, 49, 0, 7, 12, 30, 31, 32, 33, 34, 35};
    std::vector<Classes::Input> chosen_xs;
    std::vector<Classes::Output> chosen_ts;
    std::vector<int> chosen_classes;
    for (const std::size_t i : indices) {
        chosen_xs.push_back(xs[i]);
        chosen_ts.push_back(ts[i]);
        chosen_classes.push_back(classes[i]);
    }
    const auto after = [](auto... arguments) {
        Classes net;
        initialize(net, 3);
        Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.1}, batch_size<8>};
        const double loss = trainer.step(arguments...);
        std::vector<double> result(net.parameters().begin(), net.parameters().end());
        result.push_back(math::is_finite(loss) ? loss : -1);
        return result;
    };
    CHECK(after(xs, ts, indices) == after(chosen_xs, chosen_ts));
    CHECK(after(xs, classes, indices) == after(chosen_xs, chosen_classes));
    CHECK(after(xs, ts, std::vector<int>{7}) == after(xs[7], ts[7]));

    Classes untouched;
    initialize(untouched, 3);
    std::vector<double> refused(untouched.parameters().begin(), untouched.parameters().end());
    refused.push_back(-1);
    CHECK(after(xs, ts, std::vector<int>{7, 50}) == refused);
    CHECK(after(xs, ts, std::vector<int>{7, -1}) == refused);
    CHECK(after(xs, ts, std::vector<int>{}) == refused);
    CHECK(after(xs, chosen_ts, indices) == refused);
    classes[49] = 3;
    CHECK(after(xs, classes, indices) == refused);
    CHECK(after(xs, classes, std::vector<int>{0, 1}) != refused);
}

TEST_CASE("after reset, a trainer steps as a new one") {
    Mixed net;
    initialize(net, 3);
    const auto xs = random_samples<Mixed::Input>(8, 10);
    const auto ts = random_samples<Mixed::Output>(8, 90);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.1}, batch_size<8>};
    Updater updater{net, Adam{.learning_rate = 0.1}};
    trainer.seed(9);
    for (int i = 0; i < 5; ++i) trainer.step(xs, ts);
    updater.step(trainer.gradient());
    trainer.reset();
    updater.reset();
    Mixed other = net, third = net;
    Trainer fresh{other, MeanSquaredError{}, Adam{.learning_rate = 0.1}, batch_size<8>};
    fresh.seed(9);
    for (int i = 0; i < 3; ++i) CHECK(trainer.step(xs, ts) == fresh.step(xs, ts));
    CHECK(std::ranges::equal(net.parameters(), other.parameters()));
    Updater new_updater{third, Adam{.learning_rate = 0.1}};
    net = third;
    updater.step(fresh.gradient());
    new_updater.step(fresh.gradient());
    CHECK(std::ranges::equal(net.parameters(), third.parameters()));
    CHECK(trainer.apply(fresh.gradient()));
}

// Layer 1 of Plain: parameters 54 to 93.
TEST_CASE("an updater of some layers changes these alone, as if the others were frozen") {
    Plain net;
    initialize(net, 3);
    using Middle = Net<Frozen<Dense<5, 9, Tanh>>, Dense<9, 4, Gelu>, Frozen<Dense<4, 2>>>;
    Middle frozen;
    copy_parameters(net, frozen);
    const auto check = [&](auto optimizer) {
        Plain partly = net;
        const Plain before = net;
        Middle middle = frozen;
        Updater updater{partly, optimizer, only_layers<1>};
        Updater outer{partly, optimizer, only_layers<2, 0>};
        Trainer trainer{middle, MeanSquaredError{}, optimizer};
        Tape tape{partly};
        for (int i = 0; i < 4; ++i) {
            const auto xs = random_samples<Plain::Input>(6, 10);
            const auto ts = random_samples<Plain::Output>(6, 90);
            trainer.step(xs, ts);
            std::vector<Plain::Output> dys(6);
            mean_squared_error<Plain>(ts)(tape.forward(xs), dys);
            tape.backward(dys);
            CHECK(updater.step(tape));
        }
        CHECK(std::ranges::equal(partly.parameters(), middle.parameters()));
        CHECK_FALSE(equal_layers(partly, before, 54, 94));
        CHECK(outer.step(tape.gradient()));
        CHECK(equal_layers(partly, middle, 54, 94));
        CHECK_FALSE(equal_layers(partly, before, 0, 54));
        CHECK_FALSE(equal_layers(partly, before, 94, Plain::parameter_count));
    };
    check(Adam{.learning_rate = 0.05});
    check(Sgd{.learning_rate = 0.05, .momentum = 0.9});
    check(PlainSgd{});
}

TEST_CASE("an updater has the learning rate and the averages of a trainer") {
    using N = Net<Dense<3, 8, Tanh>, Frozen<Dense<8, 8>>, Dense<8, 2>>;
    N net, other;
    initialize(net, 1);
    other = net;
    const Averaged optimizer{Scheduled{Adam{.learning_rate = 0.1}, ExponentialDecay{0.5}}, 0.5};
    Trainer trainer{net, MeanSquaredError{}, optimizer};
    Updater updater{other, optimizer};
    Updater first{other, optimizer, only_layers<0>};
    const auto xs = random_samples<N::Input>(8, 1);
    const auto ts = random_samples<N::Output>(8, 2);
    for (int i = 0; i < 3; ++i) {
        trainer.step(xs, ts);
        CHECK(updater.step(trainer.gradient()));
    }
    CHECK(updater.learning_rate() == trainer.learning_rate());
    CHECK(updater.learning_rate() == Approx(0.0125));
    const N before = other;
    first.swap_averages(); // it has none yet
    CHECK(std::ranges::equal(other.parameters(), before.parameters()));
    trainer.swap_averages();
    updater.swap_averages();
    CHECK(std::ranges::equal(other.parameters(), net.parameters()));
    CHECK_FALSE(std::ranges::equal(other.parameters(), before.parameters()));
    updater.swap_averages();
    CHECK(std::ranges::equal(other.parameters(), before.parameters()));
}
