// Layers that resize images: sizes, PyTorch's numbers, every width against loops over single numbers, ties,
// NaN, gradients.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "differences.hpp"
#include "layer_differences.hpp"
#include "reference/pytorch_pooling.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;
namespace pytorch = reference::pytorch_pooling;

template <class L> using Gives = typename L::OutputShape;
static_assert(std::is_same_v<Gives<MaxPool<Shape<8, 24, 24>, Kernel<2, 2>>>, Shape<8, 12, 12>>);
static_assert(std::is_same_v<Gives<MaxPool<Shape<8, 100>, Kernel<4>>>, Shape<8, 25>>);
static_assert(
    std::is_same_v<Gives<AveragePool<Shape<3, 112, 112>, Kernel<3, 3>, Padding<1, 1>, Stride<2, 2>>>,
                   Shape<3, 56, 56>>);
static_assert(std::is_same_v<Gives<GlobalAveragePool<Shape<8, 12, 12>>>, Shape<8>>);
static_assert(std::is_same_v<Gives<GlobalMaxPool<Shape<8, 12>>>, Shape<8>>);
static_assert(std::is_same_v<Gives<Upsample<Shape<8, 12, 10>, ScaleFactor<2, 3>>>, Shape<8, 24, 30>>);
static_assert(std::is_same_v<Gives<Pad<Shape<8, 12, 10>, Padding<1, 2>>>, Shape<8, 14, 14>>);
static_assert(std::is_same_v<Gives<Pad<Shape<8, 12, 10>, Padding<1, 2, 3, 4>>>, Shape<8, 15, 17>>);
static_assert(std::is_same_v<Gives<Pad<Shape<8, 12>, Padding<3, 0>>>, Shape<8, 15>>);
static_assert(Layer<MaxPool<Shape<8, 24, 24>, Kernel<2, 2>>> && Layer<Pad<Shape<8, 12>, Padding<3>>>);

namespace {

// By hand, in constant expressions.
template <class L> constexpr auto answer(typename NetOf<double, L>::Input x) { return NetOf<double, L>{}(x); }
static_assert(answer<MaxPool<Shape<1, 2, 4>, Kernel<2, 2>>>({1, 2, 3, 4, 5, 0, 7, 8}) == std::array{5., 8.});
static_assert(answer<AveragePool<Shape<1, 4>, Kernel<3>, Padding<1>>>({1, 2, 3, 6}) == std::array{1., 3.});
static_assert(answer<AveragePool<Shape<1, 4>, Kernel<3>, Padding<1>, ExcludePadding>>({1, 2, 3, 6}) ==
              std::array{1.5, 4.5});
static_assert(answer<GlobalAveragePool<Shape<2, 2>>>({1, 2, 3, 6}) == std::array{1.5, 4.5});
static_assert(answer<GlobalMaxPool<Shape<2, 2>>>({1, 2, 6, 3}) == std::array{2., 6.});
static_assert(answer<Upsample<Shape<1, 1, 2>, ScaleFactor<2, 2>>>({1, 2}) ==
              std::array{1., 1., 2., 2., 1., 1., 2., 2.});
static_assert(answer<Upsample<Shape<1, 2>, ScaleFactor<2>, Bilinear>>({1, 2}) ==
              std::array{1., 1.25, 1.75, 2.});
static_assert(answer<Pad<Shape<1, 3>, Padding<2, 0>, Reflect>>({1, 2, 3}) == std::array{3., 2., 1., 2., 3.});

/// A step of training with every layer of this file.
template <class T> constexpr auto trained_by_compiler() {
    using N = NetOf<T, Pad<Shape<1, 3, 4>, Padding<1, 0>, Replicate>, BatchNorm<Shape<1, 5, 4>>,
                    MaxPool<Shape<1, 5, 4>, Kernel<2, 2>, Stride<2, 1>, Padding<1, 0>>,
                    Upsample<Shape<1, 3, 3>, ScaleFactor<1, 2>, Bilinear>,
                    Concat<AveragePool<Shape<1, 3, 6>, Kernel<3, 2>>, MaxPool<Shape<1, 3, 6>, Kernel<3, 2>>>,
                    PRelu<Shape<2, 1, 3>>,
                    Concat<GlobalAveragePool<Shape<2, 1, 3>>, GlobalMaxPool<Shape<2, 1, 3>>>, Dense<4, 1>>;
    N net;
    initialize(net, 1);
    std::array<typename N::Input, 3> xs{};
    for (std::size_t s = 0; s < xs.size(); ++s) fill_random(xs[s], s);
    const std::array<typename N::Output, 3> ts{{{1}, {0}, {-1}}};
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1, .momentum = 0.9}, batch_size<3>};
    trainer.step(std::span<const typename N::Input>(xs), std::span<const typename N::Output>(ts));
    trainer.step(xs[0], ts[0]);
    return std::pair(net, net(xs[1]));
}

} // namespace

