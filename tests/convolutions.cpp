// Convolutions of one sample: PyTorch's values and gradients for all options; sizes and names.
#include <tenon/tenon.hpp>

#include "convolutions.hpp"

using namespace tenon;
namespace pytorch = reference::pytorch_convolutions;

// Sizes and names.
template <class L, std::size_t... Sizes>
constexpr bool gives = std::is_same_v<typename L::OutputShape, Shape<Sizes...>>;
static_assert(gives<Conv2D<Shape<1, 28, 28>, 8, Kernel<5, 5>, Relu>, 8, 24, 24>);
static_assert(gives<Conv2D<Shape<8, 12, 12>, 16, Kernel<3, 3>, Relu, Stride<2, 2>, Padding<1, 1>,
                           Dilation<1, 1>, Groups<8>>,
                    16, 6, 6>);
static_assert(gives<Conv1D<Shape<2, 100>, 8, Kernel<5>, Tanh, Same>, 8, 100>);
static_assert(gives<Conv1D<Shape<2, 100>, 8, Kernel<5>, Valid, Stride<3>>, 8, 32>);
static_assert(gives<ConvTranspose2D<Shape<16, 7, 7>, 8, Kernel<2, 2>, Relu, Stride<2, 2>>, 8, 14, 14>);
using Depthwise = Conv2D<Shape<4, 5, 5>, 8, Kernel<3, 2>, NoBias, Groups<4>, Gelu>;
static_assert(Layer<Depthwise> && Depthwise::parameter_count == 8 * 6 && Depthwise::tensors.size() == 1 &&
              Depthwise::multiply_adds == 8 * 6 * 3 * 4);
static_assert(std::is_same_v<Depthwise::OutputActivation, Gelu> &&
              std::is_same_v<Conv1D<Shape<1, 3>, 1, Kernel<2>>::OutputActivation, Identity>);
static_assert(Depthwise::tensors[0].shape == std::array<std::size_t, 4>{8, 1, 3, 2} &&
              Depthwise::tensors[0].fan_in == 6 && Depthwise::tensors[0].fan_out == 48);

namespace {

// By hand, in constant expressions: [1 2; 3 4] slides over an image; and its transpose.
template <class L> constexpr auto answer(std::array<float, L::parameter_count> parameters, auto x) {
    Net<L> net;
    std::copy(parameters.begin(), parameters.end(), net.parameters().begin());
    return net(x);
}
using Small = Conv2D<Shape<1, 3, 3>, 1, Kernel<2, 2>>;
constexpr std::array image{1.f, 0.f, 2.f, 0.f, 1.f, 0.f, 3.f, 0.f, 1.f};
static_assert(answer<Small>({1, 2, 3, 4, 10}, image) == std::array{15.f, 17.f, 21.f, 15.f});
static_assert(answer<Conv2D<Shape<1, 3, 3>, 1, Kernel<2, 2>, Stride<2, 2>, Padding<1, 1>>>({1, 2, 3, 4, 0},
                                                                                           image) ==
              std::array{4.f, 8.f, 12.f, 5.f});
static_assert(answer<ConvTranspose2D<Shape<1, 1, 2>, 1, Kernel<2, 2>>>({1, 2, 3, 4, 0},
                                                                       std::array{1.f, 10.f}) ==
              std::array{1.f, 12.f, 20.f, 3.f, 34.f, 40.f});

/// A net of convolutions after a step of training.
template <class T> constexpr auto trained_by_compiler() {
    using N = NetOf<T, Conv2D<Shape<1, 4, 4>, 2, Kernel<3, 3>, Tanh, Padding<1, 1>, Stride<2, 2>>,
                    ConvTranspose2D<Shape<2, 2, 2>, 2, Kernel<2, 2>, Gelu, Groups<2>>,
                    Flatten<Shape<2, 3, 3>>, Dense<18, 2, Softmax>>;
    N net;
    initialize(net, 1);
    std::array<typename N::Input, 3> xs;
    for (std::size_t s = 0; s < xs.size(); ++s) fill_random(xs[s], s);
    const std::array<std::size_t, 3> classes{0, 1, 1};
    Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 0.1}, batch_size<2>};
    trainer.step(std::span<const typename N::Input>(xs), std::span<const std::size_t>(classes));
    trainer.step(xs[0], std::size_t{1});
    return net;
}

} // namespace

TEST_CASE("the compiler trains convolutions as they are trained at run time") {
    constexpr auto by_compiler = trained_by_compiler<double>();
    const auto at_run_time = trained_by_compiler<double>();
    CHECK(largest_error(at_run_time.parameters(), by_compiler.parameters(), 0.1) < 1e-14);
}

TEST_CASE("weights are initialized by the values that an output sums") {
    Net<Conv2D<Shape<4, 9, 9>, 32, Kernel<3, 3>, Relu>> net;
    initialize(net, 3);
    double largest = 0;
    for (std::size_t o = 0; o < 32; ++o) {
        CHECK(net.layer<0>().bias(o) == 0);
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t i = 0; i < 9; ++i)
                largest = std::max<double>(largest, std::abs(net.layer<0>().weight(o, k, i / 3, i % 3)));
    }
    const double limit = std::sqrt(6 / 36.);
    CHECK((0.95 * limit < largest && largest <= limit));
}

TEST_CASE("summaries write convolutions as a program does") {
    using N = Net<Conv2D<Shape<1, 9, 9>, 4, Kernel<3, 3>, Stride<2, 2>, Relu>, Flatten<Shape<4, 4, 4>>,
                  Dense<64, 2>>;
    const std::string text(summary<N>().view());
    CHECK_THAT(text,
               Catch::Matchers::Contains("Conv2D<Shape<1, 9, 9>, 4, Kernel<3, 3>, Stride<2, 2>, Relu>"));
    CHECK_THAT(text, Catch::Matchers::Contains("4 x 4 x 4"));
}

TEMPLATE_LIST_TEST_CASE("convolutions of an image have PyTorch's values and gradients", "", pytorch::Images) {
    check_case<TestType, Sample<float>>(1);
}
TEMPLATE_LIST_TEST_CASE("convolutions of a signal have PyTorch's values and gradients", "",
                        pytorch::Signals) {
    check_case<TestType, Sample<float>>(1);
}
TEMPLATE_LIST_TEST_CASE("transposed convolutions of one sample have PyTorch's values and gradients", "",
                        pytorch::Transposed) {
    check_case<TestType, Sample<float>>(1);
}
