// RecordingTrainer and losses over time: against PyTorch, differences, and the same steps one by one.
#include <tenon/recordings.hpp>

#include "catch.hpp"
#include "differences.hpp"
#include "pytorch_numbers.hpp"
#include "reference/pytorch_recordings.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

using namespace tenon;
namespace pytorch = reference::pytorch_recordings;

namespace {

constexpr std::size_t streams = 3, steps = 6, windows = 4, warm_up = 5, segment = warm_up + windows * steps;

/// A net of PyTorch's parameters, trained over two epochs as pytorch_recordings.py does.
template <class Net, class Loss, class Losses, class Parameters>
void check(Loss loss, const Losses& losses, const Parameters& parameters) {
    Net net;
    Numbers numbers{1}, data{2};
    for_each_tensor_of<Net>([&](const Tensor& tensor) {
        for (std::size_t e = 0; e < tensor.size(); ++e) net.parameters()[tensor.place_of(e)] = numbers.next();
    });
    std::vector<typename Net::Input> xs(streams * segment);
    std::vector<typename Net::Output> ts(streams * segment);
    for (auto& x : xs)
        for (double& value : x) value = data.next();
    for (auto& t : ts)
        for (double& value : t) value = data.next();

    RecordingTrainer trainer{net, loss, Sgd{.learning_rate = 0.1}, window<steps>, batch_size<streams>};
    std::vector<double> found;
    const History history = trainer.fit(xs, ts, {.epochs = 2, .segment = segment, .warm_up = warm_up},
                                        [&](const Minibatch& minibatch) { found.push_back(minibatch.loss); });
    CHECK(history.outcome == Outcome::finished);
    CHECK(largest_error(found, losses, 1) < 1e-10);
    std::vector<double> trained;
    for_each_tensor_of<Net>([&](const Tensor& tensor) {
        for (std::size_t e = 0; e < tensor.size(); ++e)
            trained.push_back(net.parameters()[tensor.place_of(e)]);
    });
    CHECK(largest_error(trained, parameters, 1) < 1e-10);
}

/// A window that continues a sequence: the steps of the stream, one by one; gradients by differences.
template <class... Layers> void check_window() {
    constexpr std::size_t length = 4, before = 7;
    using Net = Net64<Layers...>;
    using Windows = typename detail::ContinuedNet<Net, length>::type;
    constexpr std::size_t memory = Windows::outputs - length * Net::outputs;
    for (const std::size_t count : {1u, 3u, 8u}) {
        Net net;
        Windows windows_net;
        fill_random(net.parameters(), 3, -0.9, 0.9);
        std::ranges::copy(net.parameters(), windows_net.parameters().begin());
        std::vector<typename Windows::Input> inputs(count);
        std::vector<State<Net>> states(count);
        std::vector<std::vector<typename Net::Output>> wanted(count,
                                                              std::vector<typename Net::Output>(length));
        for (std::size_t s = 0; s < count; ++s) {
            // Streams that have run for different times, so that rings begin at different places.
            const auto xs = random_samples<typename Net::Input>(before + s + length, 10 + s, -1, 1);
            for (std::size_t t = 0; t < before + s; ++t) net.step(states[s], xs[t]);
            std::ranges::copy(std::span(states[s].values_is_an_implementation_detail_).first(memory),
                              inputs[s].begin());
            for (std::size_t t = 0; t < length; ++t)
                std::ranges::copy(xs[before + s + t],
                                  inputs[s].begin() + static_cast<std::ptrdiff_t>(memory + t * Net::inputs));
            net.run(states[s], std::span(xs).subspan(before + s), wanted[s]);
        }
        Tape tape{windows_net, batch_size<8>};
        const auto loss = [&](auto* dys) {
            const auto ys = tape.forward(inputs);
            double sum = 0;
            for (std::size_t s = 0; s < count; ++s)
                for (std::size_t o = memory; o < Windows::outputs; ++o) {
                    const double c = std::sin(static_cast<double>(3 * s + 5 * o)), y = ys[s][o];
                    sum += c * y + y * y / 2;
                    if (dys) (*dys)[s][o] = c + y;
                }
            return sum;
        };
        std::vector<typename Windows::Output> dys(count);
        loss(&dys);
        const auto ys = tape.forward(inputs);
        double difference = 0;
        for (std::size_t s = 0; s < count; ++s) {
            State<Net> after;
            std::ranges::copy(std::span(ys[s]).first(memory), after.values_is_an_implementation_detail_);
            for (std::size_t t = 0; t < length; ++t)
                for (std::size_t o = 0; o < Net::outputs; ++o)
                    difference = std::max(difference,
                                          std::abs(ys[s][memory + t * Net::outputs + o] - wanted[s][t][o]));
            const auto x = random_samples<typename Net::Input>(1, 99, -1, 1)[0];
            const auto y = net.step(after, x), next = net.step(states[s], x);
            for (std::size_t o = 0; o < Net::outputs; ++o)
                difference = std::max(difference, std::abs(y[o] - next[o]));
        }
        CHECK(difference < 1e-12);

        std::vector<typename Windows::Input> dxs(count);
        tape.backward(dys, dxs);
        std::vector<double> found(tape.gradient().begin(), tape.gradient().end()), by_differences;
        decltype(&dys) none = nullptr;
        for (double& p : windows_net.parameters())
            by_differences.push_back(derivative([&] { return loss(none); }, p));
        for (std::size_t s = 0; s < count; ++s)
            for (std::size_t i = memory; i < Windows::inputs; ++i) {
                found.push_back(dxs[s][i]);
                by_differences.push_back(derivative([&] { return loss(none); }, inputs[s][i]));
            }
        CHECK(largest_error(found, by_differences, 1e-2) < 1e-6);
    }
}

using Memory = Net64<LSTM<1, 3>, Dense<3, 1>>;

/// A tiny net and its losses, trained on a recording.
constexpr auto train_tiny() {
    using Tiny = Net64<RNN<1, 2>, Dense<2, 1>>;
    Tiny net;
    initialize(net, 1);
    const std::array<Tiny::Input, 12> xs{
        {{0.5}, {-0.5}, {0.2}, {1}, {-1}, {0.7}, {-0.3}, {0.9}, {-0.7}, {0.4}, {-0.2}, {0.6}}};
    RecordingTrainer trainer{net, ErrorToSignal{}, Adam{}, window<3>, batch_size<2>};
    const History history = trainer.fit(xs, xs, {.epochs = 2, .warm_up = 2});
    return std::pair{net, std::array{trainer.evaluate(xs, xs), history.last.loss}};
}
constexpr auto by_compiler = train_tiny();

} // namespace

