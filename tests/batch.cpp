// Many samples through a net: block by block, within the bound on stack use, from arrays or flat memory.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <pthread.h>
#include <span>
#include <vector>

using namespace tenon;

namespace {

template <class N>
constexpr std::size_t block = detail::block_for<detail::StackOf<N>, typename N::Scalar, 0>();

// Nets of the usual sizes process whole blocks; a wider one smaller blocks, or one sample at a time.
using Mnist = Net<Dense<784, 128, Relu>, Dense<128, 10, Softmax>>;
using Wide = Net<Dense<1, 16384, Relu>, Dense<16384, 1>>;
using Widest = Net<Dense<1, 65000, Relu>, Dense<65000, 1>>;
using TwoWide = Net<Dense<1, 8192, Tanh>, Dense<8192, 256, Tanh>, Dense<256, 1>>;
using TooWide = NetOf<double, Dense<1, 65000, Relu>, Dense<65000, 1>>;
static_assert(block<Mnist> == 64 && block<NetOf<double, Dense<64, 64>, Dense<64, 2>>> == 32);
static_assert(block<Net<Dense<32, 700, Relu>, Dense<700, 2>>> == 64);
static_assert(block<Net<Dense<32, 1000, Relu>, Dense<1000, 2>>> == 32);
// Of nets with convolutions, no block is narrower than a register: 6664 values a sample fit in one register
// of samples, 16464 do not.
using OneConvolution =
    Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<3, 3>, Same>, MaxPool<Shape<6, 28, 28>, Kernel<2, 2>>>;
using Large = Net<Conv2D<Shape<1, 28, 28>, 16, Kernel<3, 3>, Same>, MaxPool<Shape<16, 28, 28>, Kernel<2, 2>>>;
static_assert(block<OneConvolution> == (detail::widest<float> < 16 ? 8 : 16));
static_assert(block<Large> == 1 || detail::widest<float> == 1);
static_assert(block<Widest> == 1 && detail::keeps_to_stack<detail::StackOf<Widest>, float>);
static_assert(!detail::keeps_to_stack<detail::StackOf<TooWide>, double>);
// The outputs within a nested net are on the stack together with those of the outer net.
static_assert(
    detail::StackOf<Net<Dense<2, 16>, Net<Dense<16, 32>, Dense<32, 16>>, Dense<16, 2>>>::activations ==
    16 + 16 + detail::padded(32));
// Those of two neighbours exist at the same time, not the widest of all.
static_assert(detail::StackOf<Net<Dense<2, 320>, Dense<320, 16>, Dense<16, 32>, Dense<32, 320>,
                                  Dense<320, 2>>>::activations == 320 + 32);
static_assert(block<Net<Dense<1, 9000>, Net<Dense<9000, 9000>, Dense<9000, 9000>>, Dense<9000, 1>>> <= 2);

/// Runs f in a thread with a small stack: the bound is 256 kB, and calls take a few kB more.
template <class F> void on_a_small_stack(F f, std::size_t bytes = 512 * 1024) {
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
    pthread_t thread;
    const auto run = [](void* argument) -> void* {
        (*static_cast<F*>(argument))();
        return nullptr;
    };
    REQUIRE(pthread_create(&thread, &attributes, run, &f) == 0);
    REQUIRE(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&attributes);
}

template <class N> struct Results {
    std::vector<typename N::Output> alone, together;
    typename N::Scalar loss;
    double accuracy;
    History history;
};

/// Everything that processes many samples, on a small stack, compared with calls for one sample.
template <class N> void check_wide(double tolerance) {
    const auto net = std::make_unique<N>();
    initialize(*net, 3);
    const auto trainer = std::make_unique<Trainer<N, MeanSquaredError, Sgd, 4>>(*net, MeanSquaredError{},
                                                                                Sgd{.learning_rate = 0});
    const auto xs = random_samples<typename N::Input>(5, 1);
    const auto ts = random_samples<typename N::Output>(5, 2);
    Results<N> found{{}, std::vector<typename N::Output>(5), 0, 0, {}};
    on_a_small_stack([&] {
        for (const auto& x : xs) found.alone.push_back((*net)(x));
        (*net)(xs, found.together);
        found.loss = evaluate(*net, MeanSquaredError{}, xs, ts);
        found.accuracy = accuracy(*net, xs, ts);
        found.history = trainer->fit(xs, ts, {.epochs = 1, .validation = {xs, ts}});
    });
    double loss = 0, right = 0;
    for (std::size_t s = 0; s < 5; ++s) {
        CHECK(largest_error(found.together[s], found.alone[s], 0.1) < tolerance);
        const double error = static_cast<double>(found.alone[s][0] - ts[s][0]);
        loss += error * error / 5;
        right += class_of(found.alone[s]) == class_of(ts[s]);
    }
    CHECK(found.loss == Approx(loss).epsilon(tolerance));
    CHECK(found.accuracy == right / 5);
    CHECK(found.history.outcome == Outcome::finished);
    CHECK(found.history.last.validation_loss == Approx(loss).epsilon(tolerance));
}

} // namespace

