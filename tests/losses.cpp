// Every loss: its derivative, PyTorch's numbers, and logits of any size.
#include "differences.hpp"

#include "reference/pytorch.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <tuple>
#include <vector>

using namespace tenon;

static_assert(CrossEntropy::fused && BinaryCrossEntropy::fused);
static_assert(Huber{}.value(3., 1.) == 1.5 && Huber{}.value(1.5, 1.) == 0.125 &&
              Huber{}.derivative(3., 1.) == 1);
static_assert(MeanAbsoluteError{}.derivative(2., 2.) == 0 && MeanAbsoluteError{}.derivative(1., 2.) == -1);
static_assert(HalfSquaredError{}.value(3., 1.) == 2 && MeanSquaredError{}.value(3., 1.) == 4);

template <class A> using EndsIn = Net64<Dense<3, 5, Tanh>, Dense<5, 4, A>>;
using Losses =
    std::tuple<Case<EndsIn<Identity>, HalfSquaredError>, Case<EndsIn<Identity>, MeanSquaredError>,
               Case<EndsIn<Identity>, MeanAbsoluteError>, Case<EndsIn<Identity>, Huber>,
               Case<EndsIn<Softmax>, MeanSquaredError>, Case<EndsIn<Sigmoid>, BinaryCrossEntropy>,
               Case<EndsIn<Softmax>, CrossEntropy>, Case<EndsIn<LogSoftmax>, NegativeLogLikelihood>,
               Case<EndsIn<LogProbabilities>, NegativeLogLikelihood>,
               Case<Net64<Dense<3, 1, Sigmoid>>, BinaryCrossEntropy>,
               Case<Net64<Dense<3, 4>, Activate<Shape<4>, Softmax>>, CrossEntropy>,
               Case<Net64<Dense<3, 4>, Activate<Shape<4>, Sigmoid>>, BinaryCrossEntropy>>;

TEMPLATE_LIST_TEST_CASE("the gradient of each loss is its derivative", "", Losses) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}

TEST_CASE("the gradient of a Huber loss with another delta is its derivative") {
    check_gradients<EndsIn<Identity>>(Huber{.delta = 0.3});
}

