// A tape's gradients against central differences, in double.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "differences.hpp"
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

/// Loss of all outputs: sum of c y + y^2 / 2, so that dLoss/dy = c + y.
template <class Output> double loss_and_derivatives(std::span<const Output> ys, std::span<Output> dys) {
    double loss = 0;
    for (std::size_t s = 0; s < ys.size(); ++s)
        for (std::size_t o = 0; o < ys[s].size(); ++o) {
            const double c = std::sin(static_cast<double>(3 * s + 5 * o)), y = ys[s][o];
            loss += c * y + y * y / 2;
            dys[s][o] = c + y;
        }
    return loss;
}

/// A tape's gradients by parameters and inputs against differences of its own outputs, with the same random
/// numbers. Parameters are random numbers from `low` to 0.9. Relative 1e-6, of 1e-3 times the largest for
/// smaller ones.
template <class Net, std::size_t Batch, class ModeOf>
void check_differences(std::size_t samples, double low = 0.2) {
    Net net;
    fill_random(net.parameters(), 11, low, 0.9);
    auto xs = random_samples<typename Net::Input>(samples, 100, -1.5, 1.5);
    std::vector<typename Net::Output> dys(samples), unused(samples);
    std::vector<typename Net::Input> dxs(samples);
    tenon::Tape<Net, Batch, ModeOf> tape(net);
    const auto loss = [&](auto& derivatives) {
        tape.seed(7);
        return loss_and_derivatives<typename Net::Output>(tape.forward(xs), std::span(derivatives));
    };
    loss(dys);
    tape.backward(dys, dxs);
    const std::vector<double> gradient(tape.gradient().begin(), tape.gradient().end());

    std::vector<double> by_parameters, found, by_inputs, found_by_inputs;
    tenon::detail::for_each_untrained<tenon::detail::StackOf<Net>>(
        [&](std::size_t p) { CHECK(gradient[p] == 0); });
    std::vector<bool> trained(Net::parameter_count, true);
    tenon::detail::for_each_untrained<tenon::detail::StackOf<Net>>(
        [&](std::size_t p) { trained[p] = false; });
    for (std::size_t p = 0; p < trained.size(); ++p)
        if (trained[p]) {
            by_parameters.push_back(derivative([&] { return loss(unused); }, net.parameters()[p]));
            found.push_back(gradient[p]);
        }
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t i = 0; i < Net::inputs; ++i) {
            by_inputs.push_back(derivative([&] { return loss(unused); }, xs[s][i]));
            found_by_inputs.push_back(dxs[s][i]);
        }
    const auto error = [](const auto& values, const auto& wanted) {
        double largest = 0;
        for (const double w : wanted) largest = std::max(largest, std::abs(w));
        REQUIRE(largest > 1e-3);
        return largest_error(values, wanted, 1e-3 * largest);
    };
    INFO(samples << " samples");
    CHECK(error(found, by_parameters) < 1e-6);
    CHECK(error(found_by_inputs, by_inputs) < 1e-6);
}
