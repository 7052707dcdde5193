// The gradients of one layer on views of any kind against central differences, in double.
#pragma once

#include "differences.hpp"
#include "layer_views.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

/// dLoss/dx and dLoss/dparameters of the layer against differences of Loss = the sum of dy * y over `samples`
/// samples. One element of each input is tried: of sample 0, then 1, and so on. Relative 1e-6, of 1e-3 times
/// the largest derivative for smaller ones.
template <class View> void check_layer_differences(const AnyLayer<double, View>& layer, std::size_t samples) {
    INFO(samples << " samples");
    std::vector<double> parameters(layer.parameters + tenon::detail::padded(1)), // as in a net
        xs(samples * layer.in), dys(samples * layer.out);
    fill_random(parameters, 3, -0.9, 0.9);
    fill_random(xs, 100, -1.5, 1.5);
    fill_random(dys, 200);
    const auto results_now = [&] { return results(layer, samples, parameters, xs.data(), dys.data()); };
    const auto loss = [&] {
        const auto y = results_now().y;
        return std::inner_product(y.begin(), y.end(), dys.begin(), 0.);
    };
    const auto result = results_now();
    std::vector<double> found = result.gradient, wanted;
    for (std::size_t p = 0; p < layer.parameters; ++p) wanted.push_back(derivative(loss, parameters[p]));
    for (std::size_t i = 0; i < layer.in; ++i) {
        const std::size_t at = i % samples * layer.in + i;
        found.push_back(result.dx[at]);
        wanted.push_back(derivative(loss, xs[at]));
    }
    double largest = 0;
    for (const double value : wanted) largest = std::max(largest, std::abs(value));
    REQUIRE(largest > 1e-3);
    CHECK(largest_error(found, wanted, 1e-3 * largest) < 1e-6);
}

/// For one sample, and for a block with unused lanes.
template <class L> void check_layer_differences() {
    constexpr std::size_t lanes = tenon::detail::widest<double>;
    check_layer_differences(layer_of<L, double, tenon::Sample<double>>(), 1);
    check_layer_differences(layer_of<L, double, tenon::Block<double, 2 * lanes>>(), lanes + 1);
}
