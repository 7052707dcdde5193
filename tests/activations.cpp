// Every activation: its derivative, PyTorch's numbers, and values far from zero.
#include "differences.hpp"

#include "reference/pytorch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ratio>
#include <span>
#include <tuple>
#include <vector>

using namespace tenon;

// After Dense and as a separate layer; the first layer's gradient contains the second's derivative with
// respect to its input.
template <class A> using Around = Net64<Dense<3, 5, A>, Activate<Shape<5>, A>>;

// With constants other than the defaults.
using LeakyTenth = LeakyReluWith<std::ratio<1, 10>>;
using LeakyNegative = LeakyReluWith<std::ratio<-1, 4>>; // whose output does not show the sign of z
using EluHalf = EluWith<std::ratio<1, 2>>;
using SeluOther = SeluWith<std::ratio<3, 4>, std::ratio<5, 4>>;
using SteepSoftplus = SoftplusWith<std::ratio<5, 2>>;
using HardSigmoidFifth = HardSigmoidWith<std::ratio<1, 5>, std::ratio<1, 2>>; // ONNX's, and Keras' before 3

using All = std::tuple<Identity, Relu, LeakyRelu, Elu, Selu, Gelu, Silu, Sigmoid, Tanh, Softplus, Softsign,
                       HardSigmoid, Softmax, LogSoftmax, LeakyTenth, LeakyNegative, EluHalf,
                       EluWith<std::ratio<-1, 2>>, SeluOther, GeluTanh, SteepSoftplus, HardSigmoidFifth,
                       LogProbabilities>;

static_assert(LeakyRelu::slope == 0.01 && Elu::alpha == 1 && Softplus::beta == 1);
static_assert(Selu::alpha == 1.6732632423543772 && Selu::scale == 1.0507009873554805);
static_assert(HardSigmoid::alpha == 1. / 6 && HardSigmoid::beta == 0.5);
static_assert(LeakyRelu::derivative_from_output && !LeakyNegative::derivative_from_output);
static_assert(LeakyTenth::apply(-3.) == -3. * 0.1 && LeakyTenth::apply(2.f) == 2 && EluHalf::apply(2.) == 2);

TEMPLATE_LIST_TEST_CASE("the gradient through each activation is the derivative of the loss", "", All) {
    check_gradients<Around<TestType>>(MeanSquaredError{});
}

