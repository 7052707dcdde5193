// The kernels of Dense, for one sample and for blocks, against plain loops in double at every width; and that
// nothing is written where nobody asked for it.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

/// A number that no kernel computes, and how many of them stand behind a buffer.
constexpr double guard = 1234.5;
constexpr std::size_t guards = 64;

/// `size` values, then guards. A kernel may read past the values, but may not change what is there.
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

/// A sum in double, and how far a sum of its terms in T may be off: n roundings of 2^-digits of the terms'
/// sizes.
struct Sum {
    double value = 0, size = 0;
    int terms = 1;

    void add(double a, double b) {
        value += a * b;
        size += std::abs(a * b);
        ++terms;
    }
    template <class T> bool agrees(T found) const {
        return std::abs(static_cast<double>(found) - value) <=
               (terms + 1) * size * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    }
};

/// Values, and where value i of sample s lies: behind one another for one sample, beside one another for a
/// block.
template <class T, class View> struct Samples {
    std::size_t count;
    Guarded<T> buffer;

    Samples(std::size_t n, std::size_t samples) : count(samples), buffer(View::buffer_size(n)) {}
    /// With zeros in the lanes past the last sample, where a kernel demands them.
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

/// Dense<In, Out> with its sizes as numbers, so that what checks it is compiled once.
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
            [](const T* w, typename L::Input x, View y) { D::forward(w, x, y, NoView{}); },
            [](const T* w, typename L::Input x, typename L::ReadOnly y, View dy, View dx, View scratch,
               T* gradient, bool add) { D::backward(w, x, y, NoView{}, dy, dx, scratch, gradient, add); }};
}

/// Forward, both gradients, and a gradient added to another, for `count` samples.
template <class T, class View> bool right(const Layer<T, View>& layer, std::size_t count) {
    const auto [in, out, padded_out, bias, forward, backward] = layer;
    const std::size_t n = (in + bias) * out;
    // As in a net, registers may be read 64 bytes past the parameters; what lies there is none of theirs.
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
    bool all = true;

    forward(w.data(), input, y.view());
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t o = 0; o < out; ++o) {
            Sum sum;
            for (std::size_t i = 0; i < in; ++i) sum.add(w[i * out + o], x(i, s));
            if (bias) sum.add(w[in * out + o], 1);
            all = all && sum.agrees(y(o, s));
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
                all = all && sum.agrees(gradient.values[i * out + o]);
            }
    }
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t i = 0; i < in; ++i) {
            Sum sum;
            for (std::size_t o = 0; o < out; ++o) sum.add(w[i * out + o], dy(o, s));
            all = all && sum.agrees(dx(i, s));
        }
    return all && x.buffer.untouched() && y.buffer.untouched() && dy.buffer.untouched() &&
           dx.buffer.untouched() && scratch.buffer.untouched() && gradient.untouched();
}

/// The same of a first layer for samples that lie one after the other, with nothing behind the last: forward,
/// and the gradient by the parameters.
template <class T, std::size_t In, std::size_t Out, bool Bias, std::size_t Stride>
bool rows_right(std::size_t count) {
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
    bool all = true;

    D::forward(std::as_const(w).data(), input, y.view(), NoView{});
    D::backward(std::as_const(w).data(), input, y.view().read_only(), NoView{}, dy.view(), NoView{},
                scratch.view(), gradient.data(), false);
    for (std::size_t o = 0; o < Out; ++o) {
        for (std::size_t s = 0; s < count; ++s) {
            Sum sum;
            for (std::size_t i = 0; i < In; ++i) sum.add(w[i * Out + o], x[s * In + i]);
            if (Bias) sum.add(w[In * Out + o], 1);
            all = all && sum.agrees(y(o, s));
        }
        for (std::size_t i = 0; i < In + Bias; ++i) {
            Sum sum;
            for (std::size_t s = 0; s < count; ++s)
                sum.add(dy(o, s), i == In ? 1 : static_cast<double>(x[s * In + i]));
            all = all && sum.agrees(gradient.values[i * Out + o]);
        }
    }
    return all && y.buffer.untouched() && dy.buffer.untouched() && scratch.buffer.untouched() &&
           gradient.untouched();
}

template <class T, std::size_t In, std::size_t Out, bool Bias, std::size_t Stride> void check_rows() {
    for (std::size_t count = 1; count <= Stride; ++count) {
        INFO("Dense<" << In << ", " << Out << ">, " << count << " samples in rows of " << Stride);
        CHECK(rows_right<T, In, Out, Bias, Stride>(count));
    }
}

template <class T, std::size_t In, std::size_t Out, bool Bias> void check_sample() {
    INFO("Dense<" << In << ", " << Out << ">");
    CHECK(right(layer_of<T, Sample<T>, In, Out, Bias>(), 1));
}

