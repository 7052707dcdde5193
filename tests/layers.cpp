// The layers: sizes and names, PyTorch's numbers, every width against loops in double, constant expressions.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "layer_views.hpp"
#include "reference/pytorch_layers.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <ratio>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tenon;
namespace pytorch = reference::pytorch_layers;

// Sizes, and PyTorch's names.
using Picture = Shape<2, 3, 2>;
static_assert(Layer<LayerNorm<Picture>> && LayerNorm<Picture>::parameter_count == 24);
// PyTorch's weight and bias have the dimensions of the values.
static_assert(LayerNorm<Picture>::tensors[1].shape == std::array<std::size_t, 4>{2, 3, 2} &&
              LayerNorm<Picture>::tensors[1].rank == 3 &&
              LayerNorm<Picture>::tensors[1].at(1, 2, 0) == 12 + 10);
static_assert(LayerNorm<Shape<2, 2, 2, 2, 3>>::tensors[0].rank == 1 &&
              LayerNorm<Shape<2, 2, 2, 2, 3>>::tensors[0].size() == 48);
static_assert(Layer<BatchNorm<Picture>> && Layer<Dropout<Picture, 20>> && Layer<PRelu<Picture>> &&
              Layer<Flatten<Picture>> && Layer<Unflatten<Picture>> && Layer<Scale<Picture>> &&
              Layer<Residual<PRelu<Picture>>> && Layer<Concat<Dense<2, 3>, Dense<2, 1>>> &&
              Layer<Split<Dense<2, 3>, Dense<2, 1>>> && Layer<Frozen<Dense<2, 3>>> &&
              Layer<Frozen<Net<Dense<2, 3>, Dropout<Shape<3>, 10>>>>);
static_assert(BatchNorm<Picture>::parameter_count == 8 && BatchNorm<Picture>::trainable == 4);
static_assert(BatchNorm<Shape<5>, std::ratio<1, 10>, std::ratio<1, 100>, false>::parameter_count == 10);
static_assert(PRelu<Picture>::parameter_count == 2 && PRelu<Shape<5>>::parameter_count == 5);
static_assert(Scale<Picture>::parameter_count == 24 && Flatten<Picture>::parameter_count == 0);
static_assert(std::is_same_v<Flatten<Picture>::OutputShape, Shape<12>>);
static_assert(std::is_same_v<Unflatten<Picture>::InputShape, Shape<12>> &&
              std::is_same_v<Unflatten<Picture>::OutputShape, Picture>);
static_assert(std::is_same_v<Concat<PRelu<Picture>, PRelu<Picture>>::OutputShape, Shape<4, 3, 2>>);
static_assert(std::is_same_v<Split<PRelu<Picture>, PRelu<Picture>>::InputShape, Shape<4, 3, 2>>);
static_assert(
    std::is_same_v<Concat<Dense<64, 16, Tanh>, Net<Dense<64, 8>, Dense<8, 8>>>::OutputShape, Shape<24>>);

