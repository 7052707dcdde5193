// The kernels of Dense agree with loops in double, for one sample and for blocks, at every width, and write
// nothing past their results.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

/// A number that no kernel computes, and how many of them follow a buffer.
constexpr double guard = 1234.5;
constexpr std::size_t guards = 64;

/// `size` values, then guards. A kernel may read the guards but must not change them.
template <class T> struct Guarded {
    std::size_t size;
    std::vector<T> values;

    explicit Guarded(std::size_t n) : size(n), values(n + guards, static_cast<T>(guard)) {}
    T* data() { return values.data(); }
    bool untouched() const {
        return std::all_of(values.begin() + static_cast<std::ptrdiff_t>(size), values.end(),
                           [](T value) { return value == static_cast<T>(guard); });
    }
};

/// A sum in double, and the bound of the error of the same sum in T: n roundings of 2^-digits, relative to
/// the sum of the terms' magnitudes.
struct Sum {
    double value = 0, magnitudes = 0;
    int terms = 1;

    void add(double a, double b) {
        value += a * b;
        magnitudes += std::abs(a * b);
        ++terms;
    }
    template <class T> bool agrees(T found) const {
        return std::abs(static_cast<double>(found) - value) <=
               (terms + 1) * magnitudes * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    }
};

/// The name of the first part of a check that fails; empty if all pass.
class FirstFailure {
public:
    void expect(bool passes, const char* part) {
        if (!passes && part_.empty()) part_ = part;
    }
    std::string part() const { return part_; }

private:
    std::string part_;
};

/// A buffer of values with value i of sample s as (i, s), in the layout of View.
template <class T, class View> struct Samples {
    std::size_t count;
    Guarded<T> buffer;

    Samples(std::size_t n, std::size_t samples) : count(samples), buffer(View::buffer_size(n)) {}
    /// Zeros in all lanes, unused ones included.
    void clear() { std::fill_n(buffer.values.begin(), buffer.size, T(0)); }
    T& operator()(std::size_t i, std::size_t s) {
        if constexpr (requires { View::stride; }) return buffer.values[i * View::stride + s];
        else return buffer.values[i];
    }
    View view() {
        if constexpr (requires { View{nullptr, 1}; }) return {buffer.data(), count};
        else return {buffer.data()};
    }
    void fill(std::size_t n, std::uint64_t seed) {
        Random random(seed);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t s = 0; s < count; ++s) (*this)(i, s) = static_cast<T>(2 * random.uniform() - 1);
    }
};

/// Dense<In, Out> with its sizes as numbers, so that the check is compiled only once.
template <class T, class View> struct Layer {
    using ReadOnly = decltype(std::declval<View>().read_only());
    // one sample comes from the user, without padding
    using Input = std::conditional_t<std::is_same_v<View, Sample<T>>, Sample<const T, false>, ReadOnly>;

    std::size_t in, out, padded_out;
    bool bias;
    void (*forward)(const T* w, Input x, View y);
    void (*backward)(const T* w, Input x, ReadOnly y, View dy, View dx, View scratch, T* gradient, bool add);
};

template <class T, class View, std::size_t In, std::size_t Out, bool Bias>
constexpr Layer<T, View> layer_of() {
    using D = Dense<In, Out, Identity, Bias>;
    using L = Layer<T, View>;
    return {In,
            Out,
            detail::padded(Out),
            Bias,
            [](const T* w, typename L::Input x, View y) { D::forward(w, x, y, Context<>{}); },
            [](const T* w, typename L::Input x, typename L::ReadOnly y, View dy, View dx, View scratch,
               T* gradient, bool add) { D::backward(w, x, y, Context<>{}, dy, dx, scratch, gradient, add); }};
}

