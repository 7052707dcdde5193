// flush_denormals: what it changes, and that it restores everything.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

using namespace tenon;

static_assert(std::is_nothrow_default_constructible_v<flush_denormals>);
static_assert(std::is_nothrow_destructible_v<flush_denormals>);
static_assert(!std::is_copy_constructible_v<flush_denormals> && !std::is_move_assignable_v<flush_denormals>);

namespace {

/// True if a * b, computed at run time, is zero. Checks the bits, because a comparison may flush as well.
template <class T> bool product_is_zero(T a, T b) {
    volatile T x = a, y = b;
    const T product = x * y;
    return std::bit_cast<math::Unsigned<T>>(product) == 0;
}

/// True if a result below the smallest normal number becomes zero.
template <class T> bool flushes_results() { return product_is_zero(std::numeric_limits<T>::min(), T(0.25)); }
/// True if a subnormal operand counts as zero, although the result would be normal.
template <class T> bool flushes_operands() {
    return product_is_zero(std::numeric_limits<T>::denorm_min(), T(2) / std::numeric_limits<T>::epsilon());
}

void check_flushing(bool expected) {
    CHECK(flushes_results<float>() == expected);
    CHECK(flushes_operands<float>() == expected);
    CHECK(flushes_results<double>() == expected);
    CHECK(flushes_operands<double>() == expected);
}

constexpr bool flushed = flush_denormals::supported;
volatile int many_steps = 2000; // volatile, so that the compiler cannot merge two runs of as many steps

auto guarded(auto work) {
    flush_denormals guard;
    return work();
}

} // namespace

TEST_CASE("flush_denormals is supported on x86-64 and AArch64") {
    if (!flush_denormals::supported) WARN("skipped: this CPU has no mode that flushes subnormal numbers");
#if defined(__x86_64__) || defined(__aarch64__)
    STATIC_REQUIRE(flush_denormals::supported);
#endif
}

TEST_CASE("subnormal numbers count as zero while a guard exists, and not after it") {
    check_flushing(false);
    {
        flush_denormals guard;
        check_flushing(flushed);
    }
    check_flushing(false);
}

TEST_CASE("an inner guard's end leaves the outer guard active") {
    flush_denormals outer;
    {
        flush_denormals inner;
        check_flushing(flushed);
    }
    check_flushing(flushed);
}

TEST_CASE("a guard's end keeps the rounding mode and the exception flags that were set within it") {
    std::feclearexcept(FE_ALL_EXCEPT);
    {
        flush_denormals guard;
        std::fesetround(FE_UPWARD);
        std::feraiseexcept(FE_DIVBYZERO);
    }
    CHECK(std::fegetround() == FE_UPWARD);
    CHECK(std::fetestexcept(FE_DIVBYZERO) != 0);
    std::fesetround(FE_TONEAREST);
}

TEST_CASE("a decaying state stays subnormal for ever without a guard, and reaches zero with one") {
    using Decay = Net<Dense<9, 9>>; // its output is its next input
    Decay net;
    for (std::size_t i = 0; i < Decay::inputs; ++i) net.layer<0>().weight(i, i) = 0.9f;
    const auto after = [&](int steps) {
        Decay::Output state;
        state.fill(1);
        for (int step = 0; step < steps; ++step) state = net(state);
        return state;
    };
    for (const float value : after(many_steps)) CHECK(std::fpclassify(value) == FP_SUBNORMAL);
    for (const float value : guarded([&] { return after(many_steps); })) CHECK((value == 0) == flushed);
}

TEST_CASE("a weight that only decays becomes subnormal without a guard, and not with one") {
    using N = Net<Dense<2, 9>>;
    const auto weight_after = [](int steps) {
        N net;
        N::Output target;
        net.layer<0>().weight(3, 1) = 1;
        target.fill(1);
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1, .weight_decay = 1}};
        for (int step = 0; step < steps; ++step) trainer.step({1.f, 0.f}, target);
        return net.layer<0>().weight(3, 1);
    };
    CHECK(std::fpclassify(weight_after(many_steps)) == FP_SUBNORMAL);
    CHECK((std::fpclassify(guarded([&] { return weight_after(many_steps); })) != FP_SUBNORMAL) == flushed);
}

TEST_CASE("a guard changes no bit of results computed from normal numbers") {
    using N = Net<Dense<20, 33, Tanh>, Dense<33, 17, Relu>, Dense<17, 5, Softmax>>;
    N net;
    initialize(net, 3);
    const auto xs = random_samples<N::Input>(50, 5);
    const auto outputs = [&] {
        std::vector<N::Output> ys(xs.size());
        net(xs, ys);
        return ys;
    };
    CHECK(outputs() == guarded(outputs));
}
