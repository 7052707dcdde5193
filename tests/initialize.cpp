// initialize: the same numbers on every platform, and the variance of each scheme.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

using namespace tenon;

namespace {

template <class Net> constexpr Net started(std::uint64_t seed) {
    Net net;
    initialize(net, seed);
    return net;
}
template <class Net, class Scheme> constexpr Net started(std::uint64_t seed, const Scheme& scheme) {
    Net net;
    initialize(net, seed, scheme);
    return net;
}

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

constexpr Xor born = started<Xor>(42);
constexpr Xor born_normal = started<Xor>(42, HeNormal{});

// Biases are zero, and a nested net starts with the weights of its layers in one net.
static_assert(born.layer<0>().bias(0) == 0 && born.layer<0>().bias(2) == 0 && born.layer<1>().bias(0) == 0);
static_assert(started<Xor>(1, Constant{0.25}).layer<1>().weight(0, 2) == 0.25f);
static_assert([] {
    constexpr auto flat = started<Net<Dense<2, 3, Relu>, Dense<3, 4, Tanh>, Dense<4, 1>>>(5);
    constexpr auto nested = started<Net<Net<Dense<2, 3, Relu>, Dense<3, 4, Tanh>>, Dense<4, 1>>>(5);
    for (std::size_t i = 0; i < flat.parameter_count; ++i)
        if (flat.parameters()[i] != nested.parameters()[i]) return false;
    return true;
}());

/// Mean and variance of the weights of Dense<In, Out, A>, and the largest.
struct Moments {
    double mean = 0, variance = 0, largest = 0;
};
template <std::size_t In, std::size_t Out, class A, class... Scheme>
Moments moments(const Scheme&... scheme) {
    const auto net = std::make_unique<Net<Dense<In, Out, A>>>();
    initialize(*net, 3, scheme...);
    Moments m;
    const auto weights = net->parameters().first(In * Out);
    for (const double w : weights) {
        m.mean += w / (In * Out);
        m.variance += w * w / (In * Out);
        m.largest = std::max(m.largest, std::abs(w));
    }
    for (const float bias : net->parameters().subspan(In * Out)) CHECK(bias == 0);
    return m;
}

/// 60000 weights: the variance has a standard error of 0.4% (uniform) or 0.6% (normal); the tolerance is
/// four.
void check(const Moments& m, double variance, bool normal) {
    CHECK(std::abs(m.mean) < 4 * std::sqrt(variance / 60000));
    CHECK(m.variance == Approx(variance).epsilon(normal ? 0.024 : 0.016));
    const double limit = std::sqrt(3 * variance);
    if (normal) CHECK(m.largest > 3.5 * std::sqrt(variance));
    else CHECK((m.largest <= limit * (1 + 1e-6) && m.largest > 0.999 * limit));
}

} // namespace

TEST_CASE("each scheme has its variance") {
    check(moments<200, 300, Tanh>(XavierUniform{}), 2. / 500, false);
    check(moments<200, 300, Tanh>(XavierNormal{}), 2. / 500, true);
    check(moments<200, 300, Tanh>(HeUniform{}), 2. / 200, false);
    check(moments<200, 300, Tanh>(HeNormal{}), 2. / 200, true);
    check(moments<200, 300, Tanh>(LeCunUniform{}), 1. / 200, false);
    check(moments<200, 300, Tanh>(LeCunNormal{}), 1. / 200, true);
    check(moments<200, 300, Tanh>(Uniform{-0.3, 0.3}), 0.03, false);
    check(moments<200, 300, Tanh>(Normal{0, 0.5}), 0.25, true);
    CHECK(moments<200, 300, Tanh>(Normal{2, 0.5}).mean == Approx(2).epsilon(0.005));
    CHECK(moments<200, 300, Tanh>(Uniform{0, 1}).mean == Approx(0.5).epsilon(0.01));
}

