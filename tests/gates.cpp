// The gates of recurrent cells, which share divisions, against their equations in double, at every width.
#include "catch.hpp"

#include <tenon/math/gates.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <tuple>
#include <type_traits>

namespace {

namespace math = tenon::math;
namespace detail = tenon::detail;

[[maybe_unused]] double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Each has `of` registers of up to four numbers, for one sample or for a block, and the `truth` of one lane.
template <bool OfBlock> struct SigmoidTanh {
    template <class V> static V of(V o, V c, V, V) { return detail::sigmoid_tanh<OfBlock>(o, c); }
    static double truth(double o, double c, double, double) { return sigmoid(o) * std::tanh(c); }
};
template <bool OfBlock> struct LstmCellState {
    template <class V> static V of(V i, V f, V g, V c) {
        return detail::lstm_cell_state<OfBlock>(i, f, g, c);
    }
    static double truth(double i, double f, double g, double c) {
        return sigmoid(f) * c + sigmoid(i) * std::tanh(g);
    }
};
template <bool OfBlock> struct ResetGate {
    template <class V> static V of(V r, V, V, V) { return detail::reset_gate<OfBlock>(r); }
    static double truth(double r, double, double, double) { return sigmoid(r); }
};
template <bool OfBlock> struct ResetHiddenState {
    template <class V> static V of(V r, V, V, V h) { return detail::reset_hidden_state<OfBlock>(r, h); }
    static double truth(double r, double, double, double h) { return sigmoid(r) * h; }
};
template <bool OfBlock> struct GruHiddenState {
    template <class V> static V of(V z, V n, V, V h) { return detail::gru_hidden_state<OfBlock>(z, n, h); }
    static double truth(double z, double n, double, double h) {
        return sigmoid(-z) * std::tanh(n) + sigmoid(z) * h;
    }
};

using Gates = std::tuple<SigmoidTanh<false>, SigmoidTanh<true>, LstmCellState<false>, LstmCellState<true>,
                         ResetGate<false>, ResetGate<true>, ResetHiddenState<false>, ResetHiddenState<true>,
                         GruHiddenState<false>, GruHiddenState<true>>;

template <class F> void at_every_width(F f) {
    if constexpr (detail::has_register<float, 4>) f(std::integral_constant<std::size_t, 4>{});
    if constexpr (detail::has_register<float, 8>) f(std::integral_constant<std::size_t, 8>{});
    if constexpr (detail::has_register<float, 16>) f(std::integral_constant<std::size_t, 16>{});
}

template <class Gate, std::size_t W> std::array<float, W> result_of(const std::array<float, W> (&x)[4]) {
    const auto load = [&](std::size_t k) { return detail::load<tenon::Value<float, W>>(x[k].data()); };
    std::array<float, W> y;
    detail::store(y.data(), Gate::of(load(0), load(1), load(2), load(3)));
    return y;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("gates are within 4e-7 of their equations, whatever their sums", "", Gates) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> small(-1, 1), sum(-12, 12), large(-200, 200);
    at_every_width([&](auto width) {
        double worst = 0;
        std::array<float, width()> x[4];
        for (std::size_t trial = 0; trial < 20'000; ++trial) {
            for (std::size_t k = 0; k < 4; ++k)
                for (float& lane : x[k])
                    lane = k == 3 || trial % 4 == 0 ? small(random)
                           : trial % 4 == 1         ? large(random)
                                                    : sum(random);
            const auto y = result_of<TestType>(x);
            for (std::size_t i = 0; i < width(); ++i) {
                const double truth = TestType::truth(x[0][i], x[1][i], x[2][i], x[3][i]);
                worst = std::fmax(worst, std::abs(y[i] - truth) / std::fmax(1, std::abs(truth)));
            }
        }
        CAPTURE(width());
        CHECK(worst < 4e-7);
    });
}

TEMPLATE_LIST_TEST_CASE("gates of infinite sums have the limits of their equations", "", Gates) {
    at_every_width([](auto width) {
        std::array<float, width()> x[4];
        for (std::size_t signs = 0; signs < 8; ++signs) {
            const auto sign = [=](std::size_t k) { return signs >> k & 1 ? -1.f : 1.f; };
            for (std::size_t k = 0; k < 3; ++k) x[k].fill(sign(k) * math::infinite<float>());
            x[3].fill(0.5f);
            const double limit = TestType::truth(100 * sign(0), 100 * sign(1), 100 * sign(2), 0.5);
            for (const float y : result_of<TestType>(x)) CHECK(std::abs(y - limit) < 3e-7);
        }
    });
}

TEMPLATE_LIST_TEST_CASE("gates give NaN for NaN of any bits", "", Gates) {
    constexpr std::uint32_t quiet = 0x7fc00000, sign = 0x80000000;
    at_every_width([&](auto width) {
        for (const std::uint32_t bits : {quiet, quiet | 1, quiet | 0xff, quiet | 0x3fffff, quiet | sign,
                                         quiet | sign | 0x155, quiet | sign | 0x3fffff})
            for (std::size_t k = 0; k < 4; ++k) {
                std::array<float, width()> x[4];
                for (auto& numbers : x) numbers.fill(0.25f);
                const auto without = result_of<TestType>(x);
                x[k].fill(math::from_bits<float>(bits));
                const auto y = result_of<TestType>(x);
                CAPTURE(width(), bits, k);
                for (std::size_t i = 0; i < width(); ++i) CHECK((math::is_nan(y[i]) || y[i] == without[i]));
                x[0] = x[1] = x[2] = x[3] = x[k];
                for (const float lane : result_of<TestType>(x)) CHECK(math::is_nan(lane));
            }
    });
}
