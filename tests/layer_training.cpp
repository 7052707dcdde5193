// Dropout's masks, frozen layers, and steps that are not finite.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace {

template <class Range, class Other> bool same_bits(const Range& a, const Other& b) {
    return std::size(a) == std::size(b) &&
           std::memcmp(std::data(a), std::data(b), std::size(a) * sizeof(*std::data(a))) == 0;
}

constexpr std::size_t value_count = 100;

/// y_i = factor_i w_i x
template <class T, std::size_t Percent>
using Ones = NetOf<T, Dense<1, value_count, Identity, false>, Dropout<Shape<value_count>, Percent>>;

/// The sum of y t.
struct Product {
    static constexpr bool mean = false;

    template <class V> constexpr V value(V y, V t) const { return y * t; }
    template <class V> constexpr V derivative(V, V t) const { return t; }
};

/// The factor of each value of each sample in a step. They are the gradient by w if only that sample's x and
/// t are 1.
template <class T, std::size_t Percent, std::size_t Batch>
std::vector<T> factors(std::uint64_t seed, std::size_t samples, int earlier_steps = 0) {
    using N = Ones<T, Percent>;
    std::vector<T> result;
    const std::vector<typename N::Input> xs(samples, typename N::Input{1});
    for (std::size_t s = 0; s < samples; ++s) {
        N net;
        for (T& weight : net.parameters()) weight = 1;
        std::vector<typename N::Output> ts(samples);
        Trainer trainer{net, Product{}, Sgd{.learning_rate = 0}, batch_size<Batch>};
        trainer.seed(seed);
        for (int step = 0; step < earlier_steps; ++step) trainer.step(std::span(xs), std::span(ts));
        ts[s].fill(1);
        trainer.step(std::span(xs), std::span(ts));
        for (const T derivative : trainer.gradient()) result.push_back(derivative * static_cast<T>(samples));
    }
    return result;
}

template <class T> std::vector<bool> mask(const std::vector<T>& found) {
    std::vector<bool> dropped;
    for (const T factor : found) dropped.push_back(factor == 0);
    return dropped;
}

double share_of_equal(const std::vector<bool>& a, const std::vector<bool>& b) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
    return static_cast<double>(equal) / static_cast<double>(a.size());
}

template <std::size_t Percent> void check_share() {
    const auto found = factors<float, Percent, 32>(5, 70);
    const double p = Percent / 100.0, n = static_cast<double>(found.size());
    double dropped = 0;
    for (const float factor : found) {
        if (factor == 0) ++dropped;
        else CHECK(static_cast<double>(factor) == Approx(1 / (1 - p)).epsilon(1e-6));
    }
    INFO(Percent << " percent: " << dropped << " of " << n);
    CHECK(std::abs(dropped - n * p) <= 4 * std::sqrt(n * p * (1 - p)));
}

} // namespace

TEST_CASE("Dropout drops its share, and scales the others by 1 / (1 - p)") {
    check_share<0>();
    check_share<1>();
    check_share<20>();
    check_share<50>();
    check_share<99>();
}

TEST_CASE("Dropout's masks depend on neither the batch size nor the number type") {
    const auto wanted = mask(factors<float, 30, 32>(5, 70));
    CHECK(mask(factors<float, 30, 8>(5, 70)) == wanted);
    CHECK(mask(factors<float, 30, 1>(5, 70)) == wanted);
    CHECK(mask(factors<float, 30, 64>(5, 70)) == wanted);
    CHECK(mask(factors<double, 30, 32>(5, 70)) == wanted);
    CHECK(mask(factors<double, 30, 64>(5, 70)) == wanted);
    // A smaller minibatch has the masks of the first samples.
    const auto few = mask(factors<float, 30, 32>(5, 7));
    CHECK(std::equal(few.begin(), few.end(), wanted.begin()));
    const auto one = mask(factors<float, 30, 32>(5, 1));
    CHECK(std::equal(one.begin(), one.end(), wanted.begin()));
}

