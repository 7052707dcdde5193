// Recurrent cells and causal convolutions against PyTorch's numbers, in a Sequence and step by step.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/pytorch_cells.hpp"
#include "sequences.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

using namespace tenon;
namespace pytorch = reference::pytorch_cells;

#define CHECK_CELLS(two_biases, name, ...)                                                                   \
    check_cells<__VA_ARGS__>(two_biases, pytorch::name##_ys, pytorch::name##_dxs, pytorch::name##_gradient)

TEST_CASE("LSTM's outputs and gradients are PyTorch's") {
    CHECK_CELLS(false, lstm_5, LSTM<1, 5>);
    CHECK_CELLS(false, lstm_16_19, LSTM<3, 16>, LSTM<16, 19>);
}

TEST_CASE("GRU's outputs and gradients are PyTorch's") {
    CHECK_CELLS(true, gru_5, GRU<1, 5>);
    CHECK_CELLS(true, gru_16_19, GRU<3, 16>, GRU<16, 19>);
}

TEST_CASE("a GRU with the reset before the product has the numbers of its equations in PyTorch") {
    CHECK_CELLS(false, gru_before_5, GRU<1, 5, ResetBefore>);
    CHECK_CELLS(false, gru_before_16_19, GRU<3, 16, ResetBefore>, GRU<16, 19, ResetBefore>);
}

TEST_CASE("cells that begin with parameters have PyTorch's outputs and gradients") {
    CHECK_CELLS(false, begun, TrainedState<LSTM<2, 5>>, TrainedState<RNN<5, 3>>);
}

TEST_CASE("RNN's outputs and gradients are PyTorch's") {
    CHECK_CELLS(false, tanh_5, RNN<1, 5>);
    CHECK_CELLS(false, tanh_16_19, RNN<3, 16>, RNN<16, 19>);
    CHECK_CELLS(false, relu_5, RNN<1, 5, Relu>);
    CHECK_CELLS(false, relu_16_19, RNN<3, 16, Relu>, RNN<16, 19, Relu>);
}

#define CHECK_BOTH(two_biases, name, ...)                                                                    \
    check_net<NetOf<double, __VA_ARGS__>>(two_biases, pytorch::name##_ys, pytorch::name##_dxs,               \
                                          pytorch::name##_gradient)

TEST_CASE("Bidirectional's outputs and gradients are PyTorch's, of one layer and of two") {
    CHECK_BOTH(false, lstm_both, Bidirectional<5, LSTM<3, 5>>);
    CHECK_BOTH(true, gru_both, Bidirectional<5, GRU<3, 5>>);
    CHECK_BOTH(false, tanh_both, Bidirectional<5, RNN<3, 5>>);
    CHECK_BOTH(false, relu_both, Bidirectional<5, RNN<3, 5, Relu>>);
    CHECK_BOTH(false, lstm_both_2, Bidirectional<5, LSTM<2, 3>>, Bidirectional<5, LSTM<6, 3>>);
    CHECK_BOTH(true, gru_both_2, Bidirectional<5, GRU<2, 3>>, Bidirectional<5, GRU<6, 3>>);
    CHECK_BOTH(false, tanh_both_2, Bidirectional<5, RNN<2, 3>>, Bidirectional<5, RNN<6, 3>>);
    CHECK_BOTH(false, relu_both_2, Bidirectional<5, RNN<2, 3, Relu>>, Bidirectional<5, RNN<6, 3, Relu>>);
}

TEST_CASE("FinalStates is where each cell of a Bidirectional ends, of one sample and of many") {
    using Both = Bidirectional<5, GRU<3, 5>>;
    Net<Both> all;
    Net<Both, FinalStates<Shape<5, 10>>> ends;
    fill_random(all.parameters(), 1);
    std::ranges::copy(all.parameters(), ends.parameters().begin());
    const auto xs = random_samples<Net<Both>::Input>(19, 2);
    std::vector<decltype(ends)::Output> ys(xs.size());
    ends(xs, ys);
    for (std::size_t s = 0; s < xs.size(); ++s) {
        const auto steps = all(xs[s]);
        const auto y = ends(xs[s]);
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK((y[i] == steps[40 + i] && y[5 + i] == steps[5 + i])); // of the last step, and of the first
            CHECK((std::abs(y[i] - ys[s][i]) < 1e-6f && std::abs(y[5 + i] - ys[s][5 + i]) < 1e-6f));
        }
    }
}

TEST_CASE("causal convolutions have PyTorch's outputs and gradients") {
    CHECK_CELLS(true, convolutions, CausalConv<1, 5, Kernel<3>, Tanh>,
                CausalConv<5, 19, Kernel<2>, Dilation<2>, Silu>);
    CHECK_CELLS(true, grouped_held, CausalConv<2, 4, Kernel<2>, Silu, Stride<2>>,
                CausalConv<4, 6, Kernel<2>, Groups<2>, NoBias, Dilation<2>, Tanh>,
                CausalConv<6, 4, Kernel<2>, Stride<3>, Tanh, Groups<2>>);
}

TEST_CASE("causal convolutions of frames have PyTorch's outputs and gradients") {
    CHECK_CELLS(true, convolutions_2d, CausalConv2D<Shape<2, 5>, 3, Kernel<3, 2>, Tanh, Stride<1, 2>, Same>,
                CausalConv2D<Shape<3, 3>, 4, Kernel<2, 2>, Padding<0, 1>, Silu, Dilation<2, 1>>,
                CausalConv2D<Shape<4, 4>, 6, Kernel<2, 2>, NoBias, Groups<2>, Relu>);
}
