// Stack: custom layers at every position of a net, in blocks of every size.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace {

/// y_i = w_i x_i^2, one sample after the other: it never touches unused lanes. It declares no
/// OutputActivation.
template <std::size_t N> struct Squares {
    using InputShape = Shape<N>;
    using OutputShape = Shape<N>;
    static constexpr std::size_t parameter_count = N, trace = 0, scratch = 0;
    static constexpr std::array tensors{Tensor{"weight", 0, 1, {N}, {1}, 1, 1}};

    template <class T, class X, class Y, class Trace>
    static constexpr void forward(const T* w, X x, Y y, Trace) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < N; ++i) {
                const T value = x.data[i * X::stride + s];
                y.data[i * Y::stride + s] = w[i] * value * value;
            }
    }
    template <class T, class X, class Y, class Trace, class Dy, class Dx, class Scratch>
    static constexpr void backward(const T* w, X x, Y, Trace, Dy dy, Dx dx, Scratch, T* gradient,
                                   bool add) noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            T sum = 0;
            for (std::size_t s = 0; s < x.samples; ++s) {
                const T value = x.data[i * X::stride + s], derivative = dy.data[i * Dy::stride + s];
                sum += derivative * value * value;
                if constexpr (!std::is_same_v<Dx, NoView>)
                    dx.data[i * Dx::stride + s] = 2 * w[i] * value * derivative;
            }
            gradient[i] = add ? gradient[i] + sum : sum;
        }
    }
};

/// y = x / 2: no parameters, so no table of tensors.
template <std::size_t N> struct Half {
    using InputShape = Shape<N>;
    using OutputShape = Shape<N>;
    static constexpr std::size_t parameter_count = 0, trace = 0, scratch = 0;

    template <class T, class X, class Y, class Trace>
    static constexpr void forward(const T*, X x, Y y, Trace) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < N; ++i) y.data[i * Y::stride + s] = x.data[i * X::stride + s] / 2;
    }
    template <class T, class X, class Y, class Trace, class Dy, class Dx, class Scratch>
    static constexpr void backward(const T*, X x, Y, Trace, Dy dy, Dx dx, Scratch, T*, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            for (std::size_t s = 0; s < x.samples; ++s)
                for (std::size_t i = 0; i < N; ++i)
                    dx.data[i * Dx::stride + s] = dy.data[i * Dy::stride + s] / 2;
    }
};

/// The square root of |z|, whose derivative at 0 is NaN: z of an unused lane is often 0.
struct Root {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::sqrt(math::abs(z)); }
    template <class V> static constexpr V derivative(V, V y) noexcept { return V(0.5) / y; }
};

/// Steps of one trainer with batches of falling size, so that unused lanes contain what larger batches left
/// there, compared with the mean of the samples' gradients; before each, a step with an input of NaN.
template <class Net> void check_falling_batches() {
    using T = typename Net::Scalar;
    Net net;
    fill_random(net.parameters(), 11, -0.9, 0.9);
    constexpr std::size_t width = lanes_for<T>(64), count = 2 * width + 1;
    const auto xs = random_samples<typename Net::Input>(count, 100);
    const auto ts = random_samples<typename Net::Output>(count, 200);
    auto poisoned = xs;
    for (auto& x : poisoned) x.fill(math::not_a_number<T>());
    Trainer<Net, HalfSquaredError, Sgd, count> trainer(net, HalfSquaredError{}, Sgd{.learning_rate = 0});
    for (std::size_t samples = count; samples > 0; --samples) {
        INFO(samples << " samples");
        CHECK(math::is_nan(trainer.step(poisoned, ts)));
        trainer.step(std::span(xs).first(samples), std::span(ts).first(samples));
        std::vector<double> wanted(Net::parameter_count);
        for (std::size_t s = 0; s < samples; ++s) {
            const auto one = gradient(net, HalfSquaredError{}, xs[s], ts[s]);
            for (std::size_t p = 0; p < wanted.size(); ++p)
                wanted[p] += static_cast<double>(one[p]) / static_cast<double>(samples);
        }
        double largest = 0;
        for (const double value : wanted) largest = std::max(largest, std::abs(value));
        const double tolerance = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
        CHECK(largest_error(trainer.gradient(), wanted, largest) < tolerance);
    }
}