TEST_CASE("without a scheme the activation chooses: Xavier for sigmoids, He for rectifiers, LeCun for Selu") {
    check(moments<200, 300, Sigmoid>(), 2. / 500, false);
    check(moments<200, 300, Tanh>(), 2. / 500, false);
    check(moments<200, 300, Identity>(), 2. / 500, false);
    check(moments<200, 300, Softmax>(), 2. / 500, false);
    check(moments<200, 300, Relu>(), 2. / 200, false);
    check(moments<200, 300, LeakyRelu>(), 2. / 200, false);
    check(moments<200, 300, LeakyReluWith<std::ratio<1, 10>>>(), 2. / 200, false);
    check(moments<200, 300, GeluTanh>(), 2. / 200, false);
    check(moments<200, 300, SeluWith<std::ratio<3, 4>, std::ratio<5, 4>>>(), 1. / 200, false);
    check(moments<200, 300, Gelu>(), 2. / 200, false);
    check(moments<200, 300, Selu>(), 1. / 200, false);
}

TEST_CASE("a net initialized at run time is the one initialized by the compiler, bit by bit") {
    CHECK(std::ranges::equal(started<Xor>(42).parameters(), born.parameters()));
    CHECK(std::ranges::equal(started<Xor>(42, HeNormal{}).parameters(), born_normal.parameters()));
}

// In constant expressions the square root is by Newton's method: the weights must be the same.
TEST_CASE("limits of schemes are the same numbers in constant expressions, for every fan to 300") {
    constexpr auto drawn = [] {
        std::array<float, 300> weights{};
        for (std::size_t fan = 1; fan <= 300; ++fan) {
            Random random(fan);
            weights[fan - 1] = static_cast<float>(XavierUniform{}(random, fan, 7));
        }
        return weights;
    };
    static constexpr auto by_compiler = drawn();
    CHECK(drawn() == by_compiler);
}

TEST_CASE("float and double nets start with the same numbers, and other seeds with other numbers") {
    const auto wide = started<NetOf<double, Dense<5, 7, Relu>, Dense<7, 2>>>(9);
    const auto narrow = started<Net<Dense<5, 7, Relu>, Dense<7, 2>>>(9);
    CHECK(std::ranges::equal(wide.parameters(), narrow.parameters()));
    CHECK_FALSE(std::ranges::equal(started<Xor>(1).parameters(), started<Xor>(2).parameters()));
}

// The numbers of g++ 12.2 on x86-64; other compilers and CPUs must compute the same bits.
TEST_CASE("the weights of seed 42 are the same with every compiler and CPU") {
    constexpr std::array uniform{0x1.0ef8d4p-1f,  -0x1.7d7d9ep-1f, -0x1.f0b3bcp-2f, -0x1.5d8dc6p-2f,
                                 -0x1.031aa4p+0f, 0x1.9d0dfap-1f,  0x0p+0f,         0x0p+0f,
                                 0x0p+0f,         -0x1.6128b2p-1f, 0x1.7908b8p-1f,  -0x1.917f56p-2f,
                                 0x0p+0f};
    constexpr std::array normal{0x1.d99484p+0f,  -0x1.b7b24ap-4f, -0x1.420e92p+0f, -0x1.53021ep+0f,
                                -0x1.f82c3ep-1f, 0x1.9a8552p+0f,  0x0p+0f,         0x0p+0f,
                                0x0p+0f,         -0x1.87e17cp+0f, 0x1.c595e4p-5f,  -0x1.aea5a4p-4f,
                                0x0p+0f};
    CHECK(std::ranges::equal(born.parameters(), uniform));
    CHECK(std::ranges::equal(born_normal.parameters(), normal));
}

TEST_CASE(
    "PyTorch's default is uniform in 1 / sqrt(fan_in), for weights and biases; norms stay as they are") {
    using N = Net<Dense<200, 300, Relu>, LayerNorm<Shape<300>>, Dense<300, 2>>;
    const auto net = std::make_unique<N>();
    initialize(*net, 3, PyTorchDefault{});
    const auto check_uniform = [](std::span<const float> values, double fan_in) {
        double square = 0, largest = 0;
        for (const double v : values) {
            square += v * v / static_cast<double>(values.size());
            largest = std::max(largest, std::abs(v));
        }
        CHECK(largest <= 1 / std::sqrt(fan_in) * (1 + 1e-6));
        CHECK(largest > 0.97 / std::sqrt(fan_in));
        CHECK(square == Approx(1 / (3 * fan_in)).epsilon(values.size() > 1000 ? 0.016 : 0.21));
    };
    check_uniform(net->parameters().first(60000), 200);
    check_uniform(net->parameters().subspan(60000, 300), 200);
    check_uniform(net->parameters().subspan(60900, 600), 300);
    for (std::size_t i = 0; i < 300; ++i) {
        CHECK(net->layer<1>().weight(i) == 1);
        CHECK(net->layer<1>().bias(i) == 0);
    }
}