/// Checks forward, both gradients, and a gradient that is added to another, for `count` samples. Returns the
/// name of the first part that fails.
template <class T, class View> std::string first_failure(const Layer<T, View>& layer, std::size_t count) {
    const auto [in, out, padded_out, bias, forward, backward] = layer;
    const std::size_t n = (in + bias) * out;
    // As in a net, registers may be read up to 64 bytes past the parameters; no result may depend on them.
    std::vector<T> w(n + 64 / sizeof(T), static_cast<T>(guard));
    fill_random(std::span(w).first(n), in + 100 * out);
    Samples<T, View> x(in, count), y(out, count), dy(out, count), dx(in, count);
    Samples<T, View> scratch(padded_out, count);
    Guarded<T> gradient(n);
    x.fill(in, 1);
    dy.clear();
    dy.fill(out, 2);
    const std::vector<T> exact(x.buffer.values.begin(),
                               x.buffer.values.begin() + static_cast<std::ptrdiff_t>(in));
    const auto input = [&]() -> typename Layer<T, View>::Input {
        if constexpr (std::is_same_v<View, Sample<T>>) return {exact.data()};
        else return x.view().read_only();
    }();
    FirstFailure failure;

    forward(w.data(), input, y.view());
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t o = 0; o < out; ++o) {
            Sum sum;
            for (std::size_t i = 0; i < in; ++i) sum.add(w[i * out + o], x(i, s));
            if (bias) sum.add(w[in * out + o], 1);
            failure.expect(sum.agrees(y(o, s)), "forward");
        }

    for (const bool add : {false, true}) {
        backward(w.data(), input, y.view().read_only(), dy.view(), dx.view(), scratch.view(), gradient.data(),
                 add);
        for (std::size_t o = 0; o < out; ++o)
            for (std::size_t i = 0; i < in + bias; ++i) {
                Sum sum;
                for (int round = 0; round <= add; ++round)
                    for (std::size_t s = 0; s < count; ++s)
                        sum.add(dy(o, s), i == in ? 1 : static_cast<double>(x(i, s)));
                failure.expect(sum.agrees(gradient.values[i * out + o]),
                               add ? "parameter gradient, added" : "parameter gradient");
            }
    }
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t i = 0; i < in; ++i) {
            Sum sum;
            for (std::size_t o = 0; o < out; ++o) sum.add(w[i * out + o], dy(o, s));
            failure.expect(sum.agrees(dx(i, s)), "input gradient");
        }
    failure.expect(x.buffer.untouched(), "memory past x");
    failure.expect(y.buffer.untouched(), "memory past y");
    failure.expect(dy.buffer.untouched(), "memory past dy");
    failure.expect(dx.buffer.untouched(), "memory past dx");
    failure.expect(scratch.buffer.untouched(), "memory past scratch");
    failure.expect(gradient.untouched(), "memory past the gradient");
    return failure.part();
}

/// The same of a first layer for sample-major input, with nothing after the last sample: forward, and the
/// gradient with respect to the parameters.
template <class T, std::size_t In, std::size_t Out, bool Bias, std::size_t Stride>
std::string first_failure_of_rows(std::size_t count) {
    using D = Dense<In, Out, Identity, Bias>;
    using View = Block<T, Stride>;
    constexpr std::size_t n = D::parameter_count;
    std::vector<T> w(n + 64 / sizeof(T), static_cast<T>(guard)), x(count * In);
    fill_random(std::span(w).first(n), In + 100 * Out);
    fill_random(x, 1);
    Samples<T, View> y(Out, count), dy(Out, count), scratch(detail::padded(Out), count);
    Guarded<T> gradient(n);
    dy.clear();
    dy.fill(Out, 2);
    const Rows<T, In> input{x.data(), count};
    FirstFailure failure;

    D::forward(std::as_const(w).data(), input, y.view(), Context<>{});
    D::backward(std::as_const(w).data(), input, y.view().read_only(), Context<>{}, dy.view(), NoView{},
                scratch.view(), gradient.data(), false);
    for (std::size_t o = 0; o < Out; ++o) {
        for (std::size_t s = 0; s < count; ++s) {
            Sum sum;
            for (std::size_t i = 0; i < In; ++i) sum.add(w[i * Out + o], x[s * In + i]);
            if (Bias) sum.add(w[In * Out + o], 1);
            failure.expect(sum.agrees(y(o, s)), "forward");
        }
        for (std::size_t i = 0; i < In + Bias; ++i) {
            Sum sum;
            for (std::size_t s = 0; s < count; ++s)
                sum.add(dy(o, s), i == In ? 1 : static_cast<double>(x[s * In + i]));
            failure.expect(sum.agrees(gradient.values[i * Out + o]), "parameter gradient");
        }
    }
    failure.expect(y.buffer.untouched(), "memory past y");
    failure.expect(dy.buffer.untouched(), "memory past dy");
    failure.expect(scratch.buffer.untouched(), "memory past scratch");
    failure.expect(gradient.untouched(), "memory past the gradient");
    return failure.part();
}

