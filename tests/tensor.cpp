// Tensor and Parameters: a layer's parameters by name and index, and which indices are refused.
#define _GLIBCXX_ASSERTIONS // so that indices are checked in every build

#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

using namespace tenon;

namespace {

constexpr Tensor weight{"weight", 5, 2, {2, 3}, {1, 2}, 3, 2};
static_assert(weight.size() == 6 && weight.at(1, 2) == 5 + 1 + 4);
static_assert(weight.contains(1, 2) && !weight.contains(2, 1) && !weight.contains(1, 3));
static_assert(!weight.contains(1) && !weight.contains(0, 0, 0) && !weight.contains(-1, 0));

using N = Net<Dense<2, 3>, Net<Dense<3, 4, Relu, false>>, Activate<Shape<4>, Tanh>>;
static_assert(std::is_same_v<decltype(N{}.layer<0>().tensor("weight", 0, 0)), float&>);
static_assert(std::is_same_v<decltype(std::declval<const N&>().layer<0>().tensor("bias", 0)), const float&>);
static_assert(detail::tensors_of<Activate<Shape<4>, Tanh>>.empty());

constexpr N numbered = [] {
    N net;
    for (std::size_t i = 0; i < N::parameter_count; ++i) net.parameters()[i] = static_cast<float>(i);
    return net;
}();
static_assert(numbered.layer<0>().tensor("weight", 2, 1) == numbered.layer<0>().weight(2, 1));
static_assert(numbered.layer<0>().tensor("bias", 1) == 7);
static_assert(numbered.layer<1>().layer<0>().tensor("weight", 3, 2) == 9 + 4 * 2 + 3);

/// Whether f ends the program; runs it in another process.
template <class F> bool ends_the_program(F f) {
    const pid_t child = fork();
    if (child == 0) {
        for (const int signal : {SIGILL, SIGTRAP, SIGABRT}) std::signal(signal, SIG_DFL); // not Catch2's
        f();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

} // namespace

TEST_CASE("a tensor's element is found by PyTorch's name and indices, to read and to write") {
    N net;
    const float matrix[3][2] = {{1, 2}, {3, 4}, {5, 6}}; // [out][in], as PyTorch has it
    for (int o = 0; o < 3; ++o)
        for (int i = 0; i < 2; ++i) net.layer<0>().tensor("weight", o, i) = matrix[o][i];
    net.layer<0>().tensor("bias", 1) = 0.5f;
    CHECK(net.layer<0>().weight(1, 0) == 3);
    CHECK(net.layer<0>().bias(1) == 0.5f);
    CHECK(net.parameters()[0] == 1); // [in][out]
    CHECK(net.parameters()[1] == 3);
}

TEST_CASE("an index out of range ends the program if assertions are on") {
    N net;
    std::size_t two = 2, one = 1, three = 3;
    CHECK_FALSE(ends_the_program([&] { net.layer<0>().weight(two, one) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().weight(one, two) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().weight(three, 0) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().weight(0, -1) = 1; }));
    CHECK_FALSE(ends_the_program([&] { net.layer<0>().bias(two) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().bias(three) = 1; }));
    CHECK(ends_the_program([&] { net.layer<1>().layer<0>().weight(one, three) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().tensor("weight", one, two) = 1; }));
}

TEST_CASE("a tensor of another name or rank ends the program") {
    N net;
    CHECK(ends_the_program([&] { net.layer<0>().tensor("weights", 0, 0) = 1; }));
    CHECK(ends_the_program([&] { net.layer<0>().tensor("weight", 0) = 1; }));
    CHECK(ends_the_program([&] { net.layer<1>().layer<0>().tensor("bias", 0) = 1; }));
    CHECK(ends_the_program([&] { net.layer<2>().tensor("weight", 0, 0) = 1; }));
}