namespace {

/// The largest error of the products of rows (columns if there are more rows) of the weights of layer L.
template <class L, class T> double orthogonality_error(const Parameters<L, T>& layer, double gain) {
    constexpr auto weight = L::tensors[0];
    const std::size_t rows = weight.shape[0], columns = weight.size() / rows;
    const bool by_row = rows <= columns;
    double worst = 0;
    for (std::size_t a = 0; a < std::min(rows, columns); ++a)
        for (std::size_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (std::size_t i = 0; i < std::max(rows, columns); ++i)
                sum += static_cast<double>(by_row ? layer.weight(a, i) : layer.weight(i, a)) *
                       static_cast<double>(by_row ? layer.weight(b, i) : layer.weight(i, b));
            worst = std::max(worst, std::abs(sum - (a == b ? gain * gain : 0)));
        }
    return worst;
}
template <std::size_t In, std::size_t Out> double orthogonality_of(double gain) {
    const auto net = std::make_unique<Net<Dense<In, Out>>>();
    initialize(*net, 11, Orthogonal{gain});
    return orthogonality_error(std::as_const(*net).template layer<0>(), gain);
}

constexpr auto orthogonal_by_compiler = started<Net<Dense<3, 4, Tanh>, Dense<4, 2>>>(42, Orthogonal{});

} // namespace

TEST_CASE("orthogonal weights are orthonormal times the gain, with more rows, more columns, and square") {
    CHECK(orthogonality_of<5, 3>(1) < 1e-6);
    CHECK(orthogonality_of<3, 5>(1) < 1e-6);
    CHECK(orthogonality_of<40, 40>(1.5) < 3e-6);
    CHECK(orthogonality_of<1, 1>(2) < 1e-6);
    CHECK(orthogonality_of<300, 100>(1) < 2e-6);
    CHECK(std::ranges::equal(started<Net<Dense<3, 4, Tanh>, Dense<4, 2>>>(42, Orthogonal{}).parameters(),
                             orthogonal_by_compiler.parameters()));
    // The numbers of g++ 12.2 on x86-64; other compilers and CPUs must compute the same bits.
    constexpr std::array wanted{0x1.6c05c2p-1f,  -0x1.51fa38p-5f, -0x1.ef1ae4p-2f, -0x1.049516p-1f,
                                -0x1.98c218p-2f, 0x1.36129ap-1f,  -0x1.5faddep-1f, 0x1.7732d2p-5f,
                                0x1.fb22dcp-4f,  0x1.746adap-1f,  0x1.15cf8cp-1f,  -0x1.9b1b02p-2f};
    CHECK(std::ranges::equal(orthogonal_by_compiler.parameters().first(wanted.size()), wanted));
}

TEST_CASE("a layer alone is initialized by a scheme of its own, and the others stay") {
    using N = Net<Dense<3, 4, Relu>, Net<Dense<4, 5, Relu>, Dense<5, 4>>, Dense<4, 2>>;
    N net = started<N>(1), before = net;
    initialize(net.layer<0>(), 7, Orthogonal{.gain = 2});
    CHECK(orthogonality_error(std::as_const(net).layer<0>(), 2) < 1e-5);
    CHECK(std::ranges::equal(net.parameters().subspan(16), before.parameters().subspan(16)));
    initialize(net.layer<1>(), 7);
    CHECK(std::ranges::equal(net.parameters().subspan(16, 49),
                             started<Net<Dense<4, 5, Relu>, Dense<5, 4>>>(7).parameters()));
    initialize(net.layer<2>(), 7, Constant{0.5});
    CHECK(net.layer<2>().weight(1, 3) == 0.5f);
}
