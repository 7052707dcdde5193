// Recurrent cells and causal convolutions against PyTorch's numbers, in a Sequence and step by step.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "pytorch_numbers.hpp"
#include "reference/pytorch_cells.hpp"
#include "support.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;
namespace pytorch = reference::pytorch_cells;

namespace {

/// PyTorch's parameters. The cells without bias_hh have the sum of both biases.
template <class Net> Net net_of_pytorch(bool two_biases) {
    Net net;
    Numbers numbers{1};
    for_each_tensor_of<Net>([&](const Tensor& tensor) {
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
    for_each_tensor_of<Net>([&](const Tensor& tensor) {
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

    Tape tape{net, batch_size<2>};
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
    using Streamed = NetOf<double, Cells...>;
    using Net = Unrolled<Streamed, steps>;
    check_net<Net>(two_biases, ys, dxs, gradient);
    const auto [xs, dys] = Samples<Net>{};
    const auto streamed = net_of_pytorch<Streamed>(two_biases);
    for (std::size_t s = 0; s < 2; ++s) {
        State<Streamed> state;
        for (std::size_t t = 0; t < steps; ++t) {
            typename Streamed::Input x;
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = xs[s][t * x.size() + i];
            const auto y = streamed.step(state, x);
            CHECK(error_of(y, std::span(ys[s]).subspan(t * y.size(), y.size())) < 1e-10);
        }
    }
}

} // namespace

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

TEST_CASE("RNN's outputs and gradients are PyTorch's") {
    CHECK_CELLS(false, tanh_5, RNN<1, 5>);
    CHECK_CELLS(false, tanh_16_19, RNN<3, 16>, RNN<16, 19>);
    CHECK_CELLS(false, relu_5, RNN<1, 5, Relu>);
    CHECK_CELLS(false, relu_16_19, RNN<3, 16, Relu>, RNN<16, 19, Relu>);
}

TEST_CASE("Bidirectional's outputs and gradients are PyTorch's") {
    const auto check = []<class Cell>(std::type_identity<Cell>, auto... numbers) {
        check_net<NetOf<double, Bidirectional<5, Cell>>>(numbers...);
    };
    check(std::type_identity<LSTM<3, 5>>{}, false, pytorch::lstm_both_ys, pytorch::lstm_both_dxs,
          pytorch::lstm_both_gradient);
    check(std::type_identity<GRU<3, 5>>{}, true, pytorch::gru_both_ys, pytorch::gru_both_dxs,
          pytorch::gru_both_gradient);
    check(std::type_identity<RNN<3, 5>>{}, false, pytorch::tanh_both_ys, pytorch::tanh_both_dxs,
          pytorch::tanh_both_gradient);
}

TEST_CASE("causal convolutions have PyTorch's outputs and gradients") {
    CHECK_CELLS(true, convolutions, CausalConv<1, 5, Kernel<3>, Tanh>,
                CausalConv<5, 19, Kernel<2>, Dilation<2>, Silu>);
}

TEST_CASE("causal convolutions of frames have PyTorch's outputs and gradients") {
    CHECK_CELLS(true, convolutions_2d, CausalConv2D<Shape<2, 5>, 3, Kernel<3, 2>, Tanh, Stride<1, 2>, Same>,
                CausalConv2D<Shape<3, 3>, 4, Kernel<2, 2>, Padding<0, 1>, Silu, Dilation<2, 1>>,
                CausalConv2D<Shape<4, 4>, 6, Kernel<2, 2>, NoBias, Groups<2>, Relu>);
}