TEST_CASE("windows with carried states are trained as PyTorch trains them, to the last step") {
    check<Net64<LSTM<2, 5>, Dense<5, 1>>>(ErrorToSignal{}, pytorch::lstm_losses, pytorch::lstm_parameters);
    check<Net64<GRU<1, 4>, Dense<4, 2>>>(MeanSquaredError{}, pytorch::gru_losses, pytorch::gru_parameters);
    check<Net64<RNN<2, 3>, Dense<3, 2>>>(ErrorToSignalOf<2>{.pre_emphasis = 0.95, .epsilon = 1e-3},
                                         pytorch::stereo_losses, pytorch::stereo_parameters);
}

TEST_CASE("a window continues a stream, for every cell, and its gradients are those by differences") {
    check_window<LSTM<2, 3>, Dense<3, 2, Tanh>>();
    check_window<CausalConv<2, 2, Kernel<3>, Softplus, Dilation<3>>, GRU<2, 3>>();
    check_window<GRU<2, 3, ResetBefore>, CausalConv<3, 2, Kernel<2>, Tanh, Stride<3>>>();
    check_window<TrainedState<LSTM<2, 2>>>();
    check_window<CausalConv2D<Shape<1, 3>, 2, Kernel<2, 2>, Tanh, Dilation<3, 1>>>();
    check_window<Residual<CausalConv<2, 2, Kernel<2>, Tanh>, RNN<2, 2>>, Dense<2, 1>>();
}

