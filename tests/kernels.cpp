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

    Samples(std::size_t n, std::size_t samples) : count(samples), buffer(View::room(n)) {}
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

/// Forward, both gradients, and a gradient added to another, of Dense<In, Out> for `count` samples in a View.
template <class T, class View, std::size_t In, std::size_t Out, bool Bias> bool right(std::size_t count) {
    using D = Dense<In, Out, Identity, Bias>;
    constexpr std::size_t n = D::parameter_count;
    // As in a net, registers may be read 64 bytes past the parameters; what lies there is none of theirs.
    std::vector<T> w(n + 64 / sizeof(T), static_cast<T>(guard));
    fill_random(std::span(w).first(n), In + 100 * Out);
    Samples<T, View> x(In, count), y(Out, count), dy(Out, count), dx(In, count);
    Samples<T, View> scratch(detail::padded(Out), count);
    Guarded<T> gradient(n);
    x.fill(In, 1);
    dy.clear();
    dy.fill(Out, 2);
    const std::vector<T> exact(x.buffer.values.begin(),
                               x.buffer.values.begin() + static_cast<std::ptrdiff_t>(In));
    const auto input = [&] { // one sample comes from the user, without padding
        if constexpr (std::is_same_v<View, Sample<T>>) return Sample<const T, false>{exact.data()};
        else return x.view().read_only();
    }();
    bool all = true;

    D::forward(std::as_const(w).data(), input, y.view(), Nothing{});
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t o = 0; o < Out; ++o) {
            Sum sum;
            for (std::size_t i = 0; i < In; ++i) sum.add(w[i * Out + o], x(i, s));
            if (Bias) sum.add(w[In * Out + o], 1);
            all = all && sum.agrees(y(o, s));
        }

    for (const bool add : {false, true}) {
        D::backward(std::as_const(w).data(), input, y.view().read_only(), Nothing{}, dy.view(), dx.view(),
                    scratch.view(), gradient.data(), add);
        for (std::size_t o = 0; o < Out; ++o)
            for (std::size_t i = 0; i < In + Bias; ++i) {
                Sum sum;
                for (int round = 0; round <= add; ++round)
                    for (std::size_t s = 0; s < count; ++s)
                        sum.add(dy(o, s), i == In ? 1 : static_cast<double>(x(i, s)));
                all = all && sum.agrees(gradient.values[i * Out + o]);
            }
    }
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t i = 0; i < In; ++i) {
            Sum sum;
            for (std::size_t o = 0; o < Out; ++o) sum.add(w[i * Out + o], dy(o, s));
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

    D::forward(std::as_const(w).data(), input, y.view(), Nothing{});
    D::backward(std::as_const(w).data(), input, y.view().read_only(), Nothing{}, dy.view(), Nothing{},
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
    CHECK(right<T, Sample<T>, In, Out, Bias>(1));
}

template <class T, std::size_t In, std::size_t Out, bool Bias> void check_block() {
    constexpr std::size_t most = 2 * detail::widest<T> + 3;
    for (std::size_t count = 1; count <= most; ++count) {
        INFO("Dense<" << In << ", " << Out << ">, " << count << " samples");
        CHECK(right<T, Block<T, detail::block_stride<T>(most)>, In, Out, Bias>(count));
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
    [&]<std::size_t... Batch>(Sizes<Batch...>) {
        ([&] { CHECK(right<float, Block<float, detail::block_stride<float>(Batch)>, 5, 7, true>(Batch)); }(),
         ...);
        (
            [&] {
                CHECK(right<double, Block<double, detail::block_stride<double>(Batch)>, 5, 7, true>(Batch));
            }(),
            ...);
    }
    (Sizes<2, 3, 7>{});
}

TEST_CASE("a first Dense is right for samples that lie one after the other") {
    check_rows<float, 17, 16, true, 48>();
    check_rows<float, 40, 33, false, 48>();
    check_rows<float, 101, 19, true, 112>();
    check_rows<double, 9, 8, true, 48>();
}
