// Convolutions with strides and dilations, depthwise and transposed ones, of every number of channels from 1
// to 2W + 1, W being the lanes of a register, and of odd lengths: kernels of registers give what loops over
// single numbers give.
#include <tenon/tenon.hpp>

#include "convolution_loops.hpp"

#include <cstddef>
#include <utility>

using namespace tenon;

namespace {

template <std::size_t... I> constexpr std::index_sequence<2 * I...> doubled(std::index_sequence<I...>) {
    return {};
}
using Number = double; // its registers have half as many lanes as those of float

/// 1, 3 and so on, as check_samples and check_blocks count.
template <std::size_t Count> using Odd = decltype(doubled(std::make_index_sequence<Count>{}));
using OddLengths = Odd<detail::widest<Number> + 1>;

/// In blocks, of which channels are the rows of tiles, odd numbers, up to two tiles.
template <template <std::size_t> class LayerOf> void check_channels() {
    check_samples<Number, LayerOf>(std::make_index_sequence<sizes<Number>>{});
    check_blocks<Number, LayerOf>(Odd<detail::tile_rows<Value<Number, lanes_for<Number>(64)>> / 2 + 1>{});
}

/// Options of one axis for odd N, of the other for even N.
template <std::size_t N>
using Channels =
    Conv2D<Shape<2, 5, 6>, N, Kernel<2, 3>, Stride<1 + N % 2, 2 - N % 2>, Dilation<2 - N % 2, 1 + N % 2>>;
template <std::size_t N> using StridedLength = Conv1D<Shape<2, N>, 3, Kernel<3>, Stride<2>, Padding<1>>;
template <std::size_t N>
using DilatedWidth = Conv2D<Shape<1, 4, N>, 2, Kernel<2, 3>, Stride<2, 1>, Dilation<1, 2>, Padding<0, 2>>;
template <std::size_t N>
using Depthwise = Conv2D<Shape<N, 3, 4>, N, Kernel<3, 2>, Groups<N>, Stride<1 + N % 2, 1>, Padding<1, 0>>;
template <std::size_t N>
using TransposedOutputs = ConvTranspose1D<Shape<2, 4>, N, Kernel<3>, Stride<2>, Padding<1>, OutputPadding<1>>;
template <std::size_t N>
using TransposedInputs = ConvTranspose2D<Shape<N, 2, 3>, 2, Kernel<2, 3>, Stride<1, 2>>;
template <std::size_t N>
using TransposedLength = ConvTranspose1D<Shape<1, N>, 3, Kernel<3>, Dilation<2>, Padding<1>>;
template <std::size_t N>
using DepthwiseTransposed = ConvTranspose2D<Shape<N, 2, 3>, N, Kernel<2, 2>, Groups<N>, Stride<2, 1>>;

} // namespace

TEST_CASE("every number of output channels, with strides and dilations") { check_channels<Channels>(); }
TEST_CASE("odd lengths, with strides and dilations") {
    check_samples<Number, StridedLength>(OddLengths{});
    check_samples<Number, DilatedWidth>(OddLengths{});
}
TEST_CASE("every number of channels of a depthwise convolution") { check_channels<Depthwise>(); }
TEST_CASE("every number of output channels of a transposed convolution") {
    check_channels<TransposedOutputs>();
}
TEST_CASE("every number of input channels of a transposed convolution") {
    check_channels<TransposedInputs>();
}
TEST_CASE("transposed convolutions of odd lengths, and depthwise ones") {
    check_samples<Number, TransposedLength>(OddLengths{});
    check_samples<Number, DepthwiseTransposed>(std::index_sequence<1, 4>{});
    check_blocks<Number, DepthwiseTransposed>(std::index_sequence<1, 4>{});
}
