// Sgd and Adam against PyTorch, and at every length.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/pytorch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

using namespace tenon;

namespace {

/// 20 steps along g_i = cos(step (i + 1)) + p_i / 2 from PyTorch's start; relative 1e-13, in double.
template <class Optimizer, std::size_t N>
void check_against_pytorch(Optimizer optimizer, const std::array<std::array<double, N>, 4>& wanted) {
    Flat<double, N> parameters, gradient;
    typename Optimizer::template State<double, N> state;
    for (std::size_t i = 0; i < N; ++i) parameters.data[i] = reference::pytorch::start[i];
    std::size_t kept = 0;
    for (int step = 1; step <= 20; ++step) {
        for (std::size_t i = 0; i < N; ++i)
            gradient.data[i] = std::cos(step * static_cast<double>(i + 1)) + parameters.data[i] / 2;
        optimizer.step(parameters.data, gradient.data, state);
        if (step <= 3 || step == 20)
            CHECK(largest_error(std::span(parameters.data, N), wanted[kept++], 1e-2) < 1e-13);
    }
    for (std::size_t i = N; i < N + 64 / sizeof(double); ++i) CHECK(parameters.data[i] == 0);
}

/// Three steps of N parameters, compared with steps of single parameters; the padding stays zero.
template <std::size_t N, class Optimizer, class T> void check_length(Optimizer optimizer, T tolerance) {
    Flat<T, N> parameters, gradient;
    typename Optimizer::template State<T, N> state;
    fill_random(std::span(parameters.data, N), N);
    std::array<Flat<T, 1>, N> single;
    std::array<typename Optimizer::template State<T, 1>, N> states;
    for (std::size_t i = 0; i < N; ++i) single[i].data[0] = parameters.data[i];
    for (std::uint64_t step = 1; step <= 3; ++step) {
        fill_random(std::span(gradient.data, N), 100 * step + N);
        optimizer.step(parameters.data, gradient.data, state);
        for (std::size_t i = 0; i < N; ++i) {
            const Flat<T, 1> alone{{gradient.data[i]}};
            optimizer.step(single[i].data, alone.data, states[i]);
            CHECK(std::abs(parameters.data[i] - single[i].data[0]) <= tolerance);
        }
    }
    for (const T behind : std::span(parameters.data).subspan(N)) CHECK(behind == 0);
}

} // namespace

TEST_CASE("Sgd is PyTorch's, with momentum, nesterov and weight decay") {
    namespace torch = reference::pytorch;
    check_against_pytorch(Sgd{.learning_rate = 0.1}, torch::sgd);
    check_against_pytorch(Sgd{.learning_rate = 0.1, .weight_decay = 0.05}, torch::sgd_decay);
    check_against_pytorch(Sgd{.learning_rate = 0.1, .momentum = 0.9}, torch::sgd_momentum);
    check_against_pytorch(Sgd{.learning_rate = 0.1, .momentum = 0.8, .nesterov = true}, torch::sgd_nesterov);
    check_against_pytorch(Sgd{.learning_rate = 0.05, .momentum = 0.7, .nesterov = true, .weight_decay = 0.02},
                          torch::sgd_all);
}

TEST_CASE("Adam is PyTorch's, with its defaults and with everything changed") {
    namespace torch = reference::pytorch;
    check_against_pytorch(Adam{}, torch::adam);
    check_against_pytorch(
        Adam{.learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.97, .epsilon = 1e-3, .weight_decay = 0.1},
        torch::adam_all);
}

// One parameter and many use registers of other widths: equal to 2 ulp of 1 (the compiler may use FMA or not
// for one).
TEST_CASE("optimizers update every parameter in the same way at every length") {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (check_length<I + 1>(Sgd{.learning_rate = 0.1, .momentum = 0.5}, 2.4e-7f), ...);
    }(std::make_index_sequence<2 * detail::widest<float> + 1>{});
    check_length<3>(Adam{.learning_rate = 0.1}, 2.4e-7f);
    check_length<17>(Adam{.learning_rate = 0.1}, 2.4e-7f);
    check_length<9>(Adam{.learning_rate = 0.1}, 4.5e-16);
    check_length<2>(Sgd{.learning_rate = 0.1, .momentum = 0.5}, 4.5e-16);
}

TEST_CASE("settings of an optimizer may be changed between the steps of a trainer") {
    Net<Dense<1, 1>> net;
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 0}};
    trainer.step({1.f}, {1.f});
    CHECK(net.layer<0>().bias(0) == 0);
    trainer.optimizer().learning_rate = 0.5;
    trainer.step({1.f}, {1.f});
    CHECK(net.layer<0>().bias(0) == 0.5f);
}
