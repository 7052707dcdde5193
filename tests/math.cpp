// exp, log, tanh and their kin against the truth, over the whole range of float, and at every width against
// each other. What is infinite or NaN is asked of the bits, so that the tests can fail under -ffast-math,
// too.
#include "catch.hpp"

#include <tenon/math/math.hpp>
#include <tenon/simd/across.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace math = tenon::math;

/// Whether the CPU takes subnormal numbers for zero, as programs linked with -ffast-math ask it to do.
bool flushes_subnormals() {
    volatile float tiny = std::numeric_limits<float>::denorm_min();
    return tiny == 0;
}

/// The same number; zeros of both signs are.
template <class T> bool is(T y, T wanted) {
    const auto sign = math::sign_bit<T>, a = math::to_bits(y), b = math::to_bits(wanted);
    return a == b || ((a & ~sign) == 0 && (b & ~sign) == 0);
}

template <class T> constexpr bool near(T a, double b) {
    return math::abs(double(a) - b) < 3e-7 * math::abs(b);
}

template <class T> constexpr bool constant_expressions_are_right() {
    return near(math::exp(T(1)), 2.718281828459045) && near(math::exp(T(-20)), 2.061153622438558e-09) &&
           near(math::expm1(T(1e-5)), 1.000005000016667e-05) &&
           near(math::expm1(T(-1.5)), -0.7768698398515702) &&
           near(math::sigmoid(T(0.75)), 0.679178699175393) &&
           near(math::sigmoid(T(-30)), 9.357622968839299e-14) &&
           near(math::tanh(T(0.01)), 0.009999666686665238) && near(math::tanh(T(-2)), -0.9640275800758169) &&
           near(math::log(T(10)), 2.302585092994046) && near(math::log(T(1e30)), 69.07755278982137) &&
           near(math::log1p(T(1e-6)), 9.99999500000333e-07) &&
           near(math::log1p(T(-0.75)), -1.386294361119891) &&
           near(math::normal_cdf(T(1)), 0.8413447460685429) &&
           near(math::normal_cdf(T(-6)), 9.865876450376946e-10);
}
static_assert(constant_expressions_are_right<float>() && constant_expressions_are_right<double>());
static_assert(math::exp(0.f) == 1 && math::expm1(0.) == 0 && math::log(1.f) == 0 && math::log1p(0.f) == 0);
static_assert(math::sigmoid(0.f) == 0.5f && math::tanh(0.) == 0 && math::normal_cdf(0.f) == 0.5f);
static_assert(math::sigmoid(1e30f) == 1 && math::sigmoid(-1e300) == 0);
static_assert(math::tanh(1e30f) == 1 && math::tanh(-math::infinite<double>()) == -1 &&
              math::exp(-math::infinite<float>()) == 0);
static_assert(math::log(0.f) == -math::infinite<float>() &&
              math::log(math::infinite<double>()) == math::infinite<double>());
static_assert(math::log1p(-1.) == -math::infinite<double>());

/// The C library's function, called: under -ffast-math g++ has x87 code of its own, worse than ours.
inline double library(double (*f)(double), long double (*)(long double), double x) {
    double (*volatile call)(double) = f;
    return call(x);
}
inline long double library(double (*)(double), long double (*f)(long double), long double x) {
    long double (*volatile call)(long double) = f;
    return call(x);
}

// Each function with the truth in a wider type, and the bounds that math.hpp states: float, double.
struct Exp {
    static constexpr double bound[] = {1.05, 1.1};
    template <class V> static constexpr V of(V x) { return math::exp(x); }
    template <class R> static R truth(R x) { return library(::exp, ::expl, x); }
};
struct ExpNonpositive {
    static constexpr double bound[] = {1.05, 1.1};
    template <class V> static constexpr V of(V x) { return math::exp_nonpositive(V(0) - math::abs(x)); }
    template <class R> static R truth(R x) { return library(::exp, ::expl, -std::abs(x)); }
};
struct Expm1 {
    static constexpr double bound[] = {1.6, 2.2};
    template <class V> static constexpr V of(V x) { return math::expm1(x); }
    template <class R> static R truth(R x) { return library(::expm1, ::expm1l, x); }
};
struct Sigmoid {
    static constexpr double bound[] = {2, 2.5};
    template <class V> static constexpr V of(V x) { return math::sigmoid(x); }
    template <class R> static R truth(R x) {
        const R small = library(::exp, ::expl, -std::abs(x));
        return (x < 0 ? small : 1) / (1 + small);
    }
};
struct Tanh {
    static constexpr double bound[] = {2, 2.2};
    template <class V> static constexpr V of(V x) { return math::tanh(x); }
    template <class R> static R truth(R x) { return library(::tanh, ::tanhl, x); }
};
struct Log {
    static constexpr double bound[] = {0.9, 0.9};
    template <class V> static constexpr V of(V x) { return math::log(x); }
    template <class R> static R truth(R x) { return library(::log, ::logl, x); }
};
struct Log1p {
    static constexpr double bound[] = {1.45, 1.45};
    template <class V> static constexpr V of(V x) { return math::log1p(x); }
    template <class R> static R truth(R x) { return library(::log1p, ::log1pl, x); }
};
struct NormalCdf {
    static constexpr double bound[] = {2.2, 2.5};
    template <class V> static constexpr V of(V x) { return math::normal_cdf(x); }
    template <class R> static R truth(R x) {
        return library(::erfc, ::erfcl, -x * R(0.70710678118654752440084436210484904L)) / 2;
    }
};

