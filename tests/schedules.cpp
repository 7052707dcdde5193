// Schedules, clipping, decay and averages: against PyTorch, nested in any order, and what they refuse.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "pytorch_training.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

using namespace tenon;
namespace torch = reference::pytorch_optimizers;

namespace {

/// 200 steps, and the learning rate before each of them.
template <class O>
void check_scheduled(O optimizer, const TorchSteps& wanted, const std::array<double, 200>& rates) {
    CHECK(largest_error(check_training(optimizer, wanted).rates, rates, 1e-3) < 1e-10);
}

/// 200 steps of a trainer.
template <class O> auto trained_by(O optimizer, const TorchSteps& wanted) {
    const auto net = std::make_unique<TorchNet>(torch_net());
    Trainer trainer{*net, MeanSquaredError{}, optimizer};
    check_steps(*net, [&] { trainer.step(torch::inputs, torch::targets); }, wanted);
    trainer.swap_averages();
    return *net;
}

const Sgd plain{.learning_rate = 0.1}, momentum{.learning_rate = 0.1, .momentum = 0.9};
const Adam adam{.learning_rate = 0.01};

} // namespace

TEST_CASE("each schedule has PyTorch's learning rates and weights over 200 steps, to 1e-10") {
    check_scheduled(Scheduled{plain, StepDecay{.steps = 30}}, torch::step_decay, torch::step_decay_rates);
    check_scheduled(Scheduled{plain, MultiStep{{20, 90, 90, 150}, 0.5}}, torch::multi_step,
                    torch::multi_step_rates);
    check_scheduled(Scheduled{adam, ExponentialDecay{.gamma = 0.98}}, torch::exponential_decay,
                    torch::exponential_decay_rates);
    check_scheduled(Scheduled{plain, Cosine{.steps = 80, .minimum = 0.1}}, torch::cosine,
                    torch::cosine_rates);
    check_scheduled(Scheduled{plain, Cosine{.steps = 30, .restarts = true}}, torch::cosine_restarts,
                    torch::cosine_restarts_rates);
    check_scheduled(Scheduled{adam, Cosine{.steps = 20, .minimum = 0.1, .restarts = true, .growth = 2}},
                    torch::cosine_growing, torch::cosine_growing_rates);
    check_scheduled(Scheduled{plain, Warmup{}}, torch::warmup, torch::warmup_rates);
    check_scheduled(Scheduled{plain, Warmup{Cosine{.steps = 180}, 20, 0.1}}, torch::warmup_cosine,
                    torch::warmup_cosine_rates);
}