TEST_CASE("Dropout's masks are as known numbers, on every CPU") {
    const auto found = mask(factors<float, 30, 32>(5, 1));
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 32; ++i) bits |= std::uint32_t{found[i]} << i;
    CHECK(bits == 0x53d0cfb2);
}

TEST_CASE("Dropout has other masks for another seed, step, sample, value and layer") {
    // Of independent masks, a share of p^2 + (1 - p)^2 is equal.
    const auto independent = [](const std::vector<bool>& a, const std::vector<bool>& b) {
        const double q = 0.5, n = static_cast<double>(a.size());
        INFO(share_of_equal(a, b));
        CHECK(std::abs(share_of_equal(a, b) - q) <= 4 * std::sqrt(q * (1 - q) / n));
    };
    const auto of = [](std::uint64_t seed, int step) { return mask(factors<float, 50, 32>(seed, 40, step)); };
    const auto first = of(0, 0);
    independent(first, of(1, 0));
    independent(first, of(1ull << 63, 0));
    independent(first, of(0, 1));
    independent(of(0, 1), of(0, 2));
    independent(of(1, 0), of(0, 1));
    const auto shifted = [&](std::size_t by) {
        auto other = first;
        std::rotate(other.begin(), other.begin() + static_cast<std::ptrdiff_t>(by), other.end());
        return other;
    };
    independent(first, shifted(1));
    independent(first, shifted(value_count));
    independent(first, shifted(value_count + 1));

    // Two layers: where both keep a value, the factor is 4.
    using Two = Net<Dense<1, value_count, Identity, false>, Dropout<Shape<value_count>, 50>,
                    Dropout<Shape<value_count>, 50>>;
    using Nested = Net<Dense<1, value_count, Identity, false>, Net<Dropout<Shape<value_count>, 50>>,
                       Net<Dropout<Shape<value_count>, 50>>>;
    const auto kept = []<class N>(std::type_identity<N>) {
        N net;
        for (float& weight : net.parameters()) weight = 1;
        Trainer trainer{net, Product{}, Sgd{.learning_rate = 0}};
        double count = 0;
        typename N::Output t;
        t.fill(1);
        for (int step = 0; step < 20; ++step) {
            trainer.step({1.f}, t);
            for (const float factor : trainer.gradient()) {
                CHECK((factor == 0 || factor == 4));
                count += factor != 0;
            }
        }
        return count;
    };
    const double n = 20 * value_count;
    CHECK(std::abs(kept(std::type_identity<Two>{}) - n / 4) <= 4 * std::sqrt(n * 3 / 16));
    CHECK(std::abs(kept(std::type_identity<Nested>{}) - n / 4) <= 4 * std::sqrt(n * 3 / 16));
}

TEST_CASE("a trainer that gets the same seed again repeats its masks") {
    using N = Ones<float, 50>;
    N net;
    for (float& weight : net.parameters()) weight = 1;
    N::Output t;
    t.fill(1);
    Trainer trainer{net, Product{}, Sgd{.learning_rate = 0}};
    const auto step = [&] {
        trainer.step({1.f}, t);
        return std::vector<float>(trainer.gradient().begin(), trainer.gradient().end());
    };
    const auto first = step(), second = step();
    CHECK(first != second);
    trainer.seed(0);
    CHECK(step() == first);
    CHECK(step() == second);
}