namespace {

/// The gradient of the mean loss of all samples with respect to the outputs, or to the logits if the loss is
/// fused: that of a net whose only trained layer is an input-wide Dense, with the samples' one-hot numbers as
/// inputs.
template <class A, class Loss, class Targets>
void check_against_pytorch(Loss loss, const Targets& targets, double wanted,
                           const std::array<std::array<double, 5>, 3>& derivatives) {
    const auto& outputs = reference::pytorch::outputs;
    using Given = NetOf<double, Dense<3, 5, A, false>>; // its weights are the logits of the three samples
    Given net;
    for (std::size_t s = 0; s < 3; ++s)
        for (std::size_t o = 0; o < 5; ++o) net.template layer<0>().weight(o, s) = outputs[s][o];
    const std::vector<typename Given::Input> xs{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    Trainer trainer(net, loss, Sgd{.learning_rate = 0});
    CHECK(trainer.step(xs, targets) == Approx(wanted).epsilon(1e-14));
    for (std::size_t s = 0; s < 3; ++s)
        CHECK(largest_error(trainer.gradient().subspan(5 * s, 5), derivatives[s], 1e-3) < 1e-13);
    if constexpr (!std::integral<typename Targets::value_type>)
        CHECK(evaluate(net, loss, xs, targets) == Approx(wanted).epsilon(1e-14));
}

} // namespace

// Losses relative 1e-14, derivatives 1e-13 (of 1e-3 if they are smaller).
TEST_CASE("losses and their derivatives are PyTorch's") {
    namespace torch = reference::pytorch;
    const std::array<int, 3> classes{int(torch::classes[0]), int(torch::classes[1]), int(torch::classes[2])};
    check_against_pytorch<Identity>(MeanSquaredError{}, torch::targets, torch::mean_squared,
                                    torch::mean_squared_gradient);
    check_against_pytorch<Identity>(HalfSquaredError{}, torch::targets, torch::half_squared,
                                    torch::half_squared_gradient);
    check_against_pytorch<Identity>(MeanAbsoluteError{}, torch::targets, torch::mean_absolute,
                                    torch::mean_absolute_gradient);
    check_against_pytorch<Identity>(Huber{}, torch::targets, torch::huber, torch::huber_gradient);
    check_against_pytorch<Identity>(Huber{.delta = 0.3}, torch::targets, torch::huber_of_03,
                                    torch::huber_of_03_gradient);
    check_against_pytorch<Sigmoid>(BinaryCrossEntropy{}, torch::shares, torch::binary,
                                   torch::binary_gradient);
    check_against_pytorch<Softmax>(CrossEntropy{}, torch::shares, torch::cross_entropy,
                                   torch::cross_entropy_gradient);
    check_against_pytorch<Softmax>(CrossEntropy{}, classes, torch::cross_entropy_of_classes,
                                   torch::cross_entropy_of_classes_gradient);
    check_against_pytorch<LogSoftmax>(NegativeLogLikelihood{}, classes, torch::negative_log_likelihood,
                                      torch::negative_log_likelihood_gradient);
    check_against_pytorch<LogProbabilities>(NegativeLogLikelihood{}, classes, torch::given_log_likelihood,
                                            torch::given_log_likelihood_gradient);
}

namespace {

/// The loss and the gradient of a step with learning rate 0 for a net whose biases are the logits: as one
/// sample, and as a batch of two equal samples.
template <class A, class Loss, std::size_t N>
void check_logits(Loss loss, const std::array<float, N>& logits, const std::array<float, N>& target,
                  float wanted, const std::array<float, N>& derivatives) {
    Net<Dense<1, N, A>> net;
    for (std::size_t o = 0; o < N; ++o) net.template layer<0>().bias(o) = logits[o];
    Trainer trainer(net, loss, Sgd{.learning_rate = 0});
    const std::vector<std::array<float, 1>> xs(2, {0.f});
    const std::vector<std::array<float, N>> ts(2, target);
    const auto check = [&](float found) {
        CHECK(found == Approx(wanted).epsilon(1e-6));
        for (std::size_t o = 0; o < N; ++o)
            CHECK(trainer.gradient()[N + o] == Approx(derivatives[o]).epsilon(1e-6));
    };
    check(trainer.step(xs[0], ts[0]));
    check(trainer.step(xs, ts));
    CHECK(evaluate(net, loss, xs, ts) == Approx(wanted).epsilon(1e-6));
}

} // namespace

TEST_CASE("softmax with cross-entropy is right for logits of +-1e4") {
    const float low = -1e4f, high = 1e4f;
    check_logits<Softmax>(CrossEntropy{}, std::array{high, low, 0.f}, {1, 0, 0}, 0, {0, 0, 0});
    check_logits<Softmax>(CrossEntropy{}, std::array{high, low, 0.f}, {0, 1, 0}, 2e4f, {1, -1, 0});
    check_logits<Softmax>(CrossEntropy{}, std::array{high, low, 0.f}, {0, 0, 1}, 1e4f, {1, 0, -1});
    check_logits<Softmax>(CrossEntropy{}, std::array{low, low}, {1, 0}, 0.6931472f, {-0.5f, 0.5f});
    check_logits<Softmax>(CrossEntropy{}, std::array{high, high, high, high}, {0.25f, 0.75f, 0, 0},
                          1.3862944f, {0, -0.5f, 0.25f, 0.25f});
    check_logits<LogSoftmax>(NegativeLogLikelihood{}, std::array{high, low, 0.f}, {0, 1, 0}, 2e4f,
                             {1, -1, 0});
}

TEST_CASE("binary cross-entropy is right for logits of +-1e4") {
    check_logits<Sigmoid>(BinaryCrossEntropy{}, std::array{1e4f}, {1}, 0, {0});
    check_logits<Sigmoid>(BinaryCrossEntropy{}, std::array{1e4f}, {0}, 1e4f, {1});
    check_logits<Sigmoid>(BinaryCrossEntropy{}, std::array{-1e4f}, {1}, 1e4f, {-1});
    check_logits<Sigmoid>(BinaryCrossEntropy{}, std::array{-1e4f, 1e4f}, {0.25f, 0.75f}, 2500,
                          {-0.125f, 0.125f});
}

// Log-probabilities of a custom activation, here log(1 - exp(-exp(z))).
struct Cloglog {
    static constexpr bool log_probabilities = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::log(-math::expm1(-math::exp(z)));
    }
    template <class V> static constexpr V derivative(V z, V y) noexcept {
        return math::exp(z - math::exp(z) - y);
    }
};

TEST_CASE("the negative log-likelihood accepts log-probabilities of any activation, and class indices") {
    using Given = Net<Dense<1, 3, LogProbabilities>>;
    using Own = Net<Dense<1, 3, Cloglog>>;
    static_assert(detail::suits<NegativeLogLikelihood, Cloglog>() &&
                  !detail::suits<NegativeLogLikelihood, Identity>() &&
                  !detail::suits<NegativeLogLikelihood, Softmax>() &&
                  !detail::suits<NegativeLogLikelihood, Sigmoid>());
    Given net;
    const std::array given{-0.5f, -1.5f, -math::infinite<float>()};
    for (std::size_t o = 0; o < 3; ++o) net.layer<0>().bias(o) = given[o];
    const std::vector<Given::Input> xs(4);
    CHECK(evaluate(net, NegativeLogLikelihood{}, xs, std::array{0, 1, 1, 0}) == 1);
    const auto g = gradient(net, NegativeLogLikelihood{}, xs[0], 1);
    CHECK((g[3] == 0 && g[4] == -1 && g[5] == 0));
    Own own;
    initialize(own, 3);
    Trainer trainer{own, NegativeLogLikelihood{}, Sgd{.learning_rate = 0.1}};
    const float before = trainer.step(xs, std::array{0, 1, 1, 0});
    CHECK(trainer.step(xs, std::array{0, 1, 1, 0}) < before);
}

