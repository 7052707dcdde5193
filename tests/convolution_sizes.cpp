// Convolutions of every number of channels and every length from 1 to 2W + 1, W being the lanes of a
// register: kernels of registers give what loops over single numbers give. Lengths are tried with one sample;
// in a block, whose lanes are samples, they are the counts of loops.
#include <tenon/tenon.hpp>

#include "convolution_loops.hpp"

#include <utility>

using namespace tenon;

namespace {

template <std::size_t N> using OutputChannels = Conv2D<Shape<2, 3, 5>, N, Kernel<2, 3>>;
template <std::size_t N> using InputChannels = Conv1D<Shape<N, 4>, 2, Kernel<3>, Padding<1>>;
template <std::size_t N> using Length = Conv1D<Shape<1, N>, 3, Kernel<3>, Padding<1>>;
template <std::size_t N> using DepthwiseWidth = Conv2D<Shape<2, 3, N>, 2, Kernel<3, 3>, Same, Groups<2>>;
template <std::size_t N> using Width = Conv2D<Shape<2, 3, N>, 8, Kernel<3, 3>, Same>;

/// An infinity at the end of the first row does not change outputs whose windows are elsewhere.
template <class L, std::size_t Columns> void check_infinity() {
    Net<L> net;
    initialize(net, 1);
    typename Net<L>::Input x{};
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
    const auto wanted = net(x);
    x[Columns - 1] = math::infinite<float>();
    const auto found = net(x);
    for (std::size_t o = 0; o < found.size(); ++o) {
        const std::size_t row = o / Columns % 3, column = o % Columns;
        if (row == 2 || column + 2 < Columns) CHECK(found[o] == wanted[o]);
    }
}

} // namespace

TEMPLATE_TEST_CASE("every number of output channels", "", float) { check_all<TestType, OutputChannels>(); }
TEMPLATE_TEST_CASE("every number of input channels", "", double) { check_all<TestType, InputChannels>(); }
TEMPLATE_TEST_CASE("every length", "", double) {
    check_samples<TestType, Length>(std::make_index_sequence<sizes<TestType>>{});
}
TEMPLATE_TEST_CASE("every width of a depthwise convolution", "", float) {
    check_samples<TestType, DepthwiseWidth>(std::make_index_sequence<sizes<TestType>>{});
}
TEST_CASE("an infinity stays within its windows") {
    [&]<std::size_t... N>(std::index_sequence<N...>) {
        (check_infinity<DepthwiseWidth<N>, N>(), ...);
        (check_infinity<Width<N>, N>(), ...);
    }(std::index_sequence<3, 5, 9>{});
}

TEST_CASE("depthwise convolutions of one sample with short rows") {
    check_view<Conv2D<Shape<3, 25, 5>, 3, Kernel<3, 3>, Same, Groups<3>>, Sample<float>>(1);
    check_view<Conv2D<Shape<2, 7, 6>, 2, Kernel<3, 3>, Same, Dilation<2, 2>, Groups<2>>, Sample<float>>(1);
    check_view<Conv2D<Shape<4, 9, 5>, 2, Kernel<2, 2>, Same, Groups<2>>, Sample<double>>(1);
}

TEST_CASE("1 x 1 convolutions of one sample") {
    check_view<Conv2D<Shape<3, 4, 2>, 9, Kernel<1, 1>>, Sample<float>>(1);
    check_view<Conv2D<Shape<5, 5, 5>, 7, Kernel<1, 1>>, Sample<float>>(1);
    check_view<Conv1D<Shape<6, 61>, 26, Kernel<1>, Groups<2>>, Sample<float>>(1);
    check_view<Conv2D<Shape<5, 9, 3>, 7, Kernel<1, 1>>, Sample<double>>(1);
}

TEST_CASE("kernels of which the first elements read padding alone") {
    check_view<Conv1D<Shape<2, 1>, 3, Kernel<5>, Same>, Sample<float>>(1);
    check_view<Conv2D<Shape<1, 64, 1>, 2, Kernel<1, 5>, Same, Stride<2, 1>>, Sample<double>>(1);
}

TEST_CASE("images of one sample that are copied with their padding") {
    check_view<Conv2D<Shape<3, 4, 5>, 16, Kernel<3, 3>, Same>, Sample<float>>(1);
    check_view<Conv2D<Shape<4, 9, 13>, 32, Kernel<4, 5>, Padding<2, 3>, Stride<2, 3>, Groups<2>>,
               Sample<float>>(1);
    check_view<Conv1D<Shape<2, 11>, 16, Kernel<3>, Padding<4>, Dilation<3>>, Sample<float>>(1);
}