TEST_CASE("outside training Dropout and Flatten do nothing") {
    using Plain = Net<Dense<5, 19, Gelu>, Residual<Dense<19, 7, Tanh>, Dense<7, 19>>, Dense<19, 3, Softmax>>;
    using Dropped = Net<Dropout<Shape<5>, 20>, Dense<5, 19, Gelu>, Net<Dropout<Shape<19>, 50>>,
                        Residual<Dense<19, 7, Tanh>, Dropout<Shape<7>, 50>, Dense<7, 19>>,
                        Dropout<Shape<19>, 99>, Flatten<Shape<19>>, Dense<19, 3, Softmax>>;
    static_assert(sizeof(Plain) == sizeof(Dropped));
    Plain plain;
    Dropped dropped;
    initialize(plain, 3);
    std::copy(plain.parameters().begin(), plain.parameters().end(), dropped.parameters().begin());
    const auto xs = random_samples<Plain::Input>(37, 1);
    const auto ts = random_samples<Plain::Output>(37, 2, 0, 1);
    std::vector<Plain::Output> a(37), b(37);
    plain(xs, a);
    dropped(xs, b);
    CHECK(a == b);
    CHECK(plain(xs[3]) == dropped(xs[3]));
    CHECK(evaluate(plain, CrossEntropy{}, xs, ts) == evaluate(dropped, CrossEntropy{}, xs, ts));
    CHECK(gradient(plain, CrossEntropy{}, xs[3], ts[3]) == gradient(dropped, CrossEntropy{}, xs[3], ts[3]));
    CHECK(confusion_matrix(plain, xs, std::vector<int>(37, 1)).counts ==
          confusion_matrix(dropped, xs, std::vector<int>(37, 1)).counts);
}

namespace {

/// An optimizer that takes no update: it sees flat arrays, and would change every parameter.
struct Plain {
    template <class T, std::size_t N> struct State {
        T moments[N] = {};
    };
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state) const {
        for (std::size_t i = 0; i < N; ++i) {
            state.moments[i] = T(0.5) * state.moments[i] + gradient[i] + T(0.1) * parameters[i];
            parameters[i] -= T(0.1) * state.moments[i];
        }
    }
};

/// y = centre x, a layer of a user's own, whose backward takes a pointer to the gradient alone.
template <std::size_t N> struct Gain : LayerDefaults {
    using InputShape = Shape<N>;
    using OutputShape = Shape<N>;
    static constexpr std::size_t parameter_count = N;
    static constexpr std::array tensors{Tensor{.name = "weight", .shape = {N}, .strides = {1}, .initial = 1}};

    template <class T, class X, class Y, class Trace>
    static constexpr void forward(const T* gain, X x, Y y, Trace) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < N; ++i)
                y.data[i * Y::stride + s] = gain[i] * x.data[i * X::stride + s];
    }
    template <class T, class X, class Y, class Trace, class Dy, class Dx, class Scratch>
    static constexpr void backward(const T* gain, X x, Y, Trace, Dy dy, Dx dx, Scratch, T* gradient,
                                   bool add) noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            T sum = 0;
            for (std::size_t s = 0; s < x.samples; ++s) {
                const T derivative = dy.data[i * Dy::stride + s];
                sum += derivative * x.data[i * X::stride + s];
                if constexpr (!std::is_same_v<Dx, NoView>) dx.data[i * Dx::stride + s] = gain[i] * derivative;
            }
            gradient[i] = add ? gradient[i] + sum : sum;
        }
    }
};

/// Trains for some steps of minibatches of 11 samples.
template <class N, class Optimizer> N trained(const N& start, Optimizer optimizer) {
    N net = start;
    const auto xs = random_samples<typename N::Input>(33, 1);
    const auto ts = random_samples<typename N::Output>(33, 2);
    Trainer trainer{net, MeanSquaredError{}, optimizer, batch_size<8>};
    trainer.step(xs[0], ts[0]);
    trainer.fit(xs, ts, {.epochs = 3, .batch = 11});
    return net;
}

template <class N> N started() {
    N net;
    initialize(net, 7);
    fill_random(net.parameters(), 8, 0.2, 0.9);
    return net;
}

using Half = Frozen<Net<Dense<4, 6, Tanh>, BatchNorm<Shape<6>>, Dropout<Shape<6>, 30>, Gain<6>>>;
using HalfFrozen = Net<Half, Dense<6, 5, Gelu>, Frozen<Gain<5>>, Frozen<BatchNorm<Shape<5>>>, Dense<5, 2>,
                       Frozen<PRelu<Shape<2>>>>;

} // namespace