template <class T, std::size_t In, std::size_t Out, bool Bias> void check_block() {
    constexpr std::size_t most = 2 * detail::widest<T> + 3;
    for (std::size_t count = 1; count <= most; ++count) {
        INFO("Dense<" << In << ", " << Out << ">, " << count << " samples");
        CHECK(right(layer_of<T, Block<T, detail::block_stride<T>(most)>, In, Out, Bias>(), count));
    }
}

template <std::size_t... N> using Sizes = std::index_sequence<N...>;

/// Every size from 1 to two registers and one: TENON_EVERY_WIDTH, for blocks, takes minutes to compile.
template <class> struct Raised;
template <std::size_t... I> struct Raised<Sizes<I...>> { using type = Sizes<I + 1 ...>; };
template <class T> using Every = typename Raised<std::make_index_sequence<2 * detail::widest<T> + 1>>::type;
#ifdef TENON_EVERY_WIDTH
template <class T, std::size_t...> using Some = Every<T>;
#else
template <class T, std::size_t... N> using Some = Sizes<N...>;
#endif

/// Dense<In, Out> for each Out, with an In that is another of the sizes: were it for every Out, each size
/// would come once as In.
template <class T> consteval std::size_t paired(std::size_t out) {
    return std::max<std::size_t>(out * 5 % (2 * detail::widest<T> + 2), 1);
}
template <class T, std::size_t... Out> void check_samples(Sizes<Out...>) {
    (check_sample<T, paired<T>(Out), Out, Out % 3 != 0>(), ...);
}
template <class T, std::size_t... Out> void check_blocks(Sizes<Out...>) {
    (check_block<T, paired<T>(Out), Out, Out % 3 != 0>(), ...);
}

template <class T> void check_samples() {
    check_samples<T>(Every<T>{});
    check_sample<T, 101, 1, true>();
    check_sample<T, 1, 101, false>();
    check_sample<T, 67, 131, true>();
    check_sample<T, 131, 67, true>();
    check_sample<T, 257, 3, false>();
    check_sample<T, 3, 75, true>(); // from here on wider than a panel of AVX2's registers
    check_sample<T, 8, 128, true>();
    check_sample<T, 11, 531, true>();
    check_sample<T, 4, 1031, false>();
}

} // namespace

// Bound of the error: one rounding for each term of a sum, of the terms' sizes.
TEST_CASE("Dense is right for one sample at every width, and at large odd ones") {
    check_samples<float>();
    check_samples<double>();
}

// Widths on both sides of whole registers and tiles, of 4 or 12 rows.
TEST_CASE("Dense is right for blocks of every count of samples in float") {
    check_blocks<float>(Some<float, 1, 4, 12, 17, 33>{});
    check_block<float, 67, 131, true>();
}

TEST_CASE("Dense is right for blocks of every count of samples in double") {
    check_blocks<double>(Some<double, 3, 9>{});
}

// Batches smaller than a register take narrower ones.
TEST_CASE("Dense is right in blocks of every width of register") {
    const auto check = []<class T, std::size_t Batch>(std::type_identity<T>, Sizes<Batch>) {
        CHECK(right(layer_of<T, Block<T, detail::block_stride<T>(Batch)>, 5, 7, true>(), Batch));
    };
    [&]<std::size_t... Batch>(Sizes<Batch...>) {
        (check(std::type_identity<float>{}, Sizes<Batch>{}), ...);
        (check(std::type_identity<double>{}, Sizes<Batch>{}), ...);
    }
    (Sizes<2, 3, 7>{});
}

TEST_CASE("a first Dense is right for samples that lie one after the other") {
    check_rows<float, 17, 16, true, 48>();
    check_rows<float, 40, 33, false, 48>();
    check_rows<float, 101, 19, true, 112>();
    check_rows<double, 9, 8, true, 48>();
}

namespace {

/// The loss of five samples where a register, or a batch, has room for eight.
constexpr float loss_of_five() {
    using Wanted = Net<Dense<2, 3, Tanh>, Dense<3, 1, Sigmoid>>;
    constexpr std::array<Wanted::Input, 5> xs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {.5f, .25f}}};
    constexpr std::array<Wanted::Output, 5> ts{{{0}, {1}, {1}, {0}, {1}}};
    Wanted net;
    initialize(net, 1);
    Trainer trainer{net, BinaryCrossEntropy{}, Sgd{}, batch_size<8>};
    return trainer.step(xs, ts);
}

} // namespace

// 0.7497 by every build; loops over single numbers once counted the lanes past the last sample
TEST_CASE("a block counts no more samples than there are, in the compiler too") {
    constexpr float in_compiler = loss_of_five();
    CHECK(std::abs(in_compiler - 0.749689579f) < 1e-6f);
    CHECK(std::abs(loss_of_five() - in_compiler) < 1e-6f);
}