TEST_CASE("AfterWarmUp leaves out the first outputs; losses over time agree in a batch and alone") {
    using Windows = Net64<Sequence<5, LSTM<1, 3>, Dense<3, 2>>>;
    Windows net;
    fill_random(net.parameters(), 3, -0.9, 0.9);
    const auto xs = random_samples<Windows::Input>(9, 1, -1, 1);
    const auto ts = random_samples<Windows::Output>(9, 2, -1, 1);
    const auto check_loss = [&](const auto& loss) {
        const auto [one, gradient_of_one] = [&] {
            const auto result = gradient(net, loss, xs[0], ts[0]);
            return std::pair{evaluate(net, loss, std::span(xs).first(1), std::span(ts).first(1)), result};
        }();
        double sum = 0;
        for (std::size_t s = 0; s < 9; ++s)
            sum += evaluate(net, loss, std::span(xs).subspan(s, 1), std::span(ts).subspan(s, 1));
        CHECK(evaluate(net, loss, xs, ts) == Approx(sum / 9).epsilon(1e-12));
        Windows copy = net;
        std::vector<double> by_differences;
        for (double& p : copy.parameters())
            by_differences.push_back(derivative(
                [&] { return evaluate(copy, loss, std::span(xs).first(1), std::span(ts).first(1)); }, p));
        CHECK(largest_error(gradient_of_one, by_differences, 1e-2) < 1e-6);
        return one;
    };
    const double late = check_loss(AfterWarmUp<4, MeanSquaredError>{});
    const auto y = net(xs[0]);
    double wanted = 0;
    for (std::size_t o = 4; o < 10; ++o) wanted += (y[o] - ts[0][o]) * (y[o] - ts[0][o]) / 6;
    CHECK(late == Approx(wanted).epsilon(1e-12));
    check_loss(ErrorToSignalOf<2>{});
    check_loss(AfterWarmUp<2, ErrorToSignalOf<2>>{});
    check_loss(AfterWarmUp<4, Huber>{.loss = {.delta = 0.1}});
}

TEST_CASE("the compiler trains on a recording as the program does") {
    const auto [net, losses] = train_tiny();
    CHECK(losses[0] < 1);
    CHECK(largest_error(net.parameters(), by_compiler.first.parameters(), 1) < 1e-14);
    CHECK(largest_error(losses, by_compiler.second, 1) < 1e-14);
}