TEMPLATE_TEST_CASE("steps with weight decay and moments do not change frozen layers", "", Sgd, Adam, Plain) {
    const auto optimizer = [] {
        if constexpr (std::is_same_v<TestType, Sgd>)
            return Sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1};
        else if constexpr (std::is_same_v<TestType, Adam>) return Adam{.weight_decay = 0.1};
        else return Plain{};
    }();
    const auto before = started<HalfFrozen>();
    const auto after = trained(before, optimizer);
    using L = detail::StackOf<HalfFrozen>;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < L::count; ++i) {
        const bool is_dense = i == 1 || i == 4;
        for (std::size_t p = L::offsets[i]; p < L::offsets[i + 1]; ++p) {
            if (is_dense) changed += after.parameters()[p] != before.parameters()[p];
            else CHECK(after.parameters()[p] == before.parameters()[p]);
        }
    }
    CHECK(changed == (6 + 1) * 5 + (5 + 1) * 2);

    // All frozen: nothing changes.
    using All = Net<Half, Frozen<Dense<6, 2>>>;
    const auto all = started<All>();
    CHECK(same_bits(trained(all, optimizer).parameters(), all.parameters()));
}

TEST_CASE("the gradient of frozen layers is zero") {
    auto net = started<HalfFrozen>();
    const auto xs = random_samples<HalfFrozen::Input>(20, 1);
    const auto ts = random_samples<HalfFrozen::Output>(20, 2);
    Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<8>};
    trainer.step(std::span(xs), std::span(ts));
    using L = detail::StackOf<HalfFrozen>;
    const auto one = gradient(net, MeanSquaredError{}, xs[0], ts[0]);
    for (std::size_t i = 0; i < L::count; ++i)
        for (std::size_t p = L::offsets[i]; p < L::offsets[i + 1]; ++p) {
            const bool is_dense = i == 1 || i == 4;
            CHECK((trainer.gradient()[p] != 0) == is_dense);
            CHECK((one[p] != 0) == is_dense);
        }
}

TEST_CASE("above frozen layers, training has the same result as on their outputs") {
    using Below = NetOf<double, Dense<4, 6, Tanh>, Gain<6>>;
    using Above = NetOf<double, Dense<6, 5, Gelu>, Dense<5, 2>>;
    using Whole = NetOf<double, Frozen<Dense<4, 6, Tanh>>, Frozen<Gain<6>>, Dense<6, 5, Gelu>, Dense<5, 2>>;
    const auto below = started<Below>();
    auto above = started<Above>();
    Whole whole;
    std::copy(below.parameters().begin(), below.parameters().end(), whole.parameters().begin());
    std::copy(above.parameters().begin(), above.parameters().end(),
              whole.parameters().begin() + Below::parameter_count);
    const auto xs = random_samples<Whole::Input>(20, 1);
    const auto ts = random_samples<Whole::Output>(20, 2);
    std::vector<Below::Output> hidden(xs.size());
    below(xs, hidden);
    Trainer a{whole, MeanSquaredError{}, Adam{.weight_decay = 0.1}};
    Trainer b{above, MeanSquaredError{}, Adam{.weight_decay = 0.1}};
    a.fit(xs, ts, {.epochs = 4, .batch = 7});
    b.fit(hidden, ts, {.epochs = 4, .batch = 7});
    CHECK(largest_error(whole.parameters().subspan(Below::parameter_count), above.parameters(), 1e-3) < 1e-9);
}

TEST_CASE("a user's own layer is frozen within frozen nets and containers") {
    using N = Net<Dense<3, 4>, Frozen<Net<Frozen<Gain<4>>, Dense<4, 4>, Residual<Frozen<Gain<4>>>>>,
                  Residual<Gain<4>, Frozen<Gain<4>>>, Concat<Gain<4>, Frozen<Gain<4>>>, Dense<8, 2>>;
    const auto before = started<N>();
    const auto after = trained(before, Sgd{.learning_rate = 0.1});
    CHECK(after.layer<0>().weight(0, 0) != before.layer<0>().weight(0, 0));
    using L = detail::StackOf<N>;
    for (std::size_t p = L::offsets[1]; p < L::offsets[2]; ++p)
        CHECK(after.parameters()[p] == before.parameters()[p]);
}