TEST_CASE("nets of any width stay within the bound on stack use, with the outputs of single calls") {
    check_wide<Wide>(1e-4);
    check_wide<TwoWide>(1e-4);
    check_wide<NetOf<double, Dense<1, 4096, Tanh>, Dense<4096, 1>>>(1e-12);
}

TEST_CASE("a net that is too wide to be called on the stack can be trained and validated") {
    const auto net = std::make_unique<TooWide>();
    initialize(*net, 3);
    const auto trainer = std::make_unique<Trainer<TooWide, MeanSquaredError, Sgd, 1>>(
        *net, MeanSquaredError{}, Sgd{.learning_rate = 0});
    const auto xs = random_samples<TooWide::Input>(2, 1);
    const auto ts = random_samples<TooWide::Output>(2, 2);
    History history;
    on_a_small_stack([&] { history = trainer->fit(xs, ts, {.epochs = 1, .validation = {xs, ts}}); });
    CHECK(history.last.validation_loss == Approx(history.last.loss).epsilon(1e-12));
}

// The last layer of one is the only layer of the other, so that blocks of 64 and of fewer samples compute the
// same sums.
TEST_CASE("an output has the same bits in blocks of every size") {
    using Small = Net<Dense<3, 40, Tanh>, Dense<40, 3, Softmax>>;
    Small net;
    initialize(net, 3);
    const auto xs = random_samples<Small::Input>(70, 1);
    std::vector<Small::Output> wanted(70);
    net(xs, wanted);
    const auto in_blocks = [&]<std::size_t Stride>(std::integral_constant<std::size_t, Stride>) {
        std::vector<Small::Output> ys(70);
        detail::run_blocks_with_buffer<detail::StackOf<Small>, Stride, 3 * Stride>(
            net.parameters().data(), std::span<const Small::Input>(xs), [&](std::size_t first, auto y) {
                detail::write_outputs<3>(y, [&](std::size_t s) { return ys[first + s].data(); });
            });
        return ys;
    };
    CHECK(in_blocks(std::integral_constant<std::size_t, 32>{}) == wanted);
    CHECK(in_blocks(std::integral_constant<std::size_t, 16>{}) == wanted);
    CHECK(in_blocks(std::integral_constant<std::size_t, 8>{}) == wanted);
    CHECK(in_blocks(std::integral_constant<std::size_t, 4>{}) == wanted);
}

TEST_CASE("accuracy over a thousand classes needs no confusion matrix") {
    using Many = Net<Dense<2, 1000, Softmax>>;
    const auto net = std::make_unique<Many>();
    initialize(*net, 3);
    const auto xs = random_samples<Many::Input>(3, 1);
    std::vector<std::size_t> classes;
    for (const auto& x : xs) classes.push_back(class_of((*net)(x)));
    double right = 0;
    on_a_small_stack([&] { right = accuracy(*net, xs, classes); });
    CHECK(right == 1);
}

TEST_CASE("nets of many classes stay within the bound on stack use") {
    const std::size_t small = 384 * 1024;
    using Many = Net<Dense<1, 62000, Softmax>>; // its output takes 248 kB
    const auto net = std::make_unique<Many>();
    initialize(*net, 3);
    const auto trainer = std::make_unique<Trainer<Many, CrossEntropy, Sgd, 1>>(*net, CrossEntropy{}, Sgd{});
    const auto xs = random_samples<Many::Input>(2, 1);
    const std::vector<Many::Output> ts(2);
    const std::array<std::size_t, 2> classes{61999, 0};
    double right = 0;
    float loss = 0, step = 0;
    on_a_small_stack(
        [&] {
            right = accuracy(*net, xs, classes) + accuracy(*net, xs, ts);
            loss = evaluate(*net, CrossEntropy{}, xs, ts);
        },
        small);
    CHECK(loss == 0);

    using More = Net<Dense<1, 100000, Softmax>>; // too many for an evaluation
    const auto more = std::make_unique<More>();
    const auto other = std::make_unique<Trainer<More, CrossEntropy, Sgd, 1>>(*more, CrossEntropy{}, Sgd{});
    on_a_small_stack([&] { step = other->step(xs[0], 99999); }, small);
    CHECK(step == Approx(std::log(100000.)));
    CHECK(other->gradient()[199999] == Approx(1e-5 - 1));

    // Class indices need a one-hot target beside the output.
    using Half = detail::StackOf<Net<Dense<1, 32000, Softmax>>>;
    static_assert(detail::sample_bytes<Half, float, 32000> <= detail::max_stack_bytes);
    static_assert(detail::sample_bytes<detail::StackOf<Many>, float, 62000> > detail::max_stack_bytes);
}