namespace {

using Normed = Net<Dense<2, 3>, BatchNorm<Shape<3>>, PRelu<Shape<3>>, Scale<Shape<3>>>;
constexpr Normed initialized = [] {
    Normed net;
    initialize(net, 1);
    return net;
}();
static_assert(initialized.layer<1>().weight(2) == 1 && initialized.layer<1>().bias(2) == 0 &&
              initialized.layer<1>().tensor("running_mean", 2) == 0 &&
              initialized.layer<1>().tensor("running_var", 2) == 1);
static_assert(initialized.layer<2>().weight(1) == 0.25f && initialized.layer<3>().tensor("mean", 0) == 0 &&
              initialized.layer<3>().tensor("deviation", 0) == 1);

// By hand, in constant expressions.
template <class L>
constexpr auto answer(std::array<double, L::parameter_count> parameters, typename NetOf<double, L>::Input x) {
    NetOf<double, L> net;
    std::copy(parameters.begin(), parameters.end(), net.parameters().begin());
    return net(x);
}
static_assert(answer<PRelu<Shape<3>>>({0.5, 0.25, 2}, {-2, 3, -4}) == std::array{-1., 3., -8.});
static_assert(answer<PRelu<Shape<2, 2>>>({0.5, 2}, {-2, 3, -4, 1}) == std::array{-1., 3., -8., 1.});
static_assert(answer<Scale<Shape<2>>>({1, 2, 2, 4}, {5, -2}) == std::array{2., -1.});
static_assert(answer<Flatten<Shape<2, 2>>>({}, {1, 2, 3, 4}) == std::array{1., 2., 3., 4.});
static_assert(answer<Unflatten<Shape<2, 2>>>({}, {1, 2, 3, 4}) == std::array{1., 2., 3., 4.});
static_assert(answer<Dropout<Shape<2>, 50>>({}, {1, 2}) == std::array{1., 2.});
// running_var + epsilon is 4 and 1
using Ratio1 = std::ratio<1>;
static_assert(answer<BatchNorm<Shape<2>, Ratio1, Ratio1>>({2, 3, 10, 20, 1, 2, 3, 0}, {5, 3}) ==
              std::array{2 * 2 + 10., 3 * 1 + 20.});
static_assert(answer<BatchNorm<Shape<2>, Ratio1, Ratio1, false>>({1, 2, 3, 0}, {5, 3}) == std::array{2., 1.});
// variance + epsilon is 4
static_assert(answer<LayerNorm<Shape<2>, std::ratio<3>>>({2, 4, 10, 20}, {1, 3}) == std::array{9., 22.});
static_assert(answer<LayerNorm<Shape<2>, std::ratio<3>, false>>({}, {1, 3}) == std::array{-0.5, 0.5});
static_assert(answer<Residual<PRelu<Shape<2>>>>({0.5, 3}, {-2, 4}) == std::array{-3., 8.});
static_assert(answer<Concat<PRelu<Shape<2>>, Scale<Shape<2>>>>({0.5, 3, 0, 0, 1, 2}, {-2, 4}) ==
              std::array{-1., 4., -2., 2.});
static_assert(answer<Split<PRelu<Shape<1>>, Scale<Shape<1>>>>({0.5, 1, 2}, {-2, 4}) == std::array{-1., 1.5});
static_assert(answer<Frozen<PRelu<Shape<2>>>>({0.5, 3}, {-2, 4}) == std::array{-1., 4.});

/// Two steps of training with every layer.
template <class T> constexpr auto trained_by_compiler() {
    using N =
        NetOf<T, Scale<Shape<2>>, BatchNorm<Shape<2>>, Dense<2, 4, Tanh>, LayerNorm<Shape<4>>,
              Dropout<Shape<4>, 30>, Residual<PRelu<Shape<4>>, Dense<4, 4>>,
              Split<Dense<1, 2>, Frozen<Dense<3, 3>>>,
              Concat<PRelu<Shape<5>>, Net<BatchNorm<Shape<5>>, Dense<5, 2>>>, Flatten<Shape<7>>, Dense<7, 1>>;
    N net;
    initialize(net, 1);
    const std::array<typename N::Input, 3> xs{{{1, 2}, {T(-0.5), 1}, {2, T(0.25)}}};
    const std::array<typename N::Output, 3> ts{{{1}, {0}, {-1}}};
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1, .momentum = 0.9}, batch_size<2>};
    for (int step = 0; step < 2; ++step)
        trainer.step(std::span<const typename N::Input>(xs), std::span<const typename N::Output>(ts));
    trainer.step(xs[0], ts[0]);
    return std::pair(net, net(xs[1]));
}

} // namespace

TEST_CASE("the compiler trains a net of every layer as it is trained at run time") {
    constexpr auto by_compiler = trained_by_compiler<double>();
    const auto at_run_time = trained_by_compiler<double>();
    // Normalization of few samples amplifies rounding, which differs where the machine has fused
    // multiply-add.
    const double tolerance = 1e-12;
    CHECK(largest_error(at_run_time.first.parameters(), by_compiler.first.parameters(), 0.1) < tolerance);
    CHECK(largest_error(at_run_time.second, by_compiler.second, 0.1) < tolerance);
}