template <class F, class T, std::size_t W> std::array<T, W> at_width(const std::array<T, W>& x) {
    using V = tenon::Value<T, W>;
    std::array<T, W> y;
    tenon::detail::store(y.data(), F::of(tenon::detail::load<V>(x.data())));
    return y;
}

/// |y - truth| in units of the last place of the truth. If the truth is no normal number: 0 if y is as good
/// as can be asked (infinite or the largest number, or off by no more than the smallest normal one), else a
/// huge number. If the CPU flushes subnormal numbers, their doubles may become zero.
template <class T, class R> double ulps(T y, R truth) {
    using L = std::numeric_limits<T>;
    constexpr double wrong = 1e300;
    const T nearest = static_cast<T>(truth);
    if (math::is_nan(nearest)) return math::is_nan(y) ? 0 : wrong;
    if (math::is_nan(y)) return wrong;
    const auto sign = math::sign_bit<T>, bits = math::to_bits(y) & ~sign;
    if (!math::is_finite(nearest))
        return bits >= math::to_bits(L::max()) && ((math::to_bits(y) ^ math::to_bits(nearest)) & sign) == 0
                   ? 0
                   : wrong;
    const R size = std::abs(truth);
    if (!math::is_finite(y)) return size > R(L::max()) * (1 - 4 * R(L::epsilon())) ? 1 : wrong;
    if (const R least = R(L::min()) * (flushes_subnormals() ? 2 : 1); size < least)
        return std::abs(R(y) - truth) <= least ? 0 : wrong;
    return double(std::abs(R(y) - truth) / std::ldexp(R(1), std::ilogb(size) - (L::digits - 1)));
}

/// The largest error over all float bit patterns, `stride` apart.
template <class F, std::size_t W> double largest_error(std::uint64_t stride) {
    double largest = 0;
    std::array<float, W> x;
    for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32);) {
        for (float& each : x) {
            each = math::from_bits<float>(static_cast<std::uint32_t>(bits));
            bits += stride;
        }
        const std::array<float, W> y = at_width<F>(x);
        for (std::size_t i = 0; i < W; ++i) largest = std::max(largest, ulps(y[i], F::truth(double(x[i]))));
    }
    return largest;
}

template <class T, class F> void at_every_width(F f) {
    f(std::integral_constant<std::size_t, 1>{});
    if constexpr (tenon::detail::has_register<T, 2>) f(std::integral_constant<std::size_t, 2>{});
    if constexpr (tenon::detail::has_register<T, 4>) f(std::integral_constant<std::size_t, 4>{});
    if constexpr (tenon::detail::has_register<T, 8>) f(std::integral_constant<std::size_t, 8>{});
    if constexpr (tenon::detail::has_register<T, 16>) f(std::integral_constant<std::size_t, 16>{});
}

/// Numbers of every size and sign, and many about 1.
template <class T> std::vector<T> assorted(std::size_t count) {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> exponent(std::numeric_limits<T>::min_exponent - 20,
                                                    std::numeric_limits<T>::max_exponent - 1);
    std::uniform_real_distribution<double> size(-6, 10), about(-4, 4);
    std::vector<T> x(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double e = i % 4 == 0 ? exponent(random) : size(random);
        x[i] = static_cast<T>(i % 4 == 3 ? about(random) : std::exp2(e) * (i & 1 ? -1 : 1));
    }
    return x;
}

} // namespace

TEMPLATE_TEST_CASE("a float function is within its bound over the whole range, at every width", "[math]", Exp,
                   ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    const std::uint64_t stride = std::getenv("TENON_EXHAUSTIVE") ? 1 : 4099;
    at_every_width<float>([&](auto width) {
        CAPTURE(width());
        CHECK(largest_error<TestType, width()>(stride) <= TestType::bound[0]);
    });
}