namespace {

/// y and dy/dz of A at each of PyTorch's points as one scalar, as one sample and across a block of samples.
template <class A, std::size_t N>
void check_elementwise(const std::array<std::array<double, N>, 2>& wanted, double derivative_error = 1e-14) {
    const auto& z = reference::pytorch::z;
    std::array<double, N> y, derivatives;
    for (std::size_t i = 0; i < N; ++i) {
        y[i] = A::apply(z[i]);
        derivatives[i] = A::derivative(z[i], y[i]);
    }
    CHECK(largest_error(y, wanted[0], 1) < 1e-15);
    CHECK(largest_error(derivatives, wanted[1], 1) < derivative_error);

    // The same in float, and in registers the same as for single values.
    Net<Activate<Shape<N>, A>> net;
    typename decltype(net)::Input input;
    for (std::size_t i = 0; i < N; ++i) input[i] = static_cast<float>(z[i]);
    const auto answer = net(input);
    CHECK(largest_error(answer, wanted[0], 1) < 3e-7);
    std::vector samples(3, input);
    std::vector<typename decltype(net)::Output> answers(3);
    net(samples, answers);
    for (const auto& other : answers) CHECK(largest_error(other, answer, 1e-7) < 3e-7);

    // NaN is not hidden.
    input[7] = math::not_a_number<float>();
    CHECK(math::is_nan(net(input)[7]));
    samples[1] = input;
    net(samples, answers);
    CHECK(math::is_nan(answers[1][7]));
    CHECK(answers[2] == answers[0]);
    CHECK(math::is_nan(A::apply(input[7])));
}

template <class A> void check_vectorwise(const std::array<std::array<std::array<double, 7>, 3>, 2>& wanted) {
    using namespace reference::pytorch;
    for (std::size_t s = 0; s < 3; ++s) {
        const NetOf<double, Activate<Shape<7>, A>> net;
        CHECK(largest_error(net(logits[s]), wanted[0][s], 1e-15) < 2e-15);

        constexpr std::size_t room = detail::padded(7);
        alignas(64) double y[room] = {}, dy[room] = {};
        std::copy_n(logits[s].begin(), 7, y);
        std::copy_n(derivatives[s].begin(), 7, dy);
        detail::for_each_sample<7>([](auto values) { A::forward(values); }, Sample<double>{y});
        detail::for_each_sample<7>([](auto out, auto g) { A::backward(out, g); }, Sample<const double>{y},
                                   Sample<double>{dy});
        CHECK(largest_error(std::span(y, 7), wanted[0][s], 1e-15) < 2e-15);
        CHECK(largest_error(std::span(dy, 7), wanted[1][s], 1e-3) < 1e-12);

        auto spoilt = logits[s];
        spoilt[s] = math::not_a_number<double>();
        for (const double value : net(spoilt)) CHECK(math::is_nan(value));
        const std::vector samples(3, spoilt);
        std::vector<std::array<double, 7>> answers(3);
        net(samples, answers);
        for (const auto& answer : answers)
            for (const double value : answer) CHECK(math::is_nan(value));
    }
}

template <class A, std::size_t N> double sum_of_outputs(double largest) {
    Net<Activate<Shape<N>, A>> net;
    typename decltype(net)::Input input;
    fill_random(input, N, -largest, largest);
    double sum = 0;
    for (const float y : net(input))
        sum += static_cast<double>(std::is_same_v<A, LogSoftmax> ? std::exp(y) : y);
    std::vector<typename decltype(net)::Output> answers(1);
    net(std::span(&input, 1), answers);
    for (std::size_t i = 0; i < N; ++i)
        CHECK(answers[0][i] == Approx(net(input)[i]).margin(1e-6).epsilon(1e-6));
    return sum;
}

} // namespace

// Absolute where y or the derivative is below 1 (PyTorch's Elu takes exp(z) - 1, its Gelu 1 + erf), else
// relative: values 1e-15, derivatives 1e-14, HardSigmoid's 4e-8 since PyTorch's 1/6 is a float there. Softmax
// relative, 2e-15 and 1e-12.
TEST_CASE("activations and their derivatives are PyTorch's") {
    namespace torch = reference::pytorch;
    check_elementwise<Identity>(torch::identity);
    check_elementwise<Relu>(torch::relu);
    check_elementwise<LeakyRelu>(torch::leaky_relu);
    check_elementwise<Elu>(torch::elu);
    check_elementwise<Selu>(torch::selu);
    check_elementwise<Gelu>(torch::gelu);
    check_elementwise<Silu>(torch::silu);
    check_elementwise<Sigmoid>(torch::sigmoid);
    check_elementwise<Tanh>(torch::tanh);
    check_elementwise<Softplus>(torch::softplus);
    check_elementwise<Softsign>(torch::softsign);
    check_elementwise<HardSigmoid>(torch::hard_sigmoid, 4e-8);
    check_elementwise<LeakyTenth>(torch::leaky_relu_tenth);
    check_elementwise<LeakyNegative>(torch::leaky_relu_negative);
    check_elementwise<EluHalf>(torch::elu_half);
    check_elementwise<SeluOther>(torch::selu_other);
    check_elementwise<GeluTanh>(torch::gelu_tanh);
    check_elementwise<SteepSoftplus>(torch::softplus_of_2_5);
    check_elementwise<HardSigmoidFifth>(torch::hard_sigmoid_fifth);
    check_vectorwise<Softmax>(torch::softmax);
    check_vectorwise<LogSoftmax>(torch::log_softmax);
}