template <class T, std::size_t In, std::size_t Out, bool Bias, std::size_t Stride> void check_rows() {
    for (std::size_t count = 1; count <= Stride; ++count) {
        INFO("Dense<" << In << ", " << Out << ">, " << count << " samples, block of " << Stride);
        CHECK(first_failure_of_rows<T, In, Out, Bias, Stride>(count) == "");
    }
}

template <class T, std::size_t In, std::size_t Out, bool Bias> void check_sample() {
    INFO("Dense<" << In << ", " << Out << ">");
    CHECK(first_failure(layer_of<T, Sample<T>, In, Out, Bias>(), 1) == "");
}

template <class T, std::size_t In, std::size_t Out, bool Bias> void check_block() {
    constexpr std::size_t max_samples = 2 * detail::widest<T> + 3;
    for (std::size_t count = 1; count <= max_samples; ++count) {
        INFO("Dense<" << In << ", " << Out << ">, " << count << " samples");
        using View = Block<T, detail::block_stride<T>(max_samples)>;
        CHECK(first_failure(layer_of<T, View, In, Out, Bias>(), count) == "");
    }
}

template <std::size_t... N> using Sizes = std::index_sequence<N...>;

/// Which numbers of outputs are checked; W is the width of the widest register:
///
///                   by default                      with TENON_EVERY_WIDTH, which takes minutes to compile
///     one sample    1 ... 2 W + 1, and large ones   the same
///     blocks        those given to QuickSizes       1 ... 2 W + 1
template <class> struct Plus1;
template <std::size_t... I> struct Plus1<Sizes<I...>> {
    using type = Sizes<I + 1 ...>;
};
template <class T> using AllSizes = typename Plus1<std::make_index_sequence<2 * detail::widest<T> + 1>>::type;
#ifdef TENON_EVERY_WIDTH
template <class T, std::size_t...> using QuickSizes = AllSizes<T>;
#else
template <class T, std::size_t... N> using QuickSizes = Sizes<N...>;
#endif

/// The In of the Dense<In, Out> that is checked for `out`: a different one of the sizes for each.
template <class T> consteval std::size_t inputs_for(std::size_t out) {
    return std::max<std::size_t>(out * 5 % (2 * detail::widest<T> + 2), 1);
}
template <class T, std::size_t... Out> void check_samples(Sizes<Out...>) {
    (check_sample<T, inputs_for<T>(Out), Out, Out % 3 != 0>(), ...);
}
template <class T, std::size_t... Out> void check_blocks(Sizes<Out...>) {
    (check_block<T, inputs_for<T>(Out), Out, Out % 3 != 0>(), ...);
}

template <class T> void check_samples() {
    check_samples<T>(AllSizes<T>{});
    check_sample<T, 101, 1, true>();
    check_sample<T, 1, 101, false>();
    check_sample<T, 67, 131, true>();
    check_sample<T, 131, 67, true>();
    check_sample<T, 257, 3, false>();
    check_sample<T, 21, 5 * detail::widest<T>, true>(); // 5 to 7 registers
    check_sample<T, 12, 6 * detail::widest<T>, false>();
    check_sample<T, 5, 7 * detail::widest<T>, true>();
    check_sample<T, 3, 75, true>(); // from here on wider than a panel of AVX2's registers
    check_sample<T, 8, 128, true>();
    check_sample<T, 11, 531, true>();
    check_sample<T, 4, 1031, false>();
}

/// Dense<In, Out> with weights that begin in a cache line, in its middle, or elsewhere.
template <class T, std::size_t In, std::size_t Out> void check_alignment() {
    constexpr std::size_t line = 64 / sizeof(T), size = (In + 1) * Out;
    alignas(64) std::array<T, size + 3 * line> array{};
    std::array<T, In> x{};
    Random random(Out);
    for (T& value : array) value = static_cast<T>(2 * random.uniform() - 1);
    for (T& value : x) value = static_cast<T>(2 * random.uniform() - 1);
    for (const std::size_t offset : {line, line / 2, line + 1}) {
        INFO("Dense<" << In << ", " << Out << ">, weights from " << offset);
        const T* const w = array.data() + offset;
        alignas(64) std::array<T, detail::padded(Out)> y{};
        Dense<In, Out>::forward(w, Sample<const T, false>{x.data()}, Sample<T>{y.data()}, Context<>{});
        for (std::size_t o = 0; o < Out; ++o) {
            Sum sum;
            for (std::size_t i = 0; i < In; ++i)
                sum.add(static_cast<double>(w[i * Out + o]), static_cast<double>(x[i]));
            sum.add(static_cast<double>(w[In * Out + o]), 1);
            CHECK(sum.template agrees<T>(y[o]));
        }
    }
}

} // namespace

