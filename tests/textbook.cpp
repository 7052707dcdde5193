// The textbooks' networks compared with NumPy: the same starting weights, 100 steps, weights equal within
// 1e-10.
#include <tenon/data/idx.hpp>
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/mnist.hpp"
#include "reference/textbook.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace tenon;

namespace {

constexpr std::array<std::array<double, 2>, 4> xor_inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<std::array<double, 1>, 4> xor_targets{{{0}, {1}, {1}, {0}}};

/// Trains for 100 steps over all samples. Weights must agree within 1e-10, the last step's loss within 1e-12.
template <class... Layers, class Loss, std::size_t N, class Inputs, class Targets>
void check_training(Loss loss, double rate, const std::array<double, N>& before,
                    const std::array<double, N>& after, double expected_loss, const Inputs& xs,
                    const Targets& ts) {
    NetOf<double, Layers...> net;
    static_assert(net.parameter_count == N);
    std::copy(before.begin(), before.end(), net.parameters().begin());
    Trainer trainer{net, loss, Sgd{.learning_rate = rate}};
    double last_loss = 0;
    for (int step = 0; step < 100; ++step) last_loss = trainer.step(xs, ts);
    CHECK(largest_error(net.parameters(), after, 1) < 1e-10);
    CHECK(std::abs(last_loss - expected_loss) < 1e-12);
    CHECK(largest_error(before, after, 1) > 1e-2); // training changed them
}

} // namespace

TEST_CASE("XOR with 2-3-1 sigmoids without biases, half squared error, agrees with NumPy") {
    using namespace reference::textbook;
    check_training<Dense<2, 3, Sigmoid, false>, Dense<3, 1, Sigmoid, false>>(
        HalfSquaredError{}, 0.5, xor_without_biases_before, xor_without_biases_after, xor_without_biases_loss,
        xor_inputs, xor_targets);
}

TEST_CASE("XOR with 2-3-1 sigmoids with biases, half squared error, agrees with NumPy") {
    using namespace reference::textbook;
    check_training<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>(HalfSquaredError{}, 0.5, xor_before, xor_after,
                                                               xor_loss, xor_inputs, xor_targets);
}

TEST_CASE("a 3-4-2 net with Relu on one sample, mean squared error, agrees with NumPy") {
    using namespace reference::textbook;
    constexpr std::array<std::array<double, 3>, 1> x{{{0.5, -0.25, 0.75}}};
    constexpr std::array<std::array<double, 2>, 1> t{{{0.25, -0.5}}};
    check_training<Dense<3, 4, Relu>, Dense<4, 2>>(MeanSquaredError{}, 0.05, relu_before, relu_after,
                                                   relu_loss, x, t);
    check_training<Dense<3, 4, Relu>, Dense<4, 2>>(MeanSquaredError{}, 0.05, relu_before, relu_after,
                                                   relu_loss, x[0], t[0]);
}

TEST_CASE("linear neurons with one and two inputs, trained by gradient descent, agree with NumPy") {
    using namespace reference::textbook;
    check_training<Dense<1, 1>>(MeanSquaredError{}, 0.1, neuron_before, neuron_after, neuron_loss, neuron_x,
                                neuron_t);
    check_training<Dense<2, 1>>(MeanSquaredError{}, 0.1, linear_before, linear_after, linear_loss, linear_x,
                                linear_t);
}

TEST_CASE("logistic regression by log-likelihood agrees with NumPy") {
    using namespace reference::textbook;
    std::array<std::array<double, 1>, class_index.size()> ts;
    for (std::size_t s = 0; s < ts.size(); ++s) ts[s] = {class_index[s] == 1 ? 1. : 0.};
    check_training<Dense<3, 1, Sigmoid>>(BinaryCrossEntropy{}, 0.5, logistic_before, logistic_after,
                                         logistic_loss, class_x, ts);
}

TEST_CASE("log-softmax with negative log-likelihood, and softmax with cross-entropy, agree with NumPy") {
    using namespace reference::textbook;
    std::array<int, class_index.size()> classes;
    for (std::size_t s = 0; s < classes.size(); ++s) classes[s] = static_cast<int>(class_index[s]);
    check_training<Dense<3, 3, LogSoftmax>>(NegativeLogLikelihood{}, 0.5, log_softmax_before,
                                            log_softmax_after, log_softmax_loss, class_x, classes);
    check_training<Dense<3, 3, Softmax>>(CrossEntropy{}, 0.5, log_softmax_before, log_softmax_after,
                                         log_softmax_loss, class_x, classes);
}

// Starting weights are those of initialize, whose generator the script reimplements. Compared are every 131st
// of 101770 parameters, and of each tensor the sum (within 1e-8) and the sum of squares (relative 1e-10).
TEST_CASE("784-128-10 on MNIST with Relu, softmax, cross-entropy, Adam and batches of 64 agrees with NumPy") {
    const char* const data = std::getenv("TENON_DATA");
    const std::filesystem::path folder = std::filesystem::path(data ? data : "") / "mnist";
    if (!data || !std::filesystem::exists(folder / "train-images-idx3-ubyte.gz")) {
        WARN("skipped: no train-images-idx3-ubyte.gz in $TENON_DATA/mnist");
        return;
    }
    namespace numpy = reference::mnist;
    using Mnist = NetOf<double, Dense<784, 128, Relu>, Dense<128, 10, Softmax>>;
    const auto samples =
        read_idx(folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz")
            .samples<Mnist>();
    const auto net = std::make_unique<Mnist>();
    initialize(*net, static_cast<std::uint64_t>(numpy::seed));

    const auto check = [&](const auto& values, const auto& sums, double tolerance) {
        const auto parameters = net->parameters();
        for (std::size_t i = 0; i < values.size(); ++i)
            REQUIRE(std::abs(parameters[i * static_cast<std::size_t>(numpy::stride)] - values[i]) <=
                    tolerance);
        std::size_t first = 0, tensor = 0;
        for (const std::size_t size : {784u * 128, 128u, 128u * 10, 10u}) {
            double sum = 0, squares = 0;
            for (const double p : parameters.subspan(first, size)) sum += p, squares += p * p;
            CHECK(std::abs(sum - sums[tensor][0]) < 1e-8);
            CHECK(squares == Approx(sums[tensor][1]).epsilon(1e-10));
            first += size, ++tensor;
        }
    };
    check(numpy::before, numpy::checks_before, 0);
    const auto trainer =
        std::make_unique<Trainer<Mnist, CrossEntropy, Adam, 64>>(*net, CrossEntropy{}, Adam{});
    for (std::size_t step = 0; step < 100; ++step) {
        const double loss = trainer->step(std::span(samples.inputs).subspan(64 * step, 64),
                                          std::span(samples.targets).subspan(64 * step, 64));
        REQUIRE(std::abs(loss - numpy::losses[step]) < 1e-10);
    }
    check(numpy::after, numpy::checks_after, 1e-10);
}
