// 200 steps of a small net in double, compared with PyTorch's.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/pytorch_optimizers.hpp"
#include "support.hpp"

#include <array>
#include <cstddef>
#include <span>

/// The net of tests/reference/pytorch_optimizers.py, with PyTorch's start.
using TorchNet = tenon::NetOf<double, tenon::LayerNorm<tenon::Shape<3>>, tenon::Dense<3, 5, tenon::Sigmoid>,
                              tenon::Dense<5, 2>>;
inline TorchNet torch_net() {
    TorchNet net;
    for (std::size_t i = 0; i < net.parameter_count; ++i)
        net.parameters()[i] = reference::pytorch_optimizers::start[i];
    return net;
}

/// PyTorch's parameters after 1, 2, 10 and 200 steps.
using TorchSteps = std::array<std::array<double, TorchNet::parameter_count>, 4>;

/// Calls step() 200 times, which trains `net`. Relative 1e-10; absolute where a parameter is below 1.
template <class Step> void check_steps(TorchNet& net, Step step, const TorchSteps& wanted) {
    std::size_t kept = 0;
    for (int i = 1; i <= 200; ++i) {
        step();
        if (i == 1 || i == 2 || i == 10 || i == 200) {
            INFO("after " << i << " steps");
            CHECK(largest_error(net.parameters(), wanted[kept++], 1) < 1e-10);
        }
    }
}

/// The gradient of a trainer that does not change the net, stepped by the optimizer. Returns the learning
/// rates and the state.
template <class O> auto check_training(const O& optimizer, const TorchSteps& wanted) {
    using namespace tenon;
    namespace torch = reference::pytorch_optimizers;
    constexpr std::size_t N = TorchNet::parameter_count;
    TorchNet net = torch_net();
    struct {
        typename O::template State<double, N> state;
        std::array<double, 200> rates{};
    } result;
    std::size_t taken = 0;
    Flat<double, N> parameters, gradient;
    Trainer of_net{net, MeanSquaredError{}, Sgd{.learning_rate = 0}};
    check_steps(
        net,
        [&] {
            result.rates[taken++] = learning_rate_of(optimizer, result.state);
            of_net.step(torch::inputs, torch::targets);
            for (std::size_t i = 0; i < N; ++i) {
                parameters.data[i] = net.parameters()[i];
                gradient.data[i] = of_net.gradient()[i];
            }
            optimizer.step(parameters.data, gradient.data, result.state);
            for (std::size_t i = 0; i < N; ++i) net.parameters()[i] = parameters.data[i];
        },
        wanted);
    return result;
}
