// The code of docs/optimizers.md and docs/loops.md that is part of no example.
#include "catch.hpp"
#include "support.hpp"

#include <tenon/tenon.hpp>

#include <array>
#include <cstddef>
#include <span>

using namespace tenon;

using Classifier = Net<Dense<4, 8, Tanh>, Dense<8, 6, Tanh>, Dense<6, 3, Softmax>>;
using Values = Net<Dense<4, 8, Tanh>, Dense<8, 2>>;

static const auto xs = random_samples<Classifier::Input>(32, 1);
static const auto ts = [] {
    std::array<Classifier::Output, 32> targets{};
    for (std::size_t s = 0; s < targets.size(); ++s) targets[s][s % 3] = 1;
    return targets;
}();

/// A net with weights, in which a training step changes the loss.
static Classifier started() {
    Classifier net;
    initialize(net, 1);
    return net;
}
static void check_steps(auto& a, auto& b) {
    for (int step = 0; step < 2; ++step) {
        CHECK(a.step(xs, ts) > 0);
        CHECK(b.step(xs, ts) > 0);
    }
}

TEST_CASE("starting weights of the page on optimizers") {
    Classifier net;
    initialize(net, 42);                                    // He, LeCun or Xavier, by the layer's activation
    initialize(net, 42, PyTorchDefault{});                  // one scheme for all layers
    initialize(net.layer<1>(), 7, Orthogonal{.gain = 1.4}); // one layer; the others stay as they are
    CHECK(net.layer<0>().bias(0) != 0);
    CHECK(net.layer<1>().bias(0) == 0);
}

TEST_CASE("optimizers of the page on optimizers") {
    Classifier net = started();
    Trainer a{net, CrossEntropy{}, AdamW{.learning_rate = 1e-3, .weight_decay = 0.01}, batch_size<64>};
    Trainer b{net, CrossEntropy{}, Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}};
    check_steps(a, b);
}

TEST_CASE("decay of the page on optimizers") {
    Classifier net = started();
    Trainer a{net, CrossEntropy{}, NoBiasDecay{AdamW{.weight_decay = 0.05}}};
    Trainer b{net, CrossEntropy{}, L1Decay{Sgd{.learning_rate = 0.1, .weight_decay = 1e-4}, 1e-5}};
    check_steps(a, b);
}

TEST_CASE("clipping of the page on optimizers") {
    Classifier net = started();
    Trainer a{net, CrossEntropy{}, ClipNorm{AdamW{.learning_rate = 1e-3}, 1.0}, batch_size<64>};
    Trainer b{net, CrossEntropy{}, ClipValue{Sgd{.learning_rate = 0.1}, 0.5}};
    check_steps(a, b);
}

TEST_CASE("schedules of the page on optimizers") {
    Classifier net = started();
    Trainer a{net, CrossEntropy{}, Scheduled{Sgd{.learning_rate = 0.1}, Cosine{.steps = 10'000}}};
    Trainer b{net, CrossEntropy{}, Scheduled{AdamW{}, Warmup{Cosine{.steps = 9'500}, 500}}};
    a.step(xs, ts);
    const double rate = a.learning_rate(); // of the next step
    CHECK(rate < 0.1);
    CHECK(rate > 0.0999);
    check_steps(a, b);
}

TEST_CASE("averages of the page on optimizers") {
    Classifier net = started();
    Trainer trainer{net, CrossEntropy{}, Averaged{Adam{.learning_rate = 1e-3}, 0.999}};
    trainer.step(xs, ts);
    trainer.swap_averages(); // the net has the averages
    const float loss = evaluate(net, CrossEntropy{}, xs, ts);
    trainer.swap_averages(); // and its own weights again; training may go on
    CHECK(loss > 0);
}

TEST_CASE("step_with of the page on loops") {
    Values net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.01}};
    const auto befores = random_samples<Values::Input>(8, 2);
    const std::array<std::size_t, 8> actions{0, 1, 1, 0, 1, 0, 0, 1};
    const std::array<float, 8> wanted{1, 2, 3, 4, 5, 6, 7, 8};
    const float loss =
        trainer.step_with(befores, [&](std::span<const Values::Output> ys, std::span<Values::Output> dys) {
            float sum = 0;
            for (std::size_t s = 0; s < ys.size(); ++s) {
                const float error = ys[s][actions[s]] - wanted[s];
                sum += error * error / static_cast<float>(ys.size());
                dys[s][actions[s]] = 2 * error / static_cast<float>(ys.size());
            }
            return sum;
        });
    CHECK(loss > 1);
}

TEST_CASE("tapes of the page on loops") {
    Classifier net = started();
    const Classifier before = net;
    std::array<Classifier::Output, 32> dys{};
    for (auto& dy : dys) dy[0] = 1;
    std::array<Classifier::Input, 32> dxs{};
    Tape tape{net, batch_size<32>};
    Updater updater{net, Adam{.learning_rate = 1e-3}};
    const auto ys = tape.forward(xs);      // in the tape, until the next pass
    tape.backward(dys, dxs);               // dLoss/dy of each sample; dxs, if wanted, becomes dLoss/dx
    const auto gradient = tape.gradient(); // with respect to the parameters, summed over the minibatch
    updater.step(tape);                    // or updater.step(gradient)
    CHECK(ys.size() == 32);
    CHECK(dxs[31][0] != 0);
    CHECK(gradient[0] != 0);
    CHECK(net.parameters()[0] != before.parameters()[0]);

    Updater body{net, Adam{.learning_rate = 1e-4}, only_layers<0, 1>};
    Updater head{net, Adam{.learning_rate = 1e-2}, only_layers<2>};
    body.step(tape);
    head.step(tape);
}
