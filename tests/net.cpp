// Net: its type, its value, inference for one and many, and nesting.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;

using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;
using Xor64 = NetOf<double, Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

static_assert(Xor::inputs == 2 && Xor::outputs == 1 && Xor::layer_count == 2 && Xor::parameter_count == 13);
static_assert(std::is_trivially_copyable_v<Xor> && std::is_same_v<Xor::Input, std::array<float, 2>>);
static_assert(std::is_same_v<Xor::Output, std::array<float, 1>> &&
              std::is_same_v<Xor64::Input, std::array<double, 2>>);
static_assert(Chain<Dense<2, 3>, Dense<3, 1>> && !Chain<Dense<2, 3>, Dense<4, 1>> && !Chain<> && !Chain<int>);
static_assert(!Chain<Dense<0, 3>> && Chain<Xor, Dense<1, 2>> && !Chain<Xor, Dense<2, 2>>);
static_assert(Layer<Xor> && noexcept(std::declval<const Xor&>()(Xor::Input{})));
static_assert(std::is_same_v<decltype(Xor{}.parameters()), std::span<float, 13>>);
static_assert(std::is_same_v<decltype(std::declval<const Xor&>().parameters()), std::span<const float, 13>>);
static_assert(Xor{}({0.f, 1.f})[0] == 0.5f); // every parameter zero
static_assert(sizeof(Xor) == 128 && alignof(Xor) == 64);

TEST_CASE("layers, and layers of nested nets, are parts of the flat parameters") {
    Net<Dense<2, 3>, Net<Dense<3, 2, Relu, false>, Activate<Shape<2>, Tanh>, Dense<2, 1>>> net;
    static_assert(net.parameter_count == 9 + 6 + 3 && net.layer_count == 2);
    for (std::size_t i = 0; i < net.parameter_count; ++i) net.parameters()[i] = static_cast<float>(i);
    CHECK(net.layer<0>().weight(2, 1) == 5);
    CHECK(net.layer<1>().layer<0>().weight(1, 2) == 9 + 5);
    CHECK(net.layer<1>().layer<2>().weight(0, 1) == 16);
    CHECK(std::as_const(net).layer<1>().layer<2>().bias(0) == 17);
    net.layer<1>().layer<2>().bias(0) = -1;
    CHECK(net.parameters()[17] == -1);
}

TEST_CASE("a nested net has the outputs of its layers in one net") {
    Net<Dense<3, 5, Gelu>, Dense<5, 17, Softmax>, Dense<17, 2, Tanh>> flat;
    Net<Net<Dense<3, 5, Gelu>, Net<Dense<5, 17, Softmax>>>, Dense<17, 2, Tanh>> nested;
    initialize(flat, 3);
    std::ranges::copy(flat.parameters(), nested.parameters().begin());
    const auto xs = random_samples<decltype(flat)::Input>(40, 1);
    std::vector<decltype(flat)::Output> a(40), b(40);
    flat(xs, a);
    nested(xs, b);
    CHECK(a == b);
    for (const auto& x : xs) CHECK(flat(x) == nested(x));
}

namespace {

/// In batches of every size and at every position, an output has the bits of a batch of one sample; these
/// agree with the output of a call with one sample to 1e-5 of 0.1 (another order of sums).
template <class N> void check_positions_in_batch() {
    N net;
    initialize(net, 5);
    constexpr std::size_t max_samples = 2 * 48 + 3; // two blocks and a part of one
    const auto xs = random_samples<typename N::Input>(max_samples, 77);
    std::vector<typename N::Output> alone(max_samples);
    for (std::size_t s = 0; s < max_samples; ++s) {
        net(std::span(xs).subspan(s, 1), std::span(alone).subspan(s, 1));
        CHECK(largest_error(net(xs[s]), alone[s], 0.1) < 1e-5);
    }
    for (std::size_t count = 0; count <= max_samples; ++count) {
        std::vector<typename N::Output> ys(count + 1, typename N::Output{1234.5});
        const std::size_t first = max_samples - count;
        net(std::span(xs).subspan(first), std::span(ys).first(count));
        std::size_t differing = 0;
        for (std::size_t s = 0; s < count; ++s)
            differing += std::memcmp(&ys[s], &alone[first + s], sizeof ys[s]) != 0;
        INFO("a batch of " << count);
        CHECK(differing == 0);
        CHECK(ys[count][0] == typename N::Scalar(1234.5));
    }
}

} // namespace

TEST_CASE("an output does not depend on the position of its sample in a batch, bit by bit") {
    check_positions_in_batch<Net<Dense<3, 19, Tanh>, Dense<19, 5, Relu>, Dense<5, 3, Softmax>>>();
    check_positions_in_batch<Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Gelu>>>();
    check_positions_in_batch<Net<Dense<33, 1, LogSoftmax>, Dense<1, 9, Silu>>>();
    check_positions_in_batch<Net<Dense<40, 19, Relu>, Dense<19, 2>>>();
    check_positions_in_batch<NetOf<double, Dense<3, 11, Elu>, Dense<11, 2, LogSoftmax>>>();
}

TEST_CASE("if the numbers of inputs and outputs differ, every output becomes NaN") {
    const Xor net{};
    const std::vector<Xor::Input> xs(3, {0, 1});
    std::vector<Xor::Output> ys(3, {-1.f});
    net(xs, ys);
    CHECK(ys == std::vector<Xor::Output>(3, {0.5f}));
    for (const std::size_t count : {std::size_t{2}, std::size_t{4}}) {
        ys.assign(count, {-1.f});
        net(xs, ys);
        for (const auto& y : ys) CHECK(math::is_nan(y[0]));
    }
}

TEST_CASE("a net with one input accepts one number in braces") {
    Net<Dense<1, 1>> net;
    net.layer<0>().weight(0, 0) = 3;
    CHECK(net({2.f})[0] == 6);
}