TEST_CASE("OneCycle has PyTorch's learning rates, momentum and weights, with Sgd and with Adam") {
    check_scheduled(Scheduled{momentum, OneCycle{.steps = 200}}, torch::one_cycle, torch::one_cycle_rates);
    check_scheduled(Scheduled{adam, OneCycle{.steps = 200}}, torch::one_cycle_adam,
                    torch::one_cycle_adam_rates);
    check_scheduled(Scheduled{momentum, OneCycle{.steps = 200,
                                                 .pct_start = 0.25,
                                                 .cosine = false,
                                                 .base_momentum = 0.5,
                                                 .max_momentum = 0.8,
                                                 .div_factor = 10,
                                                 .final_div_factor = 100,
                                                 .three_phase = true}},
                    torch::one_cycle_all, torch::one_cycle_all_rates);
    check_scheduled(Scheduled{momentum, OneCycle{.steps = 200, .cycle_momentum = false}},
                    torch::one_cycle_rate, torch::one_cycle_rate_rates);
    const OneCycle cycle{.steps = 200};
    CHECK(cycle(10'000) == cycle(199));
}

TEST_CASE("cosine and powers of the schedules are exact to the last digits, also in constant expressions") {
    static_assert(detail::cos_pi(0) == 1 && detail::cos_pi(0.5) == 0 && detail::cos_pi(1) == -1);
    static_assert(detail::power(0.5, 10) == 0x1p-10 && detail::power(3, 0) == 1);
    for (int i = 0; i < 5000; ++i) {
        const double x = i * 0.00131;
        CHECK(std::abs(detail::cos_pi(x) - std::cos(3.14159265358979323846 * x)) < 4e-15);
    }
    for (unsigned n = 0; n < 3000; n += 7)
        CHECK(detail::power(0.997, n) == Approx(std::pow(0.997, n)).epsilon(1e-13));
}

TEST_CASE("schedules of no steps leave the learning rate as it is") {
    for (const std::size_t step : {0u, 1u, 1000u}) {
        CHECK(StepDecay{}(step) == 1);
        CHECK(Cosine{}(step) == 1);
        CHECK(OneCycle{}(step) == 1);
        CHECK(Warmup{ConstantRate{}, 0}(step) == 1);
        CHECK(math::is_finite(OneCycle{.steps = 1}(step)));
        CHECK(math::is_finite(OneCycle{.steps = 10, .pct_start = 0.1}(step)));
        CHECK(math::is_finite(OneCycle{.steps = 10, .pct_start = 1}(step)));
        CHECK(math::is_finite(Cosine{.steps = 3, .restarts = true, .growth = 0}(step)));
    }
}

TEST_CASE("a schedule of one's own is a function of the step; schedules multiply if nested") {
    const auto halving = [](std::size_t step) { return 1 / (1 + static_cast<double>(step)); };
    Net<Dense<1, 1>> net;
    Trainer trainer{net, HalfSquaredError{},
                    Scheduled{Scheduled{Sgd{.learning_rate = 0.5}, halving}, ExponentialDecay{.gamma = 0.5}}};
    CHECK(trainer.learning_rate() == 0.5);
    trainer.step({1.f}, {1.f});
    CHECK(trainer.learning_rate() == 0.125);
    CHECK(net.layer<0>().bias(0) == 0.5f);
    trainer.step({std::numeric_limits<float>::quiet_NaN()}, {1.f});
    CHECK(trainer.learning_rate() == 0.125); // a refused step does not count
    trainer.optimizer().optimizer.optimizer.learning_rate = 4;
    CHECK(trainer.learning_rate() == 1);
    Trainer other{net, HalfSquaredError{}, Sgd{.learning_rate = 0.25}};
    CHECK(other.learning_rate() == 0.25);
}

namespace {

/// An optimizer whose step takes no update.
struct Plain {
    double learning_rate = 0.5;
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= static_cast<T>(learning_rate) * gradient[i];
    }
};

} // namespace

TEST_CASE("an optimizer whose step takes no update can be scheduled") {
    Net<Dense<1, 1>> net;
    Trainer trainer{net, HalfSquaredError{}, Scheduled{Plain{}, ExponentialDecay{.gamma = 0.5}}};
    trainer.step({1.f}, {1.f});
    CHECK(net.layer<0>().bias(0) == 0.5f);
    trainer.step({std::numeric_limits<float>::quiet_NaN()}, {1.f});
    CHECK(trainer.learning_rate() == 0.25);
}

TEST_CASE("clipping has PyTorch's weights over 200 steps, to 1e-10") {
    check_training(ClipNorm{adam, 0.5}, torch::clip_norm);
    check_training(ClipNorm{plain, 0.3}, torch::clip_norm_sgd);
    check_training(ClipValue{Sgd{.learning_rate = 0.1, .momentum = 0.5}, 0.1}, torch::clip_value);
    // the outer one comes first
    check_training(ClipValue{ClipNorm{plain, 0.3}, 0.2}, torch::clip_value_then_norm);
}

TEST_CASE("L1 and weight decay that spares biases and normalisation have PyTorch's weights, to 1e-10") {
    check_training(L1Decay{Sgd{.learning_rate = 0.05, .momentum = 0.5, .weight_decay = 0.02}, 0.01},
                   torch::l1);
    trained_by(Averaged{NoBiasDecay{AdamW{.learning_rate = 0.01, .weight_decay = 0.3}}},
               torch::adamw_spares_biases);
    trained_by(NoBiasDecay{Averaged{Sgd{.learning_rate = 0.05, .momentum = 0.5, .weight_decay = 0.1}}},
               torch::sgd_spares_biases);
}

TEST_CASE("averages are PyTorch's: exponential, equal from a step on, and nested with everything") {
    const TorchNet ema = trained_by(Averaged{adam, 0.95}, torch::ema);
    CHECK(largest_error(ema.parameters(), torch::ema_average, 1) < 1e-10);
    const TorchNet equal = trained_by(Averaged{adam, 1.0, 100, 7}, torch::ema);
    CHECK(largest_error(equal.parameters(), torch::swa_average, 1) < 1e-10);
    const Cosine cosine{.steps = 200};
    const TorchNet composed =
        trained_by(ClipNorm{Scheduled{Averaged{adam, 0.9}, cosine}, 0.5}, torch::composed);
    CHECK(largest_error(composed.parameters(), torch::composed_average, 1) < 1e-10);
    const TorchNet turned =
        trained_by(Averaged{Scheduled{ClipNorm{adam, 0.5}, cosine}, 0.9}, torch::composed);
    CHECK(largest_error(turned.parameters(), torch::composed_average, 1) < 1e-10);
}

TEST_CASE("averages are exchanged with the trained parameters, and only these") {
    using N = Net<Dense<2, 20>, BatchNorm<Shape<20>>, Frozen<Dense<20, 3>>>;
    const auto net = std::make_unique<N>();
    initialize(*net, 1);
    Trainer trainer{*net, MeanSquaredError{}, Averaged{Adam{.learning_rate = 0.1}, 0.5}};
    N before = *net;
    trainer.swap_averages(); // before the first step there are none
    CHECK(std::ranges::equal(net->parameters(), before.parameters()));
    const auto xs = random_samples<N::Input>(32, 1);
    const auto ts = random_samples<N::Output>(32, 2);
    for (int i = 0; i < 3; ++i) trainer.step(xs, ts);
    before = *net;
    trainer.swap_averages();
    for (std::size_t i = 0; i < 60; ++i) CHECK(net->parameters()[i] != before.parameters()[i]);
    for (std::size_t i = 100; i < N::parameter_count; ++i)
        CHECK(net->parameters()[i] == before.parameters()[i]);
    trainer.swap_averages();
    CHECK(std::ranges::equal(net->parameters(), before.parameters()));
}

TEST_CASE("weight decay spares biases at every length of the tensors before them") {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto check = []<std::size_t Out>() {
            using N = Net<Dense<3, Out>, Scale<Shape<Out>>, Dense<Out, 5, Identity, false>, Dense<5, 2>>;
            N net;
            for (float& p : net.parameters()) p = 1;
            // the loss is 0, so only the decay changes parameters
            Trainer trainer{net, MeanSquaredError{},
                            NoBiasDecay{Sgd{.learning_rate = 0.5, .weight_decay = 0.5}}};
            const float y = net({0.f, 0.f, 0.f})[0];
            trainer.step({0.f, 0.f, 0.f}, {y, y});
            for (std::size_t o = 0; o < Out; ++o) {
                CHECK(net.template layer<0>().weight(o, 2) == 0.75f);
                CHECK(net.template layer<0>().bias(o) == 1);
                CHECK(net.template layer<1>().tensor("deviation", o) == 1);
                CHECK(net.template layer<2>().weight(4, o) == 0.75f);
            }
            CHECK(net.template layer<3>().weight(1, 4) == 0.75f);
            CHECK(net.template layer<3>().bias(1) == 1);
        };
        (check.template operator()<I + 1>(), ...);
    }(std::make_index_sequence<detail::widest<float> + 1>{});
}