namespace {

/// N values as one sample, and as a sample of a block, compared with single values: relative 3e-7, because a
/// multiply-add may be rounded once.
template <class A, class T, std::size_t N> void check_width() {
    const NetOf<T, Activate<Shape<N>, A>> net;
    const auto xs = random_samples<std::array<T, N>>(3, N, -8, 8);
    std::vector<std::array<T, N>> ys(3);
    net(xs, ys);
    std::array<T, N> wanted;
    for (std::size_t i = 0; i < N; ++i) wanted[i] = A::apply(xs[1][i]);
    const double error = std::is_same_v<T, float> ? 3e-7 : 1e-15;
    CAPTURE(N);
    CHECK(largest_error(net(xs[1]), wanted, 1e-3) < error);
    CHECK(largest_error(ys[1], wanted, 1e-3) < error);
}

} // namespace

TEMPLATE_TEST_CASE(
    "an activation with other constants is the same in registers of every width as for single values", "",
    LeakyRelu, LeakyTenth, LeakyNegative, EluHalf, SeluOther, GeluTanh, SteepSoftplus, HardSigmoidFifth) {
    const auto all = []<class T, std::size_t... N>(T, std::index_sequence<N...>) {
        (check_width<TestType, T, N + 1>(), ...);
    };
    all(float{}, std::make_index_sequence<2 * detail::widest<float> + 1>{});
    all(double{}, std::make_index_sequence<2 * detail::widest<double> + 1>{});
}

TEST_CASE("the derivative of Gelu's tanh form is 0 or 1 far from zero") {
    for (const float far : {60.f, 1e10f, 1e30f}) {
        CHECK(GeluTanh::derivative(far, far) == 1);
        CHECK(GeluTanh::derivative(-far, 0.f) == 0);
    }
}

// Relative 1e-14.
TEST_CASE("activations keep their digits where they are small") {
    CHECK(largest_error(std::array{Elu::apply(-1e-9)}, std::array{std::expm1(-1e-9)}) < 1e-15);
    CHECK(largest_error(std::array{Gelu::apply(-6.)}, std::array{-3 * std::erfc(6 / std::sqrt(2.))}) < 1e-14);
    CHECK(largest_error(std::array{Softplus::apply(-35.)}, std::array{std::log1p(std::exp(-35.))}) < 1e-15);
}

// Widths that are not a multiple of a register: the padding must not contribute.
TEMPLATE_TEST_CASE("probabilities sum to one at every width and for logits of any size", "", Softmax,
                   LogSoftmax) {
    for (const double largest : {1., 30., 1e4}) {
        [&]<std::size_t... N>(std::index_sequence<N...>) {
            ([&] { CHECK(sum_of_outputs<TestType, N>(largest) == Approx(1).epsilon(1e-6)); }(), ...);
        }(std::index_sequence<1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33>{});
    }
}

TEST_CASE("the softmax of equal logits is uniform, and of one that is far larger one-hot") {
    CHECK(Net<Activate<Shape<4>, Softmax>>{}({1e4f, 1e4f, 1e4f, 1e4f}) ==
          std::array{0.25f, 0.25f, 0.25f, 0.25f});
    CHECK(Net<Activate<Shape<3>, Softmax>>{}({-1e4f, 1e4f, 0}) == std::array{0.f, 1.f, 0.f});
    CHECK(Net<Activate<Shape<3>, LogSoftmax>>{}({-1e4f, 1e4f, 0}) == std::array{-2e4f, 0.f, -1e4f});
}

// A custom activation, written once for numbers and registers.
struct Square {
    template <class V> static constexpr V apply(V z) noexcept { return z * z; }
    template <class V> static constexpr V derivative(V z, V) noexcept { return V(2) * z; }
};
static_assert(Activation<Square> && Activation<Softmax> && !Activation<int>);
static_assert(Net<Activate<Shape<2>, Square>>{}({3.f, -2.f}) == std::array{9.f, 4.f});

TEST_CASE("the gradient through a custom activation is the derivative of the loss") {
    check_gradients<Around<Square>>(MeanSquaredError{});
}