TEST_CASE("Dense agrees with a double-precision loop for one sample at every width, and at large odd ones") {
    check_samples<float>();
    check_samples<double>();
}

TEST_CASE("Dense agrees with a double-precision loop wherever in a cache line its weights begin") {
    check_alignment<float, 33, 24>();
    check_alignment<float, 34, 40>();
    check_alignment<float, 35, 56>();
    check_alignment<float, 36, 72>();
    check_alignment<float, 21, 104>();
    check_alignment<double, 34, 12>();
    check_alignment<double, 37, 20>();
    check_alignment<double, 22, 44>();
}

// Widths on both sides of whole registers and tiles, of 4 or 12 rows.
TEST_CASE("Dense agrees with a double-precision loop for blocks of any number of samples in float") {
    check_blocks<float>(QuickSizes<float, 1, 4, 12, 17, 33>{});
    check_block<float, 67, 131, true>();
}

TEST_CASE("Dense agrees with a double-precision loop for blocks of any number of samples in double") {
    check_blocks<double>(QuickSizes<double, 3, 9>{});
}

// Batches smaller than the widest register use narrower ones.
TEST_CASE("Dense agrees with a double-precision loop in blocks of every register width") {
    const auto check = []<class T, std::size_t Batch>(std::type_identity<T>, Sizes<Batch>) {
        using View = Block<T, detail::block_stride<T>(Batch)>;
        CHECK(first_failure(layer_of<T, View, 5, 7, true>(), Batch) == "");
    };
    [&]<std::size_t... Batch>(Sizes<Batch...>) {
        (check(std::type_identity<float>{}, Sizes<Batch>{}), ...);
        (check(std::type_identity<double>{}, Sizes<Batch>{}), ...);
    }(Sizes<2, 3, 7>{});
}

TEST_CASE("a first Dense agrees with a double-precision loop for sample-major input") {
    check_rows<float, 17, 16, true, 48>();
    check_rows<float, 40, 33, false, 48>();
    check_rows<float, 101, 19, true, 112>();
    check_rows<double, 9, 8, true, 48>();
}

namespace {

/// Every output of every sample has an offset of its own, and the outputs of a register are contiguous.
template <class T, std::size_t Out> void check_strip_layout() {
    using V = Value<T, detail::widest<T>>;
    constexpr detail::StripLayout<V, Out> layout{5};
    std::vector<bool> used(detail::registers<V>(Out) * lane_count<V> * layout.samples);
    bool distinct = true, contiguous = true;
    for (std::size_t s = 0; s < layout.samples; ++s)
        for (std::size_t o = 0; o < Out; ++o) {
            const std::size_t offset = layout.offset(o, s);
            distinct = distinct && offset < used.size() && !used[offset];
            contiguous = contiguous && (o % lane_count<V> == 0 || offset == layout.offset(o - 1, s) + 1);
            if (distinct) used[offset] = true;
        }
    INFO(Out << " outputs");
    CHECK(distinct);
    CHECK(contiguous);
}

} // namespace

TEST_CASE("a transposed gradient has a place for each output of each sample") {
    []<std::size_t... Out>(Sizes<Out...>) { (check_strip_layout<float, Out>(), ...); }(AllSizes<float>{});
}

namespace {

/// The loss of five samples in a batch, or a register, that has room for eight.
constexpr float loss_of_five() {
    using Small = Net<Dense<2, 3, Tanh>, Dense<3, 1, Sigmoid>>;
    constexpr std::array<Small::Input, 5> xs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {.5f, .25f}}};
    constexpr std::array<Small::Output, 5> ts{{{0}, {1}, {1}, {0}, {1}}};
    Small net;
    initialize(net, 1);
    Trainer trainer{net, BinaryCrossEntropy{}, Sgd{}, batch_size<8>};
    return trainer.step(xs, ts);
}

} // namespace

// Every build returns 0.7497. Loops over single numbers once counted the lanes past the last sample.
TEST_CASE("a block does not count lanes past its last sample, in the compiler either") {
    constexpr float in_compiler = loss_of_five();
    CHECK(std::abs(in_compiler - 0.749689579f) < 1e-6f);
    CHECK(std::abs(loss_of_five() - in_compiler) < 1e-6f);
}
