// The gradient of a net and a loss against central differences, in double.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

template <class... Layers> using Net64 = tenon::NetOf<double, Layers...>;

template <class N, class L> struct Case {
    using Net = N;
    using Loss = L;
};

/// df/dp by differences of fourth order over the step: its error is far below 1e-10 for smooth f.
template <class F> double derivative(F f, double& p) {
    constexpr double step = 2e-4;
    const double middle = p;
    const auto at = [&](double shift) {
        p = middle + shift;
        return f();
    };
    const double result = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    p = middle;
    return result;
}

/// What targets a loss is given: numbers like the outputs', or shares of classes.
template <class Loss>
constexpr bool takes_shares =
    std::is_same_v<Loss, tenon::BinaryCrossEntropy> || std::is_same_v<Loss, tenon::CrossEntropy> ||
    std::is_same_v<Loss, tenon::NegativeLogLikelihood>;

/// Relative 1e-6, of 1e-3 times the largest derivative for derivatives smaller than that.
template <class Net, class Loss> void check_gradients(Loss loss) {
    Net net;
    fill_random(net.parameters(), 11, -0.9, 0.9);
    constexpr std::size_t batch = 2 * tenon::detail::widest<double>, count = batch + 5;
    const auto xs = random_samples<typename Net::Input>(count, 100, -1.5, 1.5);
    const auto ts = random_samples<typename Net::Output>(count, 200, takes_shares<Loss> ? 0.05 : -1, 1);
    const auto differences = [&](std::size_t first, std::size_t samples) {
        std::vector<double> result;
        for (double& p : net.parameters())
            result.push_back(derivative(
                [&] {
                    return tenon::evaluate(net, loss, std::span(xs).subspan(first, samples),
                                           std::span(ts).subspan(first, samples));
                },
                p));
        return result;
    };
    const auto error = [](const auto& found, const std::vector<double>& wanted) {
        double largest = 0;
        for (const double value : wanted) largest = std::max(largest, std::abs(value));
        REQUIRE(largest > 1e-3);
        return largest_error(found, wanted, 1e-3 * largest);
    };

    for (const std::size_t s : {std::size_t{0}, count - 1})
        CHECK(error(tenon::gradient(net, loss, xs[s], ts[s]), differences(s, 1)) < 1e-6);

    tenon::Trainer<Net, Loss, tenon::Sgd, batch> trainer(net, loss, tenon::Sgd{.learning_rate = 0});
    for (const std::size_t samples : {std::size_t{1}, std::size_t{3}, batch, count}) {
        const double said = trainer.step(std::span(xs).first(samples), std::span(ts).first(samples));
        CHECK(error(trainer.gradient(), differences(0, samples)) < 1e-6);
        CHECK(said ==
              Approx(tenon::evaluate(net, loss, std::span(xs).first(samples), std::span(ts).first(samples)))
                  .epsilon(1e-13));
    }
}
