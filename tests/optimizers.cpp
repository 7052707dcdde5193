// Optimizers against PyTorch, at every length, and what a step refuses.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "pytorch_training.hpp"
#include "reference/pytorch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
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

/// Three steps of N parameters, compared with steps of single parameters; the padding stays zero. The fourth
/// step begins with a gradient of the other sign.
template <std::size_t N, class T, class Optimizer> void check_length(Optimizer optimizer, T tolerance) {
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
            Flat<T, 1> alone;
            alone.data[0] = gradient.data[i];
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

TEST_CASE("over 200 steps of a small net, each optimizer has PyTorch's weights to 1e-10") {
    namespace torch = reference::pytorch_optimizers;
    check_training(Sgd{.learning_rate = 0.05}, torch::sgd);
    check_training(Sgd{.learning_rate = 0.05, .momentum = 0.9}, torch::sgd_momentum);
    check_training(Sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01, .dampening = 0.4},
                   torch::sgd_dampening);
    check_training(Sgd{.learning_rate = 0.05, .momentum = 0.8, .nesterov = true, .weight_decay = 0.01},
                   torch::sgd_nesterov);
    check_training(RmsProp{}, torch::rmsprop);
    check_training(
        RmsProp{
            .learning_rate = 0.003, .alpha = 0.95, .epsilon = 1e-6, .momentum = 0.8, .weight_decay = 0.02},
        torch::rmsprop_momentum);
    check_training(CenteredRmsProp{.learning_rate = 0.003, .epsilon = 1e-3}, torch::rmsprop_centered);
    check_training(
        CenteredRmsProp{
            .learning_rate = 0.002, .alpha = 0.9, .epsilon = 1e-3, .momentum = 0.7, .weight_decay = 0.02},
        torch::rmsprop_all);
    check_training(AdaGrad{}, torch::adagrad);
    check_training(AdaGrad{.learning_rate = 0.1,
                           .lr_decay = 0.01,
                           .initial_accumulator = 0.3,
                           .epsilon = 1e-4,
                           .weight_decay = 0.02},
                   torch::adagrad_all);
    check_training(Adam{}, torch::adam);
    check_training(
        Adam{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.97, .epsilon = 1e-3, .weight_decay = 0.05},
        torch::adam_all);
    check_training(AmsGrad{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.01},
                   torch::adam_amsgrad);
    check_training(AdamW{}, torch::adamw);
    check_training(
        AdamW{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.97, .epsilon = 1e-3, .weight_decay = 0.2},
        torch::adamw_all);
    check_training(AmsGradW{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.9}, torch::adamw_amsgrad);
    check_training(Nadam{}, torch::nadam);
    check_training(Nadam{.learning_rate = 0.01,
                         .beta1 = 0.8,
                         .beta2 = 0.97,
                         .epsilon = 1e-3,
                         .weight_decay = 0.05,
                         .momentum_decay = 0.1},
                   torch::nadam_all);
    check_training(Rprop{}, torch::rprop);
    check_training(
        Rprop{.learning_rate = 0.02, .eta_minus = 0.4, .eta_plus = 1.3, .min_step = 1e-4, .max_step = 0.1},
        torch::rprop_all);
    check_training(Lion{}, torch::lion);
    check_training(Lion{.learning_rate = 0.003, .beta1 = 0.8, .beta2 = 0.95, .weight_decay = 0.1},
                   torch::lion_all);
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

// From 17 parameters on, registers are used; the last of 17 to 33 fills none, some or all of its lanes.
TEST_CASE("each optimizer updates every parameter in the same way in registers of any filling") {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto all_lengths = [](auto optimizer) {
            (check_length<detail::max_scalar_update + 1 + I>(optimizer, 2.4e-7f), ...);
            check_length<19>(optimizer, 4.5e-16);
        };
        all_lengths(RmsProp{.learning_rate = 0.1, .epsilon = 0.1, .momentum = 0.5});
        all_lengths(CenteredRmsProp{.learning_rate = 0.1, .epsilon = 0.1});
        all_lengths(AdaGrad{.learning_rate = 0.1, .initial_accumulator = 0.1});
        all_lengths(AdamW{.learning_rate = 0.1});
        all_lengths(AmsGrad{.learning_rate = 0.1});
        all_lengths(Nadam{.learning_rate = 0.1});
        all_lengths(Rprop{.learning_rate = 0.1});
        all_lengths(Lion{.learning_rate = 0.1});
        all_lengths(Averaged{ClipValue{L1Decay{Adam{.learning_rate = 0.1}, 0.01}, 0.3}, 0.5});
    }(std::make_index_sequence<detail::widest<float> + 1>{});
}

