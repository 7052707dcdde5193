// Dense: sizes, where its weights lie, and what it computes.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cstddef>
#include <type_traits>

using namespace tenon;

static_assert(Layer<Dense<2, 3>> && Layer<Dense<2, 3, Sigmoid, false>> && Layer<Dense<2, 3, Softmax>>);
static_assert(!Layer<int> && !Layer<Sigmoid>);
static_assert(Dense<2, 3>::parameter_count == 9 && Dense<2, 3, Identity, false>::parameter_count == 6);
static_assert(Dense<784, 128>::multiply_adds == 784 * 128);
static_assert(Dense<2, 3>::tensors.size() == 2 && Dense<2, 3, Relu, false>::tensors.size() == 1);
// PyTorch's names and shapes: weight [out, in], bias [out].
static_assert(Dense<2, 3>::tensors[0].name == "weight" && Dense<2, 3>::tensors[1].name == "bias");
static_assert(Dense<2, 3>::tensors[0].shape[0] == 3 && Dense<2, 3>::tensors[0].shape[1] == 2);
static_assert(Dense<2, 3>::tensors[0].fan_in == 2 && Dense<2, 3>::tensors[0].fan_out == 3);

namespace {

/// Parameters 1, 2, 3 ... in flat order.
template <class N> constexpr N numbered() {
    N net;
    for (std::size_t i = 0; i < net.parameter_count; ++i)
        net.parameters()[i] = static_cast<typename N::Scalar>(i + 1);
    return net;
}

// Flat order: weights input-major, [in][out], then biases: W[o][i] = 1 + 3 i + o, b[o] = 7 + o.
constexpr auto net = numbered<Net<Dense<2, 3>>>();
static_assert(net.layer<0>().weight(0, 0) == 1 && net.layer<0>().weight(1, 0) == 2 &&
              net.layer<0>().weight(2, 0) == 3);
static_assert(net.layer<0>().weight(0, 1) == 4 && net.layer<0>().weight(2, 1) == 6);
static_assert(net.layer<0>().bias(0) == 7 && net.layer<0>().bias(2) == 9);
// y = W x + b
static_assert(net({1.f, 0.f}) == std::array{8.f, 10.f, 12.f});
static_assert(net({0.f, 1.f}) == std::array{11.f, 13.f, 15.f});
static_assert(net({10.f, -1.f}) == std::array{1 * 10 - 4 + 7.f, 2 * 10 - 5 + 8.f, 3 * 10 - 6 + 9.f});
static_assert(numbered<Net<Dense<2, 3, Identity, false>>>()({1.f, 1.f}) == std::array{5.f, 7.f, 9.f});
static_assert(numbered<Net<Dense<2, 3, Relu>>>()({-10.f, 1.f}) == std::array{1.f, 0.f, 0.f});

} // namespace

TEST_CASE("Dense gives the same output at run time as in a constant expression") {
    auto copy = net;
    CHECK(copy({10.f, -1.f}) == net({10.f, -1.f}));
    copy.layer<0>().weight(1, 0) = 0.5f;
    copy.layer<0>().bias(1) = 0.25f;
    CHECK(copy.parameters()[1] == 0.5f);
    CHECK(copy.parameters()[7] == 0.25f);
    CHECK(copy({1.f, 0.f}) == std::array{8.f, 0.75f, 12.f});
}

TEST_CASE("the gradient of a linear Dense is dy x^T and dy") {
    // Half squared error: dy = y - t; here y = (8, 10, 12), t = y - (1, 2, 3).
    CHECK(gradient(net, HalfSquaredError{}, {1.f, 0.f}, {7.f, 8.f, 9.f}) ==
          std::array{1.f, 2.f, 3.f, 0.f, 0.f, 0.f, 1.f, 2.f, 3.f});
    static_assert(gradient(net, HalfSquaredError{}, {1.f, 0.f}, {7.f, 8.f, 9.f}) ==
                  std::array{1.f, 2.f, 3.f, 0.f, 0.f, 0.f, 1.f, 2.f, 3.f});
}
