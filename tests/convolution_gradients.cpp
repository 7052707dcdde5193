// Compares the gradients of convolutions with central differences: every option, and activations of all
// kinds.
#include <tenon/tenon.hpp>

#include "differences.hpp"
#include "layer_differences.hpp"

#include <tuple>

using namespace tenon;

namespace {

using Images = Case<
    Net64<Conv2D<Shape<2, 5, 4>, 3, Kernel<3, 2>, Tanh, Padding<1, 0>>,
          Conv2D<Shape<3, 5, 3>, 6, Kernel<2, 2>, Gelu, Stride<2, 1>, Groups<3>, Dilation<1, 2>>,
          Conv2D<Shape<6, 2, 1>, 2, Kernel<1, 1>, NoBias, Softmax>, Flatten<Shape<2, 2, 1>>, Dense<4, 2>>,
    MeanSquaredError>;
using Signals = Case<Net64<Conv1D<Shape<2, 9>, 4, Kernel<3>, Silu, Same, Dilation<2>, Groups<2>>,
                           Net<Conv1D<Shape<4, 9>, 3, Kernel<2>, Valid, Stride<3>, NoBias, Tanh>>,
                           Flatten<Shape<3, 3>>, Dense<9, 3, Softmax>>,
                     CrossEntropy>;
using Transposed =
    Case<Net64<ConvTranspose2D<Shape<2, 2, 2>, 3, Kernel<3, 2>, Tanh, Stride<2, 1>, OutputPadding<1, 0>,
                               Padding<1, 0>>,
               ConvTranspose2D<Shape<3, 4, 3>, 3, Kernel<2, 2>, Gelu, Groups<3>, Dilation<1, 2>, NoBias>,
               Conv2D<Shape<3, 5, 5>, 1, Kernel<5, 5>>, Flatten<Shape<1, 1, 1>>>,
         HalfSquaredError>;

using All = std::tuple<Images, Signals, Transposed>;

} // namespace

TEMPLATE_LIST_TEST_CASE("convolutions: the gradient is the derivative", "", All) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}

TEST_CASE("single convolutions: the gradient is the derivative") {
    check_layer_differences<Conv2D<Shape<2, 5, 4>, 2, Kernel<3, 2>, Same, Stride<2, 3>, Silu>>();
    check_layer_differences<
        Conv2D<Shape<3, 5, 6>, 3, Kernel<3, 2>, Groups<3>, Padding<2, 1>, Dilation<2, 3>>>();
    check_layer_differences<Conv1D<Shape<2, 9>, 4, Kernel<3>, Padding<2>, Stride<2>, Softplus>>();
    check_layer_differences<Conv1D<Shape<4, 8>, 4, Kernel<2>, Groups<4>, NoBias, Gelu>>();
    check_layer_differences<ConvTranspose1D<Shape<2, 4>, 3, Kernel<3>, Tanh>>();
    check_layer_differences<ConvTranspose1D<Shape<4, 3>, 2, Kernel<3>, Gelu, Groups<2>, Dilation<3>,
                                            Stride<2>, Padding<2>, OutputPadding<1>>>();
    check_layer_differences<ConvTranspose1D<Shape<3, 4>, 3, Kernel<4>, Groups<3>, Stride<3>, NoBias>>();
}

TEST_CASE("the gradient with respect to the input is the derivative") {
    using Net = typename Images::Net;
    Net net;
    fill_random(net.parameters(), 3, -0.9, 0.9);
    auto xs = random_samples<Net::Input>(5, 40);
    const auto dys = random_samples<Net::Output>(5, 80);
    std::vector<Net::Input> dxs(xs.size());
    input_gradient(net, std::span<const Net::Input>(xs), std::span<const Net::Output>(dys), std::span(dxs));
    for (std::size_t s = 0; s < xs.size(); ++s)
        for (std::size_t i = 0; i < Net::inputs; ++i) {
            const double wanted = derivative(
                [&] {
                    const auto y = net(xs[s]);
                    return y[0] * dys[s][0] + y[1] * dys[s][1];
                },
                xs[s][i]);
            CHECK(dxs[s][i] == Approx(wanted).epsilon(1e-7).margin(1e-9));
        }
}