TEST_CASE("the compiler trains a net of layers of images as it is trained at run time") {
    constexpr auto by_compiler = trained_by_compiler<double>();
    const auto at_run_time = trained_by_compiler<double>();
    CHECK(largest_error(at_run_time.first.parameters(), by_compiler.first.parameters(), 0.1) < 1e-12);
    CHECK(largest_error(at_run_time.second, by_compiler.second, 0.1) < 1e-12);
}

namespace {

/// y and dx of samples, as a formula or PyTorch gives them.
struct Wanted {
    std::vector<double> y, dx;
};

template <class T> double tolerance() { return 16 * static_cast<double>(std::numeric_limits<T>::epsilon()); }

/// Checks the results of a layer for `samples` samples, those from `first` on. There are as many different
/// samples as in xs; the others are the same again.
template <class T, class View>
void check_samples(const std::vector<double>& xs, const std::vector<double>& dys, const Wanted& wanted,
                   const AnyLayer<T, View>& layer, std::size_t samples, std::size_t first) {
    INFO(samples << " samples from sample " << first);
    const auto of = [&](const std::vector<double>& values, std::size_t size) {
        std::vector<T> result;
        for (std::size_t i = first * size; i < (first + samples) * size; ++i)
            result.push_back(static_cast<T>(values[i % values.size()]));
        return result;
    };
    const auto found =
        results(layer, samples, std::vector<T>{}, of(xs, layer.in).data(), of(dys, layer.out).data());
    CHECK(largest_error(found.y, of(wanted.y, layer.out), 1) < tolerance<T>());
    CHECK(largest_error(found.dx, of(wanted.dx, layer.in), 1) < tolerance<T>());
}
template <class L, class T>
void check_sample(const std::vector<double>& xs, const std::vector<double>& dys, const Wanted& wanted) {
    for (std::size_t s = 0; s < xs.size() / L::InputShape::size; ++s)
        check_samples<T>(xs, dys, wanted, layer_of<L, T, Sample<T>>(), 1, s);
}
template <class L, class T, std::size_t Stride>
void check_block(const std::vector<double>& xs, const std::vector<double>& dys, const Wanted& wanted) {
    for (const std::size_t samples : {std::size_t{1}, Stride - Stride / 4, Stride})
        check_samples<T>(xs, dys, wanted, layer_of<L, T, Block<T, Stride>>(), samples, 0);
}

template <class Array> std::vector<double> flat(const Array& samples) {
    std::vector<double> result;
    for (const auto& sample : samples) result.insert(result.end(), sample.begin(), sample.end());
    return result;
}

/// A layer's results are PyTorch's, of samples made of pytorch::values; and its gradient is that by
/// differences, of samples without ties.
template <class L, class Y, class Dx> void check_numbers(const Y& y, const Dx& dx) {
    const std::size_t samples = y.size();
    REQUIRE(y[0].size() == L::OutputShape::size);
    const auto first = [](const auto& numbers, std::size_t count) {
        return std::vector<double>(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
    };
    const std::vector<double> xs = first(pytorch::values, samples * L::InputShape::size),
                              dys = first(pytorch::derivatives, samples * L::OutputShape::size);
    const Wanted wanted{flat(y), flat(dx)};
    check_sample<L, double>(xs, dys, wanted);
    check_block<L, float, detail::widest<float>>(xs, dys, wanted);
    check_block<L, double, 2 * detail::widest<double>>(xs, dys, wanted);
    check_layer_differences<L>();
}
#define CHECK_LAYER(numbers, ...)                                                                            \
    {                                                                                                        \
        INFO(#numbers);                                                                                      \
        check_numbers<__VA_ARGS__>(pytorch::numbers##_y, pytorch::numbers##_dx);                             \
    }

using Image = Shape<2, 5, 6>;
using Large = Shape<1, 9, 11>;
using Signal = Shape<2, 11>;

} // namespace

TEST_CASE("MaxPool gives PyTorch's values and derivatives") {
    CHECK_LAYER(max_halves, MaxPool<Shape<2, 4, 6>, Kernel<2, 2>>);
    CHECK_LAYER(max_steps_of_one, MaxPool<Image, Kernel<2, 2>, Stride<1, 1>>);
    CHECK_LAYER(max_overlapping, MaxPool<Large, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>>);
    CHECK_LAYER(max_differing_axes, MaxPool<Image, Kernel<3, 2>, Padding<1, 1>, Stride<2, 3>>);
    CHECK_LAYER(max_unused, MaxPool<Image, Kernel<2, 4>, Stride<2, 4>>);
    CHECK_LAYER(max_gaps, MaxPool<Large, Kernel<2, 1>, Stride<3, 2>>);
    CHECK_LAYER(max_ceil, MaxPool<Large, Kernel<3, 3>, Stride<3, 2>, CeilMode>);
    CHECK_LAYER(max_ceil_padded, MaxPool<Image, Kernel<2, 2>, Stride<2, 2>, Padding<1, 1>, CeilMode>);
    CHECK_LAYER(max_large, MaxPool<Large, Kernel<5, 5>, Stride<3, 3>, Padding<2, 2>>);
    CHECK_LAYER(max_whole, MaxPool<Image, Kernel<5, 6>>);
    CHECK_LAYER(max_signal, MaxPool<Shape<2, 12>, Kernel<3>>);
    CHECK_LAYER(max_signal_overlapping, MaxPool<Signal, Kernel<4>, Stride<2>, Padding<2>>);
    CHECK_LAYER(max_signal_far, MaxPool<Signal, Kernel<3>, Stride<4>, CeilMode>);
}

TEST_CASE("AveragePool gives PyTorch's values and derivatives") {
    CHECK_LAYER(average_halves, AveragePool<Shape<2, 4, 6>, Kernel<2, 2>>);
    CHECK_LAYER(average_steps_of_one, AveragePool<Image, Kernel<3, 2>, Stride<1, 1>>);
    CHECK_LAYER(average_overlapping, AveragePool<Large, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>>);
    CHECK_LAYER(average_without_padding,
                AveragePool<Large, Kernel<3, 3>, ExcludePadding, Stride<2, 2>, Padding<1, 1>>);
    CHECK_LAYER(average_differing_axes,
                AveragePool<Image, Kernel<3, 2>, Padding<1, 1>, Stride<2, 3>, ExcludePadding>);
    CHECK_LAYER(average_unused, AveragePool<Image, Kernel<2, 4>, Stride<2, 4>>);
    CHECK_LAYER(average_ceil, AveragePool<Image, Kernel<2, 4>, CeilMode>);
    CHECK_LAYER(average_ceil_padded, AveragePool<Image, Kernel<2, 2>, Stride<2, 2>, Padding<1, 1>, CeilMode>);
    CHECK_LAYER(average_ceil_without_padding,
                AveragePool<Large, Kernel<4, 4>, Stride<3, 3>, Padding<2, 2>, CeilMode, ExcludePadding>);
    CHECK_LAYER(average_large, AveragePool<Large, Kernel<5, 5>, Stride<3, 3>, Padding<2, 2>>);
    CHECK_LAYER(average_signal, AveragePool<Shape<2, 12>, Kernel<3>>);
    CHECK_LAYER(average_signal_padded, AveragePool<Signal, Kernel<4>, Stride<2>, Padding<2>>);
}

TEST_CASE("GlobalAveragePool and GlobalMaxPool give PyTorch's values and derivatives") {
    CHECK_LAYER(global_average, GlobalAveragePool<Image>);
    CHECK_LAYER(global_maximum, GlobalMaxPool<Large>);
    CHECK_LAYER(global_average_of_signal, GlobalAveragePool<Signal>);
    CHECK_LAYER(global_maximum_of_signal, GlobalMaxPool<Signal>);
}

TEST_CASE("Upsample gives PyTorch's values and derivatives") {
    CHECK_LAYER(nearest, Upsample<Image, ScaleFactor<2, 2>>);
    CHECK_LAYER(nearest_differing_axes, Upsample<Image, ScaleFactor<1, 3>, Nearest>);
    CHECK_LAYER(nearest_signal, Upsample<Signal, ScaleFactor<3>>);
    CHECK_LAYER(bilinear, Upsample<Image, ScaleFactor<2, 2>, Bilinear>);
    CHECK_LAYER(bilinear_differing_axes, Upsample<Image, ScaleFactor<3, 1>, Bilinear>);
    CHECK_LAYER(bilinear_corners, Upsample<Image, ScaleFactor<2, 3>, AlignCorners, Bilinear>);
    CHECK_LAYER(linear_signal, Upsample<Signal, ScaleFactor<2>, Bilinear>);
    CHECK_LAYER(linear_signal_corners, Upsample<Signal, ScaleFactor<3>, Bilinear, AlignCorners>);
}

TEST_CASE("Pad gives PyTorch's values and derivatives") {
    CHECK_LAYER(zeros, Pad<Image, Padding<1, 2>>);
    CHECK_LAYER(zeros_on_sides, Pad<Image, Padding<1, 2, 3, 0>>);
    CHECK_LAYER(reflect, Pad<Image, Padding<3, 2, 4, 5>, Reflect>);
    CHECK_LAYER(replicate, Pad<Image, Padding<0, 3, 4, 2>, Replicate>);
    CHECK_LAYER(circular, Pad<Image, Padding<1, 5, 6, 2>, Circular>);
    CHECK_LAYER(zeros_of_signal, Pad<Signal, Padding<2, 0>>);
    CHECK_LAYER(reflect_signal, Pad<Signal, Padding<3>, Reflect>);
    CHECK_LAYER(replicate_signal, Pad<Signal, Padding<0, 4>, Replicate>);
}

TEST_CASE("options that PyTorch's numbers leave out: the gradient is the derivative") {
    check_layer_differences<MaxPool<Signal, Kernel<4>, Stride<3>, Padding<2>, CeilMode>>();
    check_layer_differences<
        AveragePool<Signal, Kernel<4>, Stride<3>, Padding<2>, CeilMode, ExcludePadding>>();
    check_layer_differences<Pad<Signal, Padding<5, 3>, Circular>>();
}

namespace {

/// A pool in loops over single numbers.
struct PoolLoops {
    std::size_t channels, height, width, kernel_rows, kernel_columns, row_steps, column_steps, rows_above,
        columns_left, out_height, out_width;
    bool is_maximum;

    Wanted operator()(const std::vector<double>& x, const std::vector<double>& dy) const {
        Wanted result{{}, std::vector<double>(x.size())};
        for (std::size_t o = 0; o < channels * out_height * out_width; ++o) {
            const std::size_t c = o / (out_height * out_width), h = o / out_width % out_height,
                              w = o % out_width;
            double sum = 0, largest = -1e300;
            std::vector<std::size_t> inside;
            std::size_t first = 0;
            for (std::size_t i = h * row_steps; i < h * row_steps + kernel_rows; ++i)
                for (std::size_t j = w * column_steps; j < w * column_steps + kernel_columns; ++j) {
                    if (i < rows_above || i >= height + rows_above || j < columns_left ||
                        j >= width + columns_left)
                        continue;
                    inside.push_back((c * height + i - rows_above) * width + j - columns_left);
                    sum += x[inside.back()];
                    if (x[inside.back()] > largest) {
                        largest = x[inside.back()];
                        first = inside.back();
                    }
                }
            const double count = static_cast<double>(kernel_rows * kernel_columns);
            result.y.push_back(is_maximum ? largest : sum / count);
            if (is_maximum) result.dx[first] += dy[o];
            else
                for (const std::size_t i : inside) result.dx[i] += dy[o] / count;
        }
        return result;
    }
};

template <class L, class T> void check_loops(const PoolLoops& loops) {
    std::vector<double> x(L::InputShape::size), dy(L::OutputShape::size);
    Random random(L::InputShape::size);
    for (double& value : x) value = std::floor(8 * random.uniform()); // with ties
    for (double& value : dy) value = std::floor(8 * random.uniform());
    check_sample<L, T>(x, dy, loops(x, dy));
}

template <class T, std::size_t N> void check_width() {
    INFO("width " << N);
    using Wide = Shape<2, 3, N>;
    check_loops<MaxPool<Wide, Kernel<2, 2>, Stride<1, 2>, Padding<1, 1>>, T>(
        {2, 3, N, 2, 2, 1, 2, 1, 1, 4, N / 2 + 1, true});
    check_loops<AveragePool<Wide, Kernel<2, 3>, Stride<1, 1>, Padding<0, 1>>, T>(
        {2, 3, N, 2, 3, 1, 1, 0, 1, 2, N, false});
    if constexpr (N % 4 == 3 || N < 3) { // other steps, with the same loops over registers
        check_loops<MaxPool<Shape<1, 2, 2 * N>, Kernel<2, 2>>, T>(
            {1, 2, 2 * N, 2, 2, 2, 2, 0, 0, 1, N, true});
        check_loops<AveragePool<Shape<2, 1, 3 * N>, Kernel<1, 2>, Stride<1, 3>>, T>(
            {2, 1, 3 * N, 1, 2, 1, 3, 0, 0, 1, N, false});
    }
    check_loops<GlobalMaxPool<Shape<2, N>>, T>({2, 1, N, 1, N, 1, N, 0, 0, 1, 1, true});
    check_loops<GlobalAveragePool<Shape<2, N>>, T>({2, 1, N, 1, N, 1, N, 0, 0, 1, 1, false});
}

} // namespace

TEMPLATE_TEST_CASE("pools agree with loops over single numbers at every width", "", float, double) {
    [&]<std::size_t... N>(std::index_sequence<N...>) {
        (check_width<TestType, N + 1>(), ...);
    }(std::make_index_sequence<2 * detail::widest<TestType> + 1>{});
}

namespace {

/// dLoss/dx of layer L for one sample, alone and as each sample of a block, which are the same.
template <class L, class T> std::vector<T> derivatives(const std::vector<T>& x, const std::vector<T>& dy) {
    const auto one = results(layer_of<L, T, Sample<T>>(), 1, std::vector<T>{}, x.data(), dy.data());
    constexpr std::size_t lanes = detail::widest<T>;
    std::vector<T> xs, dys;
    for (std::size_t s = 0; s < lanes; ++s) {
        xs.insert(xs.end(), x.begin(), x.end());
        dys.insert(dys.end(), dy.begin(), dy.end());
    }
    const auto block =
        results(layer_of<L, T, Block<T, lanes>>(), lanes, std::vector<T>{}, xs.data(), dys.data());
    for (std::size_t i = 0; i < block.dx.size(); ++i) CHECK(block.dx[i] == one.dx[i % one.dx.size()]);
    for (std::size_t o = 0; o < block.y.size(); ++o)
        CHECK((math::is_nan(block.y[o]) ? math::is_nan(one.y[o % one.y.size()])
                                        : block.y[o] == one.y[o % one.y.size()]));
    return one.dx;
}

} // namespace

TEMPLATE_TEST_CASE("of equal values the first is the maximum, and of NaNs the last", "", float, double) {
    using T = TestType;
    using Values = std::vector<T>;
    const T nan = math::not_a_number<T>();
    using Pool = MaxPool<Shape<1, 2, 2>, Kernel<2, 2>>;
    CHECK(derivatives<Pool, T>({3, 3, 3, 3}, {1}) == Values{1, 0, 0, 0});
    CHECK(derivatives<Pool, T>({2, 3, 3, 3}, {1}) == Values{0, 1, 0, 0});
    CHECK(derivatives<Pool, T>({2, 2, 3, 3}, {1}) == Values{0, 0, 1, 0});
    CHECK(derivatives<Pool, T>({-0., 0, 0, 0}, {1}) == Values{1, 0, 0, 0});
    CHECK(derivatives<Pool, T>({2, nan, 3, 3}, {1}) == Values{0, 1, 0, 0}); // as PyTorch 1.13
    CHECK(derivatives<Pool, T>({nan, 9, nan, 3}, {1}) == Values{0, 0, 1, 0});
    const T infinity = math::infinite<T>();
    CHECK(derivatives<Pool, T>({-infinity, -infinity, -infinity, -infinity}, {1}) == Values{1, 0, 0, 0});

    constexpr std::size_t n = 5 * detail::widest<T> + 3;
    using Global = GlobalMaxPool<Shape<1, n>>;
    for (std::size_t first = 0; first < n; first += 3)
        for (std::size_t second = first + 1; second < n; second += 5) {
            Values x(n, T(-2)), wanted(n);
            x[first] = x[second] = 5;
            wanted[first] = 1;
            CHECK(derivatives<Global, T>(x, {1}) == wanted);
            x[first] = x[second] = nan;
            std::swap(wanted[first], wanted[second]);
            CHECK(derivatives<Global, T>(x, {1}) == wanted);
        }
}

TEST_CASE("pools read nothing past an input of the user") {
    using N = Net<MaxPool<Shape<1, 3, 5>, Kernel<2, 2>, Stride<1, 2>>>;
    N net;
    std::vector<N::Input> x(1); // at the end of its allocation, for the sanitizers
    fill_random(x[0], 1);
    CHECK(net(x[0])[3] == std::max({x[0][7], x[0][8], x[0][12], x[0][13]}));
}

namespace {

using Gradients =
    std::tuple<Case<Net64<MaxPool<Shape<2, 4, 6>, Kernel<2, 2>>, PRelu<Shape<2, 2, 3>>,
                          Pad<Shape<2, 2, 3>, Padding<1, 1>, Reflect>,
                          Residual<AveragePool<Shape<2, 4, 5>, Kernel<3, 3>, Stride<1, 1>, Padding<1, 1>>,
                                   PRelu<Shape<2, 4, 5>>>,
                          Net<Upsample<Shape<2, 4, 5>, ScaleFactor<1, 2>, Bilinear>,
                              MaxPool<Shape<2, 4, 10>, Kernel<3, 2>, Stride<2, 2>, Padding<1, 0>>>,
                          GlobalAveragePool<Shape<2, 2, 5>>, Dense<2, 2, Tanh>>,
                    MeanSquaredError>,
               Case<Net64<Upsample<Shape<1, 6>, ScaleFactor<2>>, PRelu<Shape<1, 12>>,
                          Concat<MaxPool<Shape<1, 12>, Kernel<3>>, AveragePool<Shape<1, 12>, Kernel<3>>>,
                          PRelu<Shape<2, 4>>, Concat<GlobalMaxPool<Shape<2, 4>>, Flatten<Shape<2, 4>>>,
                          Dense<10, 3, Tanh>>,
                    MeanSquaredError>>;

} // namespace

TEMPLATE_LIST_TEST_CASE("layers of images: the gradient is the derivative", "", Gradients) {
    check_gradients<typename TestType::Net>(typename TestType::Loss{});
}