TEST_CASE("the norm of a gradient is right if its squares overflow") {
    const auto check = []<class T>(T large) {
        Flat<T, 37> parameters, gradient;
        for (std::size_t i = 0; i < 37; ++i) gradient.data[i] = large * static_cast<T>(i % 2 ? 1 : -1);
        using O = ClipNorm<Sgd>;
        typename O::template State<T, 37> state;
        O(Sgd{.learning_rate = 1}, 2.0).step(parameters.data, gradient.data, state);
        for (std::size_t i = 0; i < 37; ++i)
            CHECK(static_cast<double>(parameters.data[i]) ==
                  Approx((i % 2 ? -2 : 2) / std::sqrt(37.)).epsilon(1e-6));
    };
    check(3e30f);
    check(3e38f);
    check(1e250);
    check(1.7e308);
    check(1e10f);

    // and in a trainer
    Net<Dense<1, 2>> net;
    Trainer trainer{net, HalfSquaredError{}, ClipNorm{Sgd{.learning_rate = 1}, 1.0}};
    CHECK(math::is_finite(trainer.step({1.f}, {1e19f, 0.f}))); // the squares of its gradient are infinite
    CHECK(net.layer<0>().bias(0) == Approx(1 / std::sqrt(2.)).epsilon(1e-6));
    CHECK_FALSE(math::is_finite(trainer.step({std::numeric_limits<float>::quiet_NaN()}, {0.f, 0.f})));
    CHECK(net.layer<0>().bias(0) == Approx(1 / std::sqrt(2.)).epsilon(1e-6));
}