TEST_CASE("a gradient needs twice its size and at most 256 kB on the stack") {
    using N = Net<Dense<1, 15000, Relu>, Dense<15000, 1>>; // 180 kB of parameters
    static_assert(sizeof(detail::BlockPasses<N, MeanSquaredError, 0>) < detail::max_stack_bytes);
    const auto net = std::make_unique<N>();
    initialize(*net, 3);
    const auto trainer = std::make_unique<Trainer<N, MeanSquaredError, Sgd, 1>>(*net, MeanSquaredError{},
                                                                                Sgd{.learning_rate = 0});
    trainer->step({0.5f}, {1.f});
    bool equal = false;
    const auto compare = [&] {
        const auto g = gradient(*net, MeanSquaredError{}, {0.5f}, {1.f});
        equal = std::ranges::equal(g, trainer->gradient());
    };
    on_a_small_stack(compare, 2 * 181 * 1024 + 300 * 1024);
    CHECK(equal);
}

namespace {

using Tiny = Net<Dense<3, 19, Tanh>, Dense<19, 2>>;
constexpr Tiny tiny = [] {
    Tiny net;
    initialize(net, 5);
    return net;
}();

} // namespace

TEST_CASE("flat memory has the outputs of arrays, bit by bit and without a copy") {
    const auto xs = random_samples<Tiny::Input>(67, 1);
    std::vector<float> flat, found(67 * 2, -1);
    for (const auto& x : xs) flat.insert(flat.end(), x.begin(), x.end());
    std::vector<Tiny::Output> wanted(67);
    tiny(xs, wanted);
    tiny(flat, found); // as vectors
    for (std::size_t s = 0; s < 67; ++s) CHECK(std::array{found[2 * s], found[2 * s + 1]} == wanted[s]);
    tiny(std::span<const float>(flat).first(3 * 3), std::span(found).subspan(10, 6));
    CHECK(std::array{found[10], found[11]} == wanted[0]);

    constexpr auto by_compiler = [] {
        const std::array<float, 6> inputs{1, 2, 3, -1, -2, -3};
        std::array<float, 4> ys{};
        tiny(std::span<const float>(inputs), std::span<float>(ys));
        return ys;
    }();
    CHECK(std::abs(by_compiler[0] - tiny({1.f, 2.f, 3.f})[0]) < 1e-6f);
    CHECK(std::abs(by_compiler[3] - tiny({-1.f, -2.f, -3.f})[1]) < 1e-6f);
}

TEST_CASE("flat outputs become NaN if their number differs from the inputs', or if one is incomplete") {
    const auto all_nan = [](std::size_t inputs, std::size_t outputs) {
        const std::vector<float> xs(inputs, 1);
        std::vector<float> ys(outputs, 1);
        tiny(xs, ys);
        std::size_t nans = 0;
        for (const float y : ys) nans += math::is_nan(y);
        CHECK((nans == 0 || nans == outputs));
        return nans == outputs;
    };
    CHECK_FALSE(all_nan(6, 4));
    CHECK(all_nan(6, 2));
    CHECK(all_nan(6, 6));
    CHECK(all_nan(7, 4));
    CHECK(all_nan(6, 5));
    CHECK(all_nan(0, 1));
}

TEST_CASE("one input may be a span with its size in its type") {
    const std::vector<float> stream{9, 1, 2, 3, 9};
    const Tiny::Output wanted = tiny({1.f, 2.f, 3.f});
    CHECK(tiny(std::span<const float, 3>(stream.data() + 1, 3)) == wanted);
    std::vector<float> writable = stream;
    CHECK(tiny(std::span<float, 3>(writable.data() + 1, 3)) == wanted);
    CHECK(tiny(std::span(stream).subspan<1, 3>()) == wanted);
}
