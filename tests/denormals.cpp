// The guard against subnormal numbers: what it changes, and that it puts everything back.
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

/// Whether a * b, computed here and now, is zero; by its bits, for a comparison may flush too.
template <class T> bool product_is_zero(T a, T b) {
    volatile T x = a, y = b;
    const T product = x * y;
    return std::bit_cast<math::Unsigned<T>>(product) == 0;
}

/// A result below the smallest normal number is zero.
template <class T> bool flushes_results() { return product_is_zero(std::numeric_limits<T>::min(), T(0.25)); }
/// An operand below it is, though the result would be above.
template <class T> bool flushes_operands() {
    return product_is_zero(std::numeric_limits<T>::denorm_min(), T(2) / std::numeric_limits<T>::epsilon());
}

void check_flushing(bool wanted) {
    CHECK(flushes_results<float>() == wanted);
    CHECK(flushes_operands<float>() == wanted);
    CHECK(flushes_results<double>() == wanted);
    CHECK(flushes_operands<double>() == wanted);
}

constexpr bool flushed = flush_denormals::supported;
volatile int many = 2000; // for the compiler not to know that two results are of the same steps

auto guarded(auto work) {
    flush_denormals guard;
    return work();
}

} // namespace

TEST_CASE("whether this CPU can flush is known") {
    if (!flush_denormals::supported) WARN("skipped: this CPU has no mode that flushes subnormal numbers");
#if defined(__x86_64__) || defined(__aarch64__)
    STATIC_REQUIRE(flush_denormals::supported);
#endif
}

TEST_CASE("subnormal numbers are zero while a guard lives, and numbers again when it is gone") {
    check_flushing(false);
    {
        flush_denormals guard;
        check_flushing(flushed);
    }
    check_flushing(false);
}

TEST_CASE("guards nest") {
    flush_denormals outer;
    {
        flush_denormals inner;
        check_flushing(flushed);
    }
    check_flushing(flushed);
}

TEST_CASE("the end of a guard leaves rounding and exceptions of the time between alone") {
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

TEST_CASE("a state that decays stays among the subnormal numbers for ever, and comes to rest with a guard") {
    using Decay = Net<Dense<9, 9>>; // its answer is its next input
    Decay net;
    for (std::size_t i = 0; i < Decay::inputs; ++i) net.layer<0>().weight(i, i) = 0.9f;
    const auto after = [&](int steps) {
        Decay::Output state;
        state.fill(1);
        for (int step = 0; step < steps; ++step) state = net(state);
        return state;
    };
    for (const float value : after(many)) CHECK(std::fpclassify(value) == FP_SUBNORMAL);
    for (const float value : guarded([&] { return after(many); })) CHECK((value == 0) == flushed);
}

TEST_CASE(
    "weights that only decay stay among the subnormal numbers for ever, and stay out of them with a guard") {
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
    CHECK(std::fpclassify(weight_after(many)) == FP_SUBNORMAL);
    CHECK((std::fpclassify(guarded([&] { return weight_after(many); })) != FP_SUBNORMAL) == flushed);
}

TEST_CASE("among normal numbers a guard changes no bit") {
    using N = Net<Dense<20, 33, Tanh>, Dense<33, 17, Relu>, Dense<17, 5, Softmax>>;
    N net;
    initialize(net, 3);
    const auto xs = random_samples<N::Input>(50, 5);
    const auto answers = [&] {
        std::vector<N::Output> ys(xs.size());
        net(xs, ys);
        return ys;
    };
    CHECK(answers() == guarded(answers));
}