TEST_CASE("a norm counts L1 decay for the parameters alone that are trained and decay") {
    using N = NetOf<double, Dense<3, 4, Tanh>, Frozen<Dense<4, 5, Tanh>>, Dense<5, 2>>;
    const auto xs = random_samples<N::Input>(8, 1);
    const auto ts = random_samples<N::Output>(8, 2);
    const auto check = [&](auto optimizer, bool spares_biases) {
        N net;
        initialize(net, 1);
        for (double& p : net.parameters()) p += 0.1;
        const N before = net;
        Trainer trainer{net, MeanSquaredError{}, optimizer};
        trainer.step(xs, ts);
        std::array<double, N::parameter_count> gradient{};
        double squares = 0;
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            const bool is_bias = (i >= 12 && i < 16) || i >= 51, is_frozen = i >= 16 && i < 41;
            const double sign = before.parameters()[i] > 0 ? 1 : -1;
            if (is_frozen) continue;
            gradient[i] = trainer.gradient()[i] + (is_bias && spares_biases ? 0 : 0.5 * sign);
            squares += gradient[i] * gradient[i];
        }
        const double factor = 0.1 / (std::sqrt(squares) + 1e-6);
        for (std::size_t i = 0; i < gradient.size(); ++i)
            CHECK(net.parameters()[i] ==
                  Approx(before.parameters()[i] - 0.2 * factor * gradient[i]).margin(1e-14));
    };
    check(L1Decay{ClipNorm{Sgd{.learning_rate = 0.2}, 0.1}, 0.5}, false);
    check(NoBiasDecay{L1Decay{ClipNorm{Sgd{.learning_rate = 0.2}, 0.1}, 0.5}}, true);
}

TEST_CASE("a trainer's clipped step is the one that sums the squares itself") {
    using N = Net<Dense<5, 9, Tanh>, Dense<9, 3>>;
    N net, other;
    initialize(net, 1);
    other = net;
    const ClipNorm optimizer{Adam{.learning_rate = 0.1}, 0.01};
    Trainer trainer{net, MeanSquaredError{}, optimizer};
    Trainer by_hand{other, MeanSquaredError{}, Sgd{.learning_rate = 0}};
    ClipNorm<Adam>::State<float, N::parameter_count> state;
    Flat<float, N::parameter_count> parameters, gradient;
    const auto xs = random_samples<N::Input>(32, 1);
    const auto ts = random_samples<N::Output>(32, 2);
    for (int i = 0; i < 5; ++i) {
        trainer.step(xs, ts);
        by_hand.step(xs, ts);
        for (std::size_t k = 0; k < N::parameter_count; ++k) {
            parameters.data[k] = other.parameters()[k];
            gradient.data[k] = by_hand.gradient()[k];
        }
        optimizer.step(parameters.data, gradient.data, state);
        for (std::size_t k = 0; k < N::parameter_count; ++k) other.parameters()[k] = parameters.data[k];
        CHECK(std::ranges::equal(net.parameters(), other.parameters()));
    }
}

static_assert(std::is_trivially_copyable_v<
              ClipNorm<Scheduled<Averaged<NoBiasDecay<L1Decay<Adam>>>, Cosine>>::State<float, 9>>);
static_assert(Optimizer<ClipValue<Rprop>> && Schedule<Warmup<OneCycle>> && !Schedule<Adam>);