namespace {

/// The numbers of `from` as T.
template <class T, std::size_t N> std::array<T, N> as(const std::array<double, N>& from) {
    std::array<T, N> result;
    std::transform(from.begin(), from.end(), result.begin(), [](double v) { return static_cast<T>(v); });
    return result;
}
template <class T, std::size_t N, std::size_t S>
std::vector<std::array<T, N>> as(const std::array<std::array<double, N>, S>& from) {
    std::vector<std::array<T, N>> result;
    for (const auto& sample : from) result.push_back(as<T>(sample));
    return result;
}

/// PyTorch's net, trained by tenon with the same samples.
template <class Net, std::size_t Batch, class Optimizer, class Start, class Gradient, class Xs, class Ts,
          class Losses, class After, class Outputs>
void check_training(Optimizer optimizer, const Start& start, const Gradient& gradient, const Xs& xs,
                    const Ts& ts, const Losses& losses, const After& after, const Outputs& outputs) {
    using T = typename Net::Scalar;
    const double tolerance = std::is_same_v<T, float> ? 2e-4 : 1e-10;
    static_assert(Net::parameter_count == std::tuple_size_v<Start>);
    Net net;
    for (std::size_t p = 0; p < start.size(); ++p) net.parameters()[p] = static_cast<T>(start[p]);
    Trainer trainer{net, MeanSquaredError{}, optimizer, batch_size<Batch>};
    for (std::size_t step = 0; step < xs.size(); ++step) {
        INFO("step " << step);
        const auto inputs = as<T>(xs[step]);
        const auto targets = as<T>(ts[step]);
        const T loss = trainer.step(std::span(inputs), std::span(targets));
        CHECK(static_cast<double>(loss) == Approx(losses[step]).epsilon(tolerance));
        if (step == 0) CHECK(largest_error(trainer.gradient(), gradient, 0.05) < tolerance);
        CHECK(largest_error(net.parameters(), after[step], 0.1) < tolerance);
    }
    const auto inputs = as<T>(xs[0]);
    std::vector<typename Net::Output> ys(inputs.size());
    net(inputs, ys);
    for (std::size_t s = 0; s < ys.size(); ++s) {
        CHECK(largest_error(ys[s], outputs[s], 0.1) < tolerance);
        CHECK(largest_error(net(inputs[s]), outputs[s], 0.1) < tolerance);
    }
}

} // namespace

#define CHECK_TRAINING(Net, batch, optimizer, name)                                                          \
    check_training<Net, batch>(optimizer, pytorch::name##_start, pytorch::name##_gradient,                   \
                               pytorch::name##_xs, pytorch::name##_ts, pytorch::name##_losses,               \
                               pytorch::name##_after, pytorch::name##_outputs)

TEMPLATE_TEST_CASE("nets of layers are trained to PyTorch's numbers", "", float, double) {
    using T = TestType;
    const Sgd sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.05};
    const Sgd slow_sgd{.learning_rate = 0.005, .momentum = 0.9, .weight_decay = 0.05};
    const Adam adam{.learning_rate = 0.05, .weight_decay = 0.1};
    using Five = Shape<5>;
    using Normal = NetOf<T, Dense<4, 5>, BatchNorm<Five>, Activate<Five, Tanh>, Dense<5, 2>>;
    CHECK_TRAINING(Normal, 32, sgd, normal);
    using Pictures =
        NetOf<T, BatchNorm<Picture, std::ratio<1, 10>, std::ratio<1, 100000>, false>, PRelu<Picture>,
              BatchNorm<Picture, std::ratio<1, 4>>, Flatten<Picture>, Dense<12, 3>>;
    CHECK_TRAINING(Pictures, 5, adam, pictures);
    if constexpr (std::is_same_v<T, double>) { // the compiler takes long for each
        using NormalAdam = NetOf<T, BatchNorm<Shape<4>>, Dense<4, 3>,
                                 BatchNorm<Shape<3>, std::ratio<3, 10>, std::ratio<1, 100>>>;
        CHECK_TRAINING(NormalAdam, 64, adam, normal_adam);
        using Groups = NetOf<T, Dense<4, 5>, BatchNorm<Five>, Activate<Five, Tanh>, Dense<5, 3>,
                             BatchNorm<Shape<3>, std::ratio<1, 10>, std::ratio<1, 100000>, false>>;
        CHECK_TRAINING(Groups, 4, sgd, groups_11);
        CHECK_TRAINING(Groups, 4, sgd, groups_9);
        using Residuals =
            NetOf<T, Dense<4, 6>, Residual<Dense<6, 5>, BatchNorm<Five>, Activate<Five, Tanh>, Dense<5, 6>>,
                  PRelu<Shape<6>>, Dense<6, 2>>;
        CHECK_TRAINING(Residuals, 32, slow_sgd, residual);
        using Branches =
            NetOf<T, Dense<4, 6>, Concat<Dense<6, 3, Tanh>, Net<Dense<6, 5, Sigmoid>, Dense<5, 2>>>,
                  Split<Dense<2, 2, Tanh>, BatchNorm<Shape<3>>>, Dense<5, 2>>;
        CHECK_TRAINING(Branches, 7, adam, branches);
        using LayerNormed =
            NetOf<T, LayerNorm<Shape<4>>, Dense<4, 6, Tanh>, LayerNorm<Shape<6>, std::ratio<1, 100>, false>,
                  Dense<6, 3>, LayerNorm<Shape<3>>>;
        CHECK_TRAINING(LayerNormed, 7, adam, layer_normed);
    }
}