TEST_CASE("a frozen net has the scratch of the layers that run, whose buffers may be larger") {
    // The widths of even and odd layers have a buffer each. Without the Dropout both are 64.
    using Block = Residual<PRelu<Shape<64>>, PRelu<Shape<64>>>;
    using Kept = Net<Dense<8, 64>, Dense<64, 2>, Dropout<Shape<2>, 5>, Dense<2, 2>, Dense<2, 64>, Block>;
    using Run = Net<Dense<8, 64>, Dense<64, 2>, Dense<2, 2>, Dense<2, 64>, Block>;
    using Layers = detail::StackOf<Net<Dense<3, 8>, Frozen<Kept>, Dense<64, 2>>>;
    using Fixed = Layers::Layer<1>;
    STATIC_REQUIRE(detail::StackOf<Kept>::scratch <= detail::StackOf<Run>::scratch);
    STATIC_REQUIRE(Fixed::scratch == detail::StackOf<Run>::scratch);
    STATIC_REQUIRE(Fixed::trace == detail::StackOf<Run>::trace);

    auto net = started<Net<Dense<3, 8>, Frozen<Kept>, Dense<64, 2>>>();
    const auto xs = random_samples<decltype(net)::Input>(8, 1);
    const auto ts = random_samples<decltype(net)::Output>(8, 2);
    Trainer trainer{net, MeanSquaredError{}, Sgd{}, batch_size<8>};
    trainer.step(std::span(xs), std::span(ts));
    for (std::size_t p = Layers::offsets[1]; p < Layers::offsets[2]; ++p) CHECK(trainer.gradient()[p] == 0);
}

/// Counts the steps and the samples of training. Its settle has its own type for each pointer.
struct Counter : LayerDefaults {
    using InputShape = Shape<2>;
    using OutputShape = Shape<2>;
    static constexpr std::size_t parameter_count = 2, trainable = 0;
    static constexpr std::array tensors{Tensor{.name = "counts", .shape = {2}, .strides = {1}}};

    static constexpr void forward(const auto*, auto x, auto y, auto) noexcept { copy(x, y); }
    static constexpr void backward(const auto*, auto, auto, auto, auto dy, auto dx, auto, auto,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<decltype(dx), NoView>) copy(dy, dx);
    }
    static constexpr void settle(auto* counts, const auto*, std::size_t samples) noexcept {
        counts[0] += 1;
        counts[1] += static_cast<float>(samples);
    }

private:
    static constexpr void copy(auto from, auto to) noexcept {
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t s = 0; s < from.samples; ++s)
                to.data[i * to.stride + s] = from.data[i * from.stride + s];
    }
};

TEST_CASE("settle is called after each step, however its parameters are declared") {
    Net<Dense<3, 2>, Residual<Counter>> net;
    initialize(net, 1);
    const auto after = trained(net, Sgd{.learning_rate = 0.01}); // 1 sample, then 3 epochs of 33
    CHECK(after.layer<1>().layer<0>().tensor("counts", 0) == 1 + 3 * 3);
    CHECK(after.layer<1>().layer<0>().tensor("counts", 1) == 1 + 3 * 33);
}