template <class T> void check_every_place() {
    check_falling_batches<NetOf<T, Squares<3>, Dense<3, 2, Tanh>>>();                 // first
    check_falling_batches<NetOf<T, Dense<2, 3, Tanh>, Squares<3>, Dense<3, 1>>>();    // in the middle
    check_falling_batches<NetOf<T, Dense<2, 19, Tanh>, Squares<19>, Dense<19, 5>>>(); // over kernels of tiles
    check_falling_batches<NetOf<T, Dense<2, 3, Gelu>, Squares<3>>>();                 // last
    check_falling_batches<NetOf<T, Dense<2, 1>, Half<1>, Squares<1>, Dense<1, 1>>>();
    check_falling_batches<NetOf<T, Dense<2, 3>, NetOf<T, Half<3>, Squares<3>>, Dense<3, 1>>>(); // in a net
    check_falling_batches<NetOf<T, Dense<2, 3, Root, false>, Dense<3, 2, Root, false>>>();
}

} // namespace

static_assert(Layer<Squares<3>> && Layer<Half<3>> && Chain<Dense<2, 3>, Half<3>>);

// Relative 100 ulp of the largest derivative.
TEST_CASE(
    "the gradients of a layer that never writes unused lanes are right at every position, after any batch") {
    check_every_place<float>();
    check_every_place<double>();
}

TEST_CASE("after a refused step with a loss of NaN, steps with finite samples are finite") {
    using N = Net<Dense<2, 3, Tanh>, Squares<3>, Dense<3, 1>>;
    N net;
    fill_random(net.parameters(), 11, -0.9, 0.9);
    auto xs = random_samples<N::Input>(8, 1);
    const auto ts = random_samples<N::Output>(8, 2);
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    const auto clean = xs;
    xs[7] = {math::not_a_number<float>(), 0};
    CHECK(math::is_nan(trainer.step(xs, ts)));
    CHECK(std::isfinite(trainer.step(std::span(clean).first(7), std::span(ts).first(7))));
    for (const float p : net.parameters()) CHECK(std::isfinite(p));
}

// 102 samples in minibatches of 32: the last one ends within a register. 5e-3 of the loss after 50 epochs was
// wrong; a minibatch of one sample at a time, summed in double, is the reference.
TEST_CASE("fit with a custom layer agrees with plain gradient descent") {
    using N = NetOf<double, Dense<2, 3, Tanh>, Squares<3>, Dense<3, 1>>;
    N net;
    fill_random(net.parameters(), 11, -0.9, 0.9);
    N plain = net;
    const auto xs = random_samples<N::Input>(102, 1);
    const auto ts = random_samples<N::Output>(102, 2);
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    trainer.fit(xs, ts, {.epochs = 50});
    for (int epoch = 0; epoch < 50; ++epoch)
        for (std::size_t first = 0; first < 102; first += 32) {
            const std::size_t samples = std::min<std::size_t>(32, 102 - first);
            std::vector<double> sum(N::parameter_count);
            for (std::size_t s = first; s < first + samples; ++s) {
                const auto one = gradient(plain, MeanSquaredError{}, xs[s], ts[s]);
                for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += one[p];
            }
            for (std::size_t p = 0; p < sum.size(); ++p)
                plain.parameters()[p] -= 0.1 * sum[p] / static_cast<double>(samples);
        }
    CHECK(largest_error(net.parameters(), plain.parameters(), 1) < 1e-12);
}

TEST_CASE("a layer without parameters needs no table of tensors, and may be the only one") {
    Net<Half<2>> net;
    initialize(net, 1);
    CHECK(net({2.f, 4.f}) == std::array{1.f, 2.f});
    CHECK(summary<Net<Half<2>>>().view().find("Total") != std::string_view::npos);
}