TEST_CASE("Sgd's velocity stays as it is in steps without momentum, as PyTorch's buffer") {
    // torch.optim.SGD([p], lr=0.1, momentum=m, dampening=0.25, weight_decay=0.5) with p = 1, gradients 1 to
    // 6, and momentum and weight_decay changed in param_groups before each step
    constexpr std::array<double, 6> momenta{0, 0.9, 0, 0, 0.9, 0.9}, decays{0.5, 0.5, 0.5, 0, 0.5, 0.5},
        wanted{0.85,
               0.6074999999999999,
               0.2771249999999999,
               -0.12287500000000012,
               -0.7115171875000001,
               -1.6646132617187501};
    std::array<double, 1> p{1};
    Sgd::State<double, 1> state{};
    for (std::size_t step = 0; step < 6; ++step) {
        const std::array<double, 1> gradient{static_cast<double>(step + 1)};
        Sgd{.learning_rate = 0.1, .momentum = momenta[step], .weight_decay = decays[step], .dampening = 0.25}
            .step(p.data(), gradient.data(), state);
        CHECK(p[0] == Approx(wanted[step]).epsilon(1e-14));
    }
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

// What a setting out of its range would make of the net is refused, as PyTorch raises an error.
TEST_CASE(
    "Sgd's velocity is the gradient in the first step with momentum, also after steps with weight decay") {
    NetOf<double, Dense<1, 1, Identity, false>> net;
    net.parameters()[0] = 1;
    Trainer trainer{net, HalfSquaredError{}, Sgd{.learning_rate = 0.1, .weight_decay = 0.5}};
    trainer.step({1.}, {0.});
    CHECK(net.parameters()[0] == Approx(0.85));
    trainer.optimizer().momentum = 0.9;
    trainer.step({1.}, {0.});
    CHECK(net.parameters()[0] == Approx(0.7225));
    trainer.step({1.}, {0.});
    CHECK(net.parameters()[0] == Approx(0.7225 - 0.1 * (0.9 * 1.275 + 1.5 * 0.7225)));
}

TEST_CASE("a step with settings that have no meaning is refused, and changes nothing") {
    const auto refused = [](auto optimizer) {
        Net<Dense<2, 3>> net;
        initialize(net, 1);
        const auto before = net;
        Trainer trainer{net, MeanSquaredError{}, optimizer};
        const bool finite = math::is_finite(trainer.step({1.f, 2.f}, {1.f, 0.f, 3.f}));
        return !finite && std::ranges::equal(net.parameters(), before.parameters());
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(refused(Sgd{.momentum = -0.5}));
    CHECK(refused(Sgd{.momentum = 0.5, .nesterov = true, .dampening = 0.5}));
    CHECK(refused(Sgd{.learning_rate = nan}));
    CHECK(refused(RmsProp{.alpha = 1}));
    CHECK(refused(RmsProp{.epsilon = 0}));
    CHECK(refused(AdaGrad{.initial_accumulator = -1}));
    CHECK(refused(AdaGrad{.lr_decay = -0.1}));
    CHECK(refused(Adam{.beta1 = 1}));
    CHECK(refused(Adam{.beta2 = 1}));
    CHECK(refused(AdamW{.beta2 = -0.5}));
    CHECK(refused(AmsGrad{.beta1 = nan}));
    CHECK(refused(Nadam{.momentum_decay = -1}));
    CHECK(refused(Rprop{.eta_minus = 1.5}));
    CHECK(refused(Rprop{.min_step = 2, .max_step = 1}));
    CHECK(refused(Lion{.beta1 = 1}));
    CHECK(refused(ClipNorm{Sgd{}, -1.0}));
    CHECK(refused(ClipValue{Sgd{}, nan}));
    CHECK(refused(L1Decay{Sgd{}, -1.0}));
    CHECK(refused(Averaged{Sgd{}, 1.5}));
    CHECK(refused(ClipNorm{Averaged{Adam{.beta1 = 2}}, 1.0}));
    CHECK_FALSE(refused(Adam{}));
    CHECK_FALSE(refused(Averaged{Sgd{.learning_rate = -1}})); // goes uphill
}

TEST_CASE("each optimizer refuses a gradient that is not finite, and its state stays as it was") {
    const auto check = [](auto optimizer) {
        using N = Net<Dense<2, 9>>;
        N net, undisturbed;
        initialize(net, 1);
        undisturbed = net;
        Trainer trainer{net, MeanSquaredError{}, optimizer};
        Trainer other{undisturbed, MeanSquaredError{}, optimizer};
        const N::Input x{1, 2}, overflowing{1, 3e38f};
        N::Output t{};
        t[3] = 1;
        for (int i = 0; i < 5; ++i) {
            trainer.step(x, t);
            other.step(x, t);
            CHECK_FALSE(math::is_finite(trainer.step(overflowing, t)));
            CHECK_FALSE(math::is_finite(trainer.step({std::numeric_limits<float>::quiet_NaN(), 0}, t)));
        }
        CHECK(std::ranges::equal(net.parameters(), undisturbed.parameters()));
    };
    check(Sgd{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.5});
    check(RmsProp{.momentum = 0.5});
    check(CenteredRmsProp{});
    check(AdaGrad{.lr_decay = 0.1, .initial_accumulator = 0.1});
    check(AdamW{});
    check(AmsGrad{});
    check(Nadam{});
    check(Rprop{});
    check(Lion{});
    check(ClipNorm{Scheduled{Averaged{Adam{}}, ExponentialDecay{0.5}}, 0.1});
    check(Scheduled{Adam{}, OneCycle{.steps = 8}});
}

// No array but those that are used: the same arrays as before there were other optimizers, 64 bytes for the
// powers of Adam.
static_assert(sizeof(Sgd::State<float, 32>) == sizeof(Flat<float, 32>));
static_assert(sizeof(Adam::State<float, 32>) == 2 * sizeof(Flat<float, 32>) + 64);
static_assert(sizeof(Lion::State<float, 32>) == sizeof(Flat<float, 32>));

namespace {

/// Trained by the compiler: the loss after 30 steps, over the first one.
template <class O> constexpr float loss_ratio(O optimizer) {
    Net<Dense<2, 2, Sigmoid>> net;
    initialize(net, 3);
    Trainer trainer{net, MeanSquaredError{}, optimizer};
    float first = 0, last = 0;
    for (int i = 0; i < 30; ++i) {
        last = trainer.step({1.f, 0.f}, {1.f, 0.f});
        if (i == 0) first = last;
    }
    return last / first;
}
static_assert(loss_ratio(RmsProp{.learning_rate = 0.05}) < 0.5f);
static_assert(loss_ratio(AdaGrad{.learning_rate = 0.2}) < 0.5f);
static_assert(loss_ratio(NoBiasDecay{AdamW{.learning_rate = 0.1}}) < 0.5f);
static_assert(loss_ratio(Nadam{.learning_rate = 0.1}) < 0.5f);
static_assert(loss_ratio(Rprop{}) < 0.5f);
static_assert(loss_ratio(Lion{.learning_rate = 0.05}) < 0.5f);
static_assert(loss_ratio(ClipNorm{Scheduled{Averaged{Adam{.learning_rate = 0.1}}, Cosine{.steps = 40}},
                                  0.5}) < 0.5f);

} // namespace