TEST_CASE(
    "training BatchNorm with a single sample normalises as outside training, and keeps the statistics") {
    using N = NetOf<double, Dense<3, 4>, BatchNorm<Shape<4>>, Dense<4, 2>>;
    auto net = started<N>();
    const auto before = net;
    const auto xs = random_samples<N::Input>(1, 1);
    const auto ts = random_samples<N::Output>(1, 2);
    Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}};
    CHECK(trainer.step(xs[0], ts[0]) == Approx(evaluate(before, MeanSquaredError{}, xs, ts)).epsilon(1e-13));
    CHECK(largest_error(trainer.gradient(), gradient(before, MeanSquaredError{}, xs[0], ts[0]), 1e-3) <
          1e-12);
    trainer.fit(xs, ts, {.epochs = 2, .batch = 32});
    for (std::size_t c = 0; c < 4; ++c) {
        const auto norm = net.layer<1>();
        const auto norm_before = before.layer<1>();
        CHECK(norm.tensor("running_mean", c) == norm_before.tensor("running_mean", c));
        CHECK(norm.tensor("running_var", c) == norm_before.tensor("running_var", c));
        CHECK(norm.weight(c) != norm_before.weight(c));
    }
}

TEST_CASE("running statistics are those of the whole minibatch, whatever the batch size and the blocks") {
    using N = Net<BatchNorm<Shape<2, 2>>, Flatten<Shape<2, 2>>>;
    const auto xs = random_samples<N::Input>(150, 1, 2, 5);
    const auto ts = random_samples<N::Output>(150, 2);
    double sums[2] = {}, squares[2] = {};
    for (const auto& x : xs)
        for (std::size_t i = 0; i < 4; ++i) sums[i / 2] += static_cast<double>(x[i]);
    for (const auto& x : xs)
        for (std::size_t i = 0; i < 4; ++i)
            squares[i / 2] += (static_cast<double>(x[i]) - sums[i / 2] / 300) *
                              (static_cast<double>(x[i]) - sums[i / 2] / 300);
    const auto check = [&](auto size) {
        N net;
        initialize(net, 1);
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 0}, size};
        trainer.step(std::span(xs), std::span(ts));
        for (std::size_t c = 0; c < 2; ++c) {
            CHECK(static_cast<double>(net.layer<0>().tensor("running_mean", c)) ==
                  Approx(0.1 * sums[c] / 300).epsilon(1e-5));
            CHECK(static_cast<double>(net.layer<0>().tensor("running_var", c)) ==
                  Approx(0.9 + 0.1 * squares[c] / 299).epsilon(1e-5));
        }
    };
    check(batch_size<1>);
    check(batch_size<7>);
    check(batch_size<32>);
    check(batch_size<64>);
    check(batch_size<100>);
    check(batch_size<150>);
}

TEMPLATE_TEST_CASE("a step that is not finite changes nothing, running statistics neither", "", Sgd, Adam,
                   Plain) {
    using N = Net<BatchNorm<Shape<3>>, Dense<3, 4>, BatchNorm<Shape<4>>, Activate<Shape<4>, Tanh>,
                  Dropout<Shape<4>, 20>, Dense<4, 2>>;
    auto net = started<N>();
    auto xs = random_samples<N::Input>(12, 1);
    auto ts = random_samples<N::Output>(12, 2);
    Trainer trainer{net, MeanSquaredError{}, TestType{}, batch_size<8>};
    CHECK(math::is_finite(trainer.step(std::span(xs), std::span(ts))));
    const auto before = net;
    const auto refused = [&](auto bad_xs, auto bad_ts) {
        CHECK_FALSE(math::is_finite(trainer.step(std::span(bad_xs), std::span(bad_ts))));
        CHECK(same_bits(net.parameters(), before.parameters()));
    };
    for (const float bad : {math::infinite<float>(), math::not_a_number<float>(), 1e38f}) {
        auto wrong = xs;
        wrong[5][1] = bad; // 1e38: the sum of squares overflows
        refused(wrong, ts);
    }
    auto wrong = ts;
    wrong[11][0] = math::infinite<float>();
    refused(xs, wrong);
    // The next step is as if the bad ones had not been, but for Dropout, which counts them.
    CHECK(math::is_finite(trainer.step(std::span(xs), std::span(ts))));
    CHECK_FALSE(same_bits(net.parameters(), before.parameters()));
}