TEMPLATE_TEST_CASE("a double function is within its bound of a long double truth", "[math]", Exp,
                   ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    if (std::numeric_limits<long double>::digits < 64) return; // no truth to compare with
    for (const double x : assorted<double>(200'000)) {
        if (std::is_same_v<TestType, NormalCdf> && x < -37.5) continue;
        if (flushes_subnormals() && std::abs(x) < std::numeric_limits<double>::min()) continue;
        const double error = ulps(TestType::of(x), TestType::truth(static_cast<long double>(x)));
        if (!(error <= TestType::bound[1])) {
            CAPTURE(x, error);
            CHECK(error <= TestType::bound[1]);
        }
    }
    SUCCEED();
}

TEMPLATE_TEST_CASE("one number and every width give the same bits", "[math]", Exp, ExpNonpositive, Expm1,
                   Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    const auto same = []<class T>(T) {
        const std::vector<T> xs = assorted<T>(40'000);
        at_every_width<T>([&](auto width) {
            std::size_t different = 0;
            for (std::size_t i = 0; i + width() <= xs.size(); i += width()) {
                std::array<T, width()> x;
                std::copy_n(xs.begin() + static_cast<std::ptrdiff_t>(i), width(), x.begin());
                const std::array<T, width()> y = at_width<TestType>(x);
                for (std::size_t k = 0; k < width(); ++k)
                    different += math::to_bits(y[k]) != math::to_bits(TestType::of(x[k])) &&
                                 !(math::is_nan(y[k]) && math::is_nan(TestType::of(x[k])));
            }
            CAPTURE(sizeof(T), width());
            CHECK(different == 0);
        });
    };
    same(float{});
    same(double{});
}

TEMPLATE_TEST_CASE("a constant expression and the running program hold together", "[math]", Exp,
                   ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    // the compiler's multiply-add rounds twice, the program's perhaps once: both are within the bound of the
    // truth
    static constexpr std::array x{-0.99, -0.7, -0.3, -0.02, -1e-4, 1e-6, 0.001, 0.2,
                                  0.34,  0.36, 0.9,  1.1,   2.5,   7.,   16.8,  30.};
    static constexpr auto constant = [] {
        std::pair<std::array<float, x.size()>, std::array<double, x.size()>> y{};
        for (std::size_t i = 0; i < x.size(); ++i) {
            const bool outside = std::is_same_v<TestType, Log> && x[i] < 0;
            y.first[i] = TestType::of(static_cast<float>(outside ? -x[i] : x[i]));
            y.second[i] = TestType::of(outside ? -x[i] : x[i]);
        }
        return y;
    }();
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double argument = std::is_same_v<TestType, Log> ? std::abs(x[i]) : x[i];
        volatile float single = static_cast<float>(argument);
        volatile double wide = argument;
        CAPTURE(argument);
        CHECK(ulps(constant.first[i], TestType::truth(double(single))) <= TestType::bound[0]);
        CHECK(ulps(constant.second[i], TestType::truth(static_cast<long double>(wide))) <=
              TestType::bound[1]);
        CHECK(ulps(constant.first[i], double(TestType::of(float(single)))) <= 2);
        CHECK(ulps(constant.second[i], static_cast<long double>(TestType::of(double(wide)))) <= 2);
    }
}

TEMPLATE_TEST_CASE("the quotient and the square root are correctly rounded in every register", "[math]",
                   float, double) {
    using T = TestType;
    std::vector<T> xs = assorted<T>(8'000);
    for (const T extreme : {std::numeric_limits<T>::max(), std::numeric_limits<T>::min(), T(0)})
        xs.insert(xs.end(), {extreme, T(1), -extreme});
    at_every_width<T>([&](auto width) {
        using V = tenon::Value<T, width()>;
        if constexpr (width() > 1) {
            std::size_t different = 0;
            for (std::size_t i = 0; i + 2 * width() <= xs.size(); ++i) {
                std::array<T, width()> quotient, root;
                const V a = tenon::detail::load<V>(&xs[i]), b = tenon::detail::load<V>(&xs[i + width()]);
                tenon::detail::store(quotient.data(), V(a / b));
                tenon::detail::store(root.data(), math::sqrt(math::abs(a)));
                for (std::size_t k = 0; k < width(); ++k) {
                    volatile T one = xs[i + k], other = xs[i + width() + k]; // one by one: exact
                    const T wanted = one / other;
                    different +=
                        !is(quotient[k], wanted) && !(math::is_nan(quotient[k]) && math::is_nan(wanted));
                    different += !is(root[k], T(std::sqrt(std::abs(one))));
                }
            }
            CAPTURE(width());
            CHECK(different == 0);
        }
    });
}

TEMPLATE_TEST_CASE("NaN and infinity are known by their bits", "[math]", float, double) {
    using T = TestType;
    using U = math::Unsigned<T>;
    constexpr U quiet = U{1} << (std::numeric_limits<T>::digits - 2);
    static_assert(math::is_nan(math::not_a_number<T>()) && !math::is_finite(math::infinite<T>()));
    volatile U infinite = math::to_bits(std::numeric_limits<T>::max()) + 1;
    for (const U sign : {U{0}, ~(~U{0} >> 1)}) {
        CHECK(math::is_nan(math::from_bits<T>(sign | infinite | quiet)));
        CHECK(math::is_nan(math::from_bits<T>(sign | infinite | 1)));
        CHECK_FALSE(math::is_nan(math::from_bits<T>(sign | infinite)));
        CHECK_FALSE(math::is_finite(math::from_bits<T>(sign | infinite | quiet)));
        CHECK_FALSE(math::is_finite(math::from_bits<T>(sign | infinite)));
        CHECK(math::is_finite(math::from_bits<T>(sign | (infinite - 1))));
        CHECK_FALSE(math::is_nan(math::from_bits<T>(sign | (infinite - 1))));
        CHECK(math::is_finite(math::from_bits<T>(sign)));
    }
    CHECK(math::to_bits(math::infinite<T>()) == infinite);
    CHECK(math::is_nan(math::not_a_number<T>()));
    volatile T huge = std::numeric_limits<T>::max();
    CHECK_FALSE(math::is_finite(T(huge * huge)));
}

TEMPLATE_TEST_CASE("the larger and the smaller of two keep the second's NaN at every width", "[math]", float,
                   double) {
    using T = TestType;
    at_every_width<T>([](auto width) {
        using V = tenon::Value<T, width()>;
        std::array<T, width()> a, b, larger, smaller;
        for (std::size_t nan = 0; nan < width(); ++nan) {
            for (std::size_t i = 0; i < width(); ++i)
                a[i] = static_cast<T>(i), b[i] = static_cast<T>(2 * i) - 3;
            b[nan] = math::not_a_number<T>();
            tenon::detail::store(larger.data(), V(math::max(tenon::detail::load<V>(a.data()),
                                                            tenon::detail::load<V>(b.data()))));
            tenon::detail::store(smaller.data(), V(math::min(tenon::detail::load<V>(a.data()),
                                                             tenon::detail::load<V>(b.data()))));
            for (std::size_t i = 0; i < width(); ++i) {
                CAPTURE(width(), nan, i);
                CHECK((i == nan ? math::is_nan(larger[i]) : larger[i] == (i < 3 ? a[i] : b[i])));
                CHECK((i == nan ? math::is_nan(smaller[i]) : smaller[i] == (i < 3 ? b[i] : a[i])));
            }
        }
    });
}

TEMPLATE_TEST_CASE("special values give what IEEE 754 asks, at every width", "[math]", float, double) {
    using T = TestType;
    const T inf = math::infinite<T>(), nan = math::not_a_number<T>(),
            tiny = std::numeric_limits<T>::denorm_min(), most = std::numeric_limits<T>::max();
    at_every_width<T>([&](auto width) {
        CAPTURE(width());
        const auto all = [&]<class F>(F, T x) {
            std::array<T, width()> in;
            in.fill(x);
            const std::array<T, width()> out = at_width<F>(in);
            for (const T y : out) CHECK((math::to_bits(y) == math::to_bits(out[0]) || math::is_nan(y)));
            return out[0];
        };
        CHECK(math::is_nan(all(Exp{}, nan)));
        CHECK(math::is_nan(all(ExpNonpositive{}, nan)));
        CHECK(math::is_nan(all(Expm1{}, nan)));
        CHECK(math::is_nan(all(Sigmoid{}, nan)));
        CHECK(math::is_nan(all(Tanh{}, nan)));
        CHECK(math::is_nan(all(Log{}, nan)));
        CHECK(math::is_nan(all(Log1p{}, nan)));
        CHECK(math::is_nan(all(NormalCdf{}, nan)));
        CHECK(math::is_nan(all(Log{}, T(-1))));
        if (!flushes_subnormals()) CHECK(math::is_nan(all(Log{}, -tiny)));
        CHECK(math::is_nan(all(Log{}, -inf)));
        CHECK(math::is_nan(all(Log1p{}, T(-1.5))));
        CHECK(math::is_nan(all(Log1p{}, -inf)));

        CHECK(is(all(Exp{}, inf), inf));
        CHECK(is(all(Exp{}, most), inf));
        CHECK(is(all(Exp{}, -inf), T(0)));
        CHECK(is(all(Exp{}, -most), T(0)));
        CHECK(is(all(Exp{}, T(0)), T(1)));
        CHECK(is(all(ExpNonpositive{}, -inf), T(0)));
        CHECK(is(all(Expm1{}, inf), inf));
        CHECK(is(all(Expm1{}, -inf), T(-1)));
        CHECK(is(all(Expm1{}, T(0)), T(0)));
        CHECK(is(all(Sigmoid{}, inf), T(1)));
        CHECK(is(all(Sigmoid{}, most), T(1)));
        CHECK(is(all(Sigmoid{}, -inf), T(0)));
        CHECK(is(all(Sigmoid{}, -most), T(0)));
        CHECK(is(all(Sigmoid{}, T(0)), T(0.5)));
        CHECK(is(all(Tanh{}, inf), T(1)));
        CHECK(is(all(Tanh{}, -inf), T(-1)));
        CHECK(is(all(Tanh{}, most), T(1)));
        CHECK(is(all(Tanh{}, T(0)), T(0)));
        CHECK(is(all(Log{}, inf), inf));
        CHECK(is(all(Log{}, T(0)), -inf));
        CHECK(is(all(Log{}, -T(0)), -inf));
        CHECK(is(all(Log{}, T(1)), T(0)));
        if (flushes_subnormals()) CHECK(is(all(Log{}, tiny), -inf));
        else CHECK(std::abs(all(Log{}, tiny) / std::log(tiny) - 1) <= std::numeric_limits<T>::epsilon());
        CHECK(is(all(Log1p{}, inf), inf));
        CHECK(is(all(Log1p{}, T(-1)), -inf));
        CHECK(is(all(Log1p{}, T(0)), T(0)));
        CHECK(is(all(NormalCdf{}, inf), T(1)));
        CHECK(is(all(NormalCdf{}, -inf), T(0)));
        CHECK(is(all(NormalCdf{}, T(0)), T(0.5)));
    });
}

TEST_CASE("a polynomial of any length is the sum of its terms", "[math]") {
    static constexpr double c[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    static_assert(math::polynomial<0, 1>(2., c) == 1 && math::polynomial<2, 2>(2., c) == 11);
    const auto check = [&]<std::size_t... Count>(std::index_sequence<Count...>) {
        const auto one = [&](auto count) {
            double sum = 0;
            for (std::size_t k = count(); k-- > 0;) sum = sum * 0.5 + c[k];
            CHECK(math::polynomial<0, count()>(0.5, c) == sum); // powers of a half: exact
        };
        (one(std::integral_constant<std::size_t, Count + 1>{}), ...);
    };
    check(std::make_index_sequence<17>{});
}

TEST_CASE("each lane of sums is the sum of its own row", "[math]") {
    const auto right = []<class T>(T) {
        at_every_width<T>([]<class Width>(Width width) {
            using V = tenon::Value<T, width()>;
            V rows[width()];
            std::array<T, width()> x, found, wanted{};
            for (std::size_t r = 0; r < width(); ++r) {
                for (std::size_t i = 0; i < width(); ++i) wanted[r] += x[i] = static_cast<T>(100 * r + i * i);
                rows[r] = tenon::detail::load<V>(x.data());
            }
            tenon::detail::store(found.data(), V(math::row_sums(rows)));
            CHECK(found == wanted);
        });
    };
    right(float{});
    right(double{});
}

TEST_CASE("the sum and the largest of the lanes are in every lane", "[math]") {
    const auto right = []<class T>(T) {
        at_every_width<T>([]<class Width>(Width width) {
            using V = tenon::Value<T, width()>;
            std::array<T, width()> x, sum, largest;
            for (std::size_t i = 0; i < width(); ++i) x[i] = static_cast<T>(i * 7 % width()) - 3;
            const V lanes = tenon::detail::load<V>(x.data());
            tenon::detail::store(sum.data(), V(math::sum(lanes)));
            tenon::detail::store(largest.data(), V(math::reduce_max(lanes)));
            const T count = static_cast<T>(width()), all = count * (count - 1) / 2 - 3 * count;
            CHECK(std::count(sum.begin(), sum.end(), all) == width());
            CHECK(std::count(largest.begin(), largest.end(), count - 4) == width());
        });
    };
    right(float{});
    right(double{});
}
