// Nets over sequences against PyTorch's numbers, in a Sequence and step by step.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "pytorch_numbers.hpp"
#include "support.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

/// PyTorch's parameters. The cells without bias_hh have the sum of both biases.
template <class Net> Net net_of_pytorch(bool two_biases) {
    Net net;
    Numbers numbers{1};
    for_each_tensor_of<Net>([&](const tenon::Tensor& tensor) {
        for (std::size_t e = 0; e < tensor.size(); ++e) net.parameters()[tensor.place_of(e)] = numbers.next();
        if (tensor.gates > 0 && tensor.rank == 1 && !two_biases)
            for (std::size_t e = 0; e < tensor.size(); ++e)
                net.parameters()[tensor.place_of(e)] += numbers.next();
    });
    return net;
}

/// The numbers that are stored of a gradient: of a weight's gradient G its product with a random vector.
template <class Net> std::vector<double> stored(std::span<const double> gradient) {
    std::vector<double> result;
    Numbers numbers{3};
    for_each_tensor_of<Net>([&](const tenon::Tensor& tensor) {
        const std::size_t rows = tensor.shape[0];
        std::vector<double> vector(tensor.rank == 1 ? 0 : tensor.size() / rows);
        for (double& v : vector) v = numbers.next();
        for (std::size_t row = 0; row < rows; ++row) {
            double sum = tensor.rank == 1 ? gradient[tensor.at(row)] : 0;
            for (std::size_t column = 0; column < vector.size(); ++column)
                sum += gradient[tensor.place_of(row * vector.size() + column)] * vector[column];
            result.push_back(sum);
        }
    });
    return result;
}

// PyTorch's numbers in double, of which 12 digits are stored: 1e-10.
double error_of(const auto& found, const auto& wanted) { return largest_error(found, wanted, 0.01); }

/// Inputs of two samples, and dy.
template <class Net> struct Samples {
    std::vector<typename Net::Input> xs{2};
    std::vector<typename Net::Output> dys{2};

    Samples() {
        Numbers numbers{2};
        for (auto& x : xs)
            for (double& value : x) value = numbers.next();
        for (auto& dy : dys)
            for (double& value : dy) value = numbers.next();
    }
};

/// A net over sequences: two samples as a block, and each alone.
template <class Net> void check_net(bool two_biases, const auto& ys, const auto& dxs, const auto& gradient) {
    const Net net = net_of_pytorch<Net>(two_biases);
    const auto [xs, dys] = Samples<Net>{};
    std::vector<typename Net::Input> found_dxs(2);
    std::vector<typename Net::Output> found_ys(2);

    tenon::Tape tape{net, tenon::batch_size<2>};
    const auto check = [&] {
        for (std::size_t s = 0; s < 2; ++s) {
            CHECK(error_of(found_ys[s], ys[s]) < 1e-10);
            CHECK(error_of(found_dxs[s], dxs[s]) < 1e-10);
        }
        CHECK(error_of(stored<Net>(tape.gradient()), gradient) < 1e-10);
    };
    const auto outputs = tape.forward(xs);
    found_ys.assign(outputs.begin(), outputs.end());
    tape.accumulate(dys, found_dxs);
    check();

    tape.clear();
    for (std::size_t s = 0; s < 2; ++s) {
        found_ys[s] = tape.forward(xs[s]);
        tape.accumulate(std::span(dys).subspan(s, 1), std::span(found_dxs).subspan(s, 1));
    }
    check();

    for (std::size_t s = 0; s < 2; ++s) CHECK(error_of(net(xs[s]), ys[s]) < 1e-10);
}

/// Cells over five steps of two samples, also step by step.
template <class... Cells>
void check_cells(bool two_biases, const auto& ys, const auto& dxs, const auto& gradient) {
    constexpr std::size_t steps = 5;
    using Streamed = tenon::NetOf<double, Cells...>;
    using Net = tenon::Unrolled<Streamed, steps>;
    check_net<Net>(two_biases, ys, dxs, gradient);
    const auto [xs, dys] = Samples<Net>{};
    const auto streamed = net_of_pytorch<Streamed>(two_biases);
    for (std::size_t s = 0; s < 2; ++s) {
        tenon::State<Streamed> state;
        for (std::size_t t = 0; t < steps; ++t) {
            typename Streamed::Input x;
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = xs[s][t * x.size() + i];
            const auto y = streamed.step(state, x);
            CHECK(error_of(y, std::span(ys[s]).subspan(t * y.size(), y.size())) < 1e-10);
        }
    }
}