TEST_CASE("a recording: the order of segments, early stopping, validation, refusals") {
    Memory net;
    fill_random(net.parameters(), 3, -0.9, 0.9);
    const Memory start = net;
    auto xs = random_samples<Memory::Input>(100, 1, -1, 1);
    std::vector<Memory::Output> ts(100);
    for (std::size_t i = 1; i < 100; ++i) ts[i][0] = 0.5 * xs[i - 1][0];
    const auto trainer_of = [](Memory& trained) {
        return RecordingTrainer{trained, MeanSquaredError{}, Adam{.learning_rate = 0.02}, window<8>,
                                batch_size<4>};
    };
    auto trainer = trainer_of(net);
    using Options = decltype(trainer)::Options;

    SECTION("learns, the same for the same seed, and goes on where it stopped") {
        const Options options{
            .epochs = 40, .segment = 20, .warm_up = 3, .shuffle_seed = 5, .validation = {xs, ts}};
        const double before = trainer.evaluate(xs, ts, 3);
        const History history = trainer.fit(xs, ts, options);
        CHECK(history.outcome == Outcome::finished);
        CHECK(history.last.validation_loss == trainer.evaluate(xs, ts, 3));
        CHECK(history.last.validation_loss < 0.3 * before);

        Memory continued = start;
        auto second = trainer_of(continued);
        Options shorter = options;
        shorter.epochs = 15;
        second.fit(xs, ts, shorter);
        shorter.first_epoch = 16;
        shorter.epochs = 40;
        second.fit(xs, ts, shorter);
        CHECK(std::ranges::equal(net.parameters(), continued.parameters()));

        Memory other = start;
        auto third = trainer_of(other);
        Options shuffled = options;
        shuffled.shuffle_seed = 6;
        third.fit(xs, ts, shuffled);
        CHECK(!std::ranges::equal(net.parameters(), other.parameters()));
    }
    SECTION("the best weights come back; an observer may stop") {
        Memory best;
        trainer.optimizer().learning_rate = 0.3;
        std::vector<double> losses;
        const History history =
            trainer.fit(xs, ts, {.epochs = 30, .validation = {xs, ts}, .patience = 4, .best = &best},
                        [&](const Epoch& epoch) { losses.push_back(epoch.validation_loss); });
        CHECK(history.best.validation_loss == *std::ranges::min_element(losses));
        CHECK(trainer.evaluate(xs, ts) == history.best.validation_loss);
        CHECK(
            trainer.fit(xs, ts, {.epochs = 9}, [](const Epoch& epoch) { return epoch.number < 2; }).outcome ==
            Outcome::stopped_by_observer);
    }
    SECTION("numbers that are not finite leave the net as before the step, and are reported") {
        xs[70][0] = std::numeric_limits<double>::quiet_NaN();
        const History history = trainer.fit(xs, ts, {.epochs = 2, .segment = 25});
        CHECK(history.outcome == Outcome::bad_sample);
        CHECK(history.sample == 70);
        CHECK(history.divergence.epoch == 1);
        CHECK(history.divergence.step == 3);
        CHECK(history.divergence.origin == Origin::forward);
        CHECK(std::ranges::all_of(net.parameters(), [](double p) { return std::isfinite(p); }));
    }
    SECTION("without a segment's length, each stream has a part of the recording") {
        std::size_t updates = 0;
        trainer.fit(std::span(xs).first(97), std::span(ts).first(97), {},
                    [&](const Minibatch& minibatch) { updates = minibatch.step; });
        CHECK(updates == 3); // 4 streams of 25 steps
    }
    SECTION("sizes that do not fit") {
        const auto outcome = [&](const Options& options, std::size_t targets = 100) {
            return trainer.fit(xs, std::span(ts).first(targets), options).outcome;
        };
        CHECK(outcome({}, 99) == Outcome::mismatched);
        CHECK(outcome({.segment = 7}) == Outcome::mismatched);
        CHECK(outcome({.segment = 12, .warm_up = 5}) == Outcome::mismatched);
        CHECK(outcome({.segment = 101}) == Outcome::mismatched);
        CHECK(outcome({.validation = {std::span(xs).first(9), std::span(ts).first(8)}}) ==
              Outcome::mismatched);
        CHECK(outcome({.warm_up = std::numeric_limits<std::size_t>::max()}) == Outcome::mismatched);
        std::vector<State<Memory>> states(2);
        const std::size_t late[] = {0, 93};
        CHECK(math::is_nan(trainer.step(states, xs, ts, late)));
        CHECK(math::is_nan(trainer.evaluate(xs, std::span(ts).first(99))));
        CHECK(math::is_nan(trainer.evaluate(xs, ts, 93)));
        CHECK(std::ranges::equal(net.parameters(), start.parameters()));
    }
}

TEST_CASE("the ratio of a recording's error to its signal") {
    const std::vector<std::array<float, 1>> ts{{2}, {-2}}, ys{{2}, {-1}};
    CHECK(error_to_signal(ys, ts) == 0.125);
    CHECK(math::is_nan(error_to_signal(ys, std::span(ts).first(1))));
    CHECK(error_to_signal(std::vector<float>{1, 3}, std::vector<float>{2, 2}) == 0.25);
}