namespace {

template <class T> using Formula = double (*)(const T* parameters, const T* x, std::size_t i);

/// The outputs of one sample are those of the formula; those of each sample of a block, and all derivatives,
/// are those of one sample.
template <class T, class... Blocks>
void check_views(Formula<T> formula, const AnyLayer<T, Sample<T>>& one, const Blocks&... blocks) {
    constexpr std::size_t most = 2 * detail::widest<T> + 1;
    const double tolerance = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
    std::vector<T> parameters(one.parameters + guards), xs(most * one.in), dys(most * one.out);
    fill_random(parameters, 1, 0.2, 0.9);
    fill_random(xs, 2, -2, 2);
    fill_random(dys, 3, -2, 2);
    std::vector<Results<T>> ones;
    for (std::size_t s = 0; s < most; ++s) {
        const T* const x = xs.data() + s * one.in;
        ones.push_back(results(one, 1, parameters, x, dys.data() + s * one.out));
        std::vector<double> wanted;
        for (std::size_t o = 0; o < one.out; ++o) wanted.push_back(formula(parameters.data(), x, o));
        CHECK(largest_error(ones.back().y, wanted, 1) < tolerance);
    }
    [[maybe_unused]] const auto check_block =
        [&]<std::size_t Stride>(const AnyLayer<T, Block<T, Stride>>& layer) {
            for (std::size_t samples = 1; samples <= std::min(Stride, most); ++samples) {
                const auto block = results(layer, samples, parameters, xs.data(), dys.data());
                Results<T> wanted;
                wanted.gradient.resize(one.parameters);
                for (std::size_t s = 0; s < samples; ++s) {
                    wanted.y.insert(wanted.y.end(), ones[s].y.begin(), ones[s].y.end());
                    wanted.dx.insert(wanted.dx.end(), ones[s].dx.begin(), ones[s].dx.end());
                    for (std::size_t p = 0; p < one.parameters; ++p)
                        wanted.gradient[p] += ones[s].gradient[p];
                }
                INFO(samples << " samples in a block of " << Stride);
                CHECK(largest_error(block.y, wanted.y, 1) < tolerance);
                CHECK(largest_error(block.dx, wanted.dx, 1) < tolerance);
                CHECK(largest_error(block.gradient, wanted.gradient, 1) < 8 * tolerance);
            }
        };
    (check_block(blocks), ...);
}

/// One sample for each number of values, blocks of each number of samples for few values.
template <class L, class T> void check_layer(Formula<T> formula) {
    using Whole = Block<T, detail::widest<T>>;
    using Longer = Block<T, 3 * detail::widest<T>>;
    if constexpr (L::InputShape::size == 3 || L::InputShape::size == 6)
        check_views<T>(formula, layer_of<L, T, Sample<T>>(), layer_of<L, T, Block<T, lanes_for<T>(1)>>(),
                       layer_of<L, T, Whole>(), layer_of<L, T, Longer>());
    else check_views<T>(formula, layer_of<L, T, Sample<T>>());
}

template <class T> double number(T value) { return static_cast<double>(value); }
template <class T> double prelu(T a, T x) { return x > 0 ? number(x) : number(a) * number(x); }
template <class T> double normed(const T* p, std::size_t c, std::size_t channels, T x) {
    return (number(x) - number(p[2 * channels + c])) / std::sqrt(number(p[3 * channels + c]) + 1e-5) *
               number(p[c]) +
           number(p[channels + c]);
}
template <class T> double layer_normed(const T* p, const T* x, std::size_t n, std::size_t i) {
    double mean = 0, variance = 0;
    for (std::size_t k = 0; k < n; ++k) mean += number(x[k]) / static_cast<double>(n);
    for (std::size_t k = 0; k < n; ++k) variance += std::pow(number(x[k]) - mean, 2) / static_cast<double>(n);
    return (number(x[i]) - mean) / std::sqrt(variance + 1) * number(p[i]) + number(p[n + i]);
}
template <class T> double relu_or_softsign(bool relu, T x) {
    return relu ? std::max(number(x), 0.) : number(x) / (1 + std::abs(number(x)));
}

template <class T, std::size_t N> void check_layers_of() {
    using S = Shape<N>;
    using Image = Shape<2, N>;
    INFO("width " << N);
    check_layer<PRelu<S>, T>([](const T* a, const T* x, std::size_t i) { return prelu(a[i], x[i]); });
    check_layer<PRelu<Image>, T>([](const T* a, const T* x, std::size_t i) { return prelu(a[i / N], x[i]); });
    check_layer<BatchNorm<Image>, T>(
        [](const T* p, const T* x, std::size_t i) { return normed(p, i / N, 2, x[i]); });
    if constexpr (N > 1) // the output of one value is its bias
        check_layer<LayerNorm<S, std::ratio<1>>, T>(
            [](const T* p, const T* x, std::size_t i) { return layer_normed(p, x, N, i); });
    using Sign = Activate<S, Softsign>;
    // The second branch begins within a register, and its last register may end after the output.
    check_layer<Concat<Activate<S, Relu>, Sign>, T>(
        [](const T*, const T* x, std::size_t i) { return relu_or_softsign(i < N, x[i % N]); });
    check_layer<Split<Activate<S, Relu>, Sign>, T>(
        [](const T*, const T* x, std::size_t i) { return relu_or_softsign(i < N, x[i]); });
    if constexpr (N <= 3 || N == detail::widest<T> || N > 2 * detail::widest<T>) { // the same loops as others
        check_layer<Scale<S>, T>([](const T* mean, const T* x, std::size_t i) {
            return (number(x[i]) - number(mean[i])) / number(mean[N + i]);
        });
        check_layer<BatchNorm<S>, T>(
            [](const T* p, const T* x, std::size_t i) { return normed(p, i, N, x[i]); });
        check_layer<Flatten<S>, T>([](const T*, const T* x, std::size_t i) { return number(x[i]); });
        check_layer<Unflatten<S>, T>([](const T*, const T* x, std::size_t i) { return number(x[i]); });
        check_layer<Residual<Sign>, T>(
            [](const T*, const T* x, std::size_t i) { return number(x[i]) + relu_or_softsign(false, x[i]); });
    }
}

} // namespace

TEMPLATE_TEST_CASE("layers agree with their formulas at every width, for one sample and blocks", "", float,
                   double) {
    [&]<std::size_t... N>(std::index_sequence<N...>) {
        (check_layers_of<TestType, N + 1>(), ...);
    }(std::make_index_sequence<2 * detail::widest<TestType> + 1>{});
}