namespace {

template <class A, class T, std::size_t N> struct Logits {
    NetOf<T, Activate<Shape<N>, A>> net;
    std::array<T, N> good{}, bad{}, target{}, none{}, bad_target{};

    /// NaN at one index, and the target's 1 at another if there is one.
    constexpr explicit Logits(std::size_t where) {
        bad[where] = bad_target[where] = math::not_a_number<T>();
        target[(where + 1) % N] = 1;
    }
    /// The loss of a block of samples, of which the last is this one.
    template <class Loss>
    constexpr T loss(const Loss& loss, const std::array<T, N>& x, const std::array<T, N>& t,
                     bool alone = false) const {
        std::array<std::array<T, N>, 6> xs{}, ts{};
        xs.fill(good), ts.fill(target);
        xs[5] = x, ts[5] = t;
        return evaluate(net, loss, std::span(xs).subspan(alone ? 5 : 0),
                        std::span(ts).subspan(alone ? 5 : 0));
    }
    template <class Loss> constexpr bool right(const Loss& l) const {
        for (const bool alone : {false, true})
            if (!math::is_finite(loss(l, good, target, alone)) ||
                !math::is_nan(loss(l, bad, target, alone)) || !math::is_nan(loss(l, bad, none, alone)) ||
                !math::is_nan(loss(l, good, bad_target, alone)))
                return false;
        return true;
    }
};

template <class A, class Loss> void check_nan() {
#ifndef __clang__ // which refuses arithmetic with NaN in constant expressions
    static_assert(Logits<A, float, 3>{1}.right(Loss{}) && Logits<A, double, 1>{0}.right(Loss{}));
#endif
    [&]<std::size_t... N>(std::index_sequence<N...>) {
        const auto check = []<class T, std::size_t Width>(T, std::integral_constant<std::size_t, Width>) {
            for (std::size_t where = 0; where < Width; ++where) {
                CAPTURE(Width, where, sizeof(T));
                CHECK(Logits<A, T, Width>{where}.right(Loss{}));
            }
        };
        (check(float{}, std::integral_constant<std::size_t, N>{}), ...);
        (check(double{}, std::integral_constant<std::size_t, N>{}), ...);
    }(std::index_sequence<1, 2, 3, 4, 5, 7, 8, 9, 17>{});
}

/// One sample's loss and gradient, without a block.
template <class A, class Loss, std::size_t N> void check_nan_of_one() {
    Net<Dense<1, N, A>> net;
    std::array<float, N> target{};
    target[0] = 1;
    Trainer trainer(net, Loss{}, Sgd{});
    CHECK(math::is_finite(trainer.step({1.f}, target)));
    CHECK(math::is_nan(trainer.step({math::not_a_number<float>()}, target)));
    target[N / 2] = math::not_a_number<float>();
    CHECK(math::is_nan(trainer.step({1.f}, target)));
    net.template layer<0>().bias(N - 1) = math::not_a_number<float>();
    target[N / 2] = 0;
    CHECK(math::is_nan(trainer.step({1.f}, target)));
}

} // namespace

TEST_CASE("a loss of NaN, in an output or in a target, is NaN") {
    check_nan<Softmax, CrossEntropy>();
    check_nan<LogSoftmax, NegativeLogLikelihood>();
    check_nan<LogProbabilities, NegativeLogLikelihood>();
    check_nan<Sigmoid, BinaryCrossEntropy>();
    check_nan<Identity, MeanSquaredError>();
    check_nan<Identity, HalfSquaredError>();
    check_nan<Identity, MeanAbsoluteError>();
    check_nan<Identity, Huber>();
    check_nan_of_one<Softmax, CrossEntropy, 3>();
    check_nan_of_one<Softmax, CrossEntropy, 10>();
    check_nan_of_one<LogProbabilities, NegativeLogLikelihood, 5>();
    check_nan_of_one<Sigmoid, BinaryCrossEntropy, 4>();
}

TEST_CASE("a logit of -infinity adds nothing to the loss if its target is zero") {
    const Net<Activate<Shape<3>, Softmax>> net;
    const std::vector<std::array<float, 3>> xs{{1, -math::infinite<float>(), 1}};
    CHECK(evaluate(net, CrossEntropy{}, xs, std::array{0}) == Approx(0.6931472).epsilon(1e-6));
    CHECK_FALSE(math::is_finite(evaluate(net, CrossEntropy{}, xs, std::array{1})));
}
