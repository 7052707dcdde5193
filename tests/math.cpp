// exp, log, tanh and related functions compared with the C library in a wider type, over the whole range of
// float, and at every width with each other. Infinity and NaN are tested by their bits, so that the tests can
// fail under -ffast-math, too.
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

/// Whether the CPU treats subnormal numbers as zero, as in programs linked with -ffast-math.
bool flushes_subnormals() {
    volatile float tiny = std::numeric_limits<float>::denorm_min();
    return tiny == 0;
}

/// NaN of both signs, with several payloads: 0, 1, and all bits set, among others.
template <class T> std::vector<T> nans() {
    const auto quiet = math::to_bits(math::not_a_number<T>()), sign = math::sign_bit<T>;
    std::vector<T> all;
    for (const math::Unsigned<T> payload : {0u, 1u, 0x155u, 0x3ffffu})
        for (const auto bits : {quiet | payload, quiet | payload | sign})
            all.push_back(math::from_bits<T>(bits));
    all.push_back(math::from_bits<T>(~math::Unsigned<T>{0}));
    return all;
}

/// Whether y and `expected` are the same number; 0 and -0 are.
template <class T> bool is(T y, T expected) {
    const auto sign = math::sign_bit<T>, a = math::to_bits(y), b = math::to_bits(expected);
    return a == b || ((a & ~sign) == 0 && (b & ~sign) == 0);
}

template <class T> constexpr bool is_near(T a, double b) {
    return math::abs(double(a) - b) < 3e-7 * math::abs(b);
}

template <class T> constexpr bool constant_expressions_are_correct() {
    return is_near(math::exp(T(1)), 2.718281828459045) && is_near(math::exp(T(-20)), 2.061153622438558e-09) &&
           is_near(math::expm1(T(1e-5)), 1.000005000016667e-05) &&
           is_near(math::expm1(T(-1.5)), -0.7768698398515702) &&
           is_near(math::sigmoid(T(0.75)), 0.679178699175393) &&
           is_near(math::sigmoid(T(-30)), 9.357622968839299e-14) &&
           is_near(math::tanh(T(0.01)), 0.009999666686665238) &&
           is_near(math::tanh(T(-2)), -0.9640275800758169) && is_near(math::log(T(10)), 2.302585092994046) &&
           is_near(math::log(T(1e30)), 69.07755278982137) &&
           is_near(math::log1p(T(1e-6)), 9.99999500000333e-07) &&
           is_near(math::log1p(T(-0.75)), -1.386294361119891) &&
           is_near(math::normal_cdf(T(1)), 0.8413447460685429) &&
           is_near(math::normal_cdf(T(-6)), 9.865876450376946e-10);
}
static_assert(constant_expressions_are_correct<float>() && constant_expressions_are_correct<double>());
static_assert(math::exp(0.f) == 1 && math::expm1(0.) == 0 && math::log(1.f) == 0 && math::log1p(0.f) == 0);
static_assert(math::sigmoid(0.f) == 0.5f && math::tanh(0.) == 0 && math::normal_cdf(0.f) == 0.5f);
static_assert(math::sigmoid(1e30f) == 1 && math::sigmoid(-1e300) == 0);
static_assert(math::tanh(1e30f) == 1 && math::tanh(-math::infinite<double>()) == -1 &&
              math::exp(-math::infinite<float>()) == 0);
static_assert(math::log(0.f) == -math::infinite<float>() &&
              math::log(math::infinite<double>()) == math::infinite<double>());
static_assert(math::log1p(-1.) == -math::infinite<double>());

/// Calls the C library's function, through a pointer: under -ffast-math g++ would generate x87 code instead,
/// which is less accurate than tenon's functions.
inline double library(double (*f)(double), long double (*)(long double), double x) {
    double (*volatile call)(double) = f;
    return call(x);
}
inline long double library(double (*)(double), long double (*f)(long double), long double x) {
    long double (*volatile call)(long double) = f;
    return call(x);
}

// Each function with its true value in a wider type, and bounds (float, double) for the errors that math.hpp
// states.
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

/// |y - truth| in units of the last place of the truth. If the truth is not a normal number: 0 if y is
/// acceptable (infinity or the largest number for infinity, an error of at most the smallest normal number
/// for subnormal ones), else a huge number. If the CPU flushes subnormal numbers, numbers of up to twice the
/// smallest normal one may become zero.
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

/// The largest error over every `stride`th bit pattern of float.
template <class F, std::size_t W> double largest_error(std::uint64_t stride) {
    double largest = 0;
    std::array<float, W> x;
    for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32);) {
        for (float& argument : x) {
            argument = math::from_bits<float>(static_cast<std::uint32_t>(bits));
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

/// Random numbers of every magnitude and sign, many of them near 1.
template <class T> std::vector<T> random_arguments(std::size_t count) {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> exponent(std::numeric_limits<T>::min_exponent - 20,
                                                    std::numeric_limits<T>::max_exponent - 1);
    std::uniform_real_distribution<double> common_exponent(-6, 10), near_zero(-4, 4);
    std::vector<T> x(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double e = i % 4 == 0 ? exponent(random) : common_exponent(random);
        x[i] = static_cast<T>(i % 4 == 3 ? near_zero(random) : std::exp2(e) * (i & 1 ? -1 : 1));
    }
    return x;
}

} // namespace

TEMPLATE_TEST_CASE("a float function's error is within its bound over the whole range, at every width",
                   "[math]", Exp, ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    const std::uint64_t stride = std::getenv("TENON_EXHAUSTIVE") ? 1 : 4099;
    at_every_width<float>([&](auto width) {
        CAPTURE(width());
        CHECK(largest_error<TestType, width()>(stride) <= TestType::bound[0]);
    });
}

TEMPLATE_TEST_CASE("a double function's error is within its bound, compared with long double", "[math]", Exp,
                   ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    if (std::numeric_limits<long double>::digits < 64) return; // no wider type to compare with
    for (const double x : random_arguments<double>(200'000)) {
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

TEMPLATE_TEST_CASE("a single number and every width give the same bits", "[math]", Exp, ExpNonpositive, Expm1,
                   Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    const auto check_type = []<class T>(T) {
        const std::vector<T> xs = random_arguments<T>(40'000);
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
    check_type(float{});
    check_type(double{});
}

TEMPLATE_TEST_CASE("a constant expression and the running program agree within 2 ulp", "[math]", Exp,
                   ExpNonpositive, Expm1, Sigmoid, Tanh, Log, Log1p, NormalCdf) {
    // the compiler's multiply-add rounds twice, the program's may round once: both errors are within the
    // bound
    static constexpr std::array x{-0.99, -0.7, -0.3, -0.02, -1e-4, 1e-6, 0.001, 0.2,
                                  0.34,  0.36, 0.9,  1.1,   2.5,   7.,   16.8,  30.};
    static constexpr auto constant = [] {
        std::pair<std::array<float, x.size()>, std::array<double, x.size()>> y{};
        for (std::size_t i = 0; i < x.size(); ++i) {
            const bool negate = std::is_same_v<TestType, Log> && x[i] < 0;
            y.first[i] = TestType::of(static_cast<float>(negate ? -x[i] : x[i]));
            y.second[i] = TestType::of(negate ? -x[i] : x[i]);
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
    std::vector<T> xs = random_arguments<T>(8'000);
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
                    volatile T dividend = xs[i + k], divisor = xs[i + width() + k]; // single numbers: exact
                    const T expected = dividend / divisor;
                    different +=
                        !is(quotient[k], expected) && !(math::is_nan(quotient[k]) && math::is_nan(expected));
                    different += !is(root[k], T(std::sqrt(std::abs(dividend))));
                }
            }
            CAPTURE(width());
            CHECK(different == 0);
        }
    });
}

TEMPLATE_TEST_CASE("NaN and infinity are recognised by their bits", "[math]", float, double) {
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

TEMPLATE_TEST_CASE("max and min return NaN if their second operand is NaN, at every width", "[math]", float,
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

TEMPLATE_TEST_CASE("special values give the results of IEEE 754, at every width", "[math]", float, double) {
    using T = TestType;
    const T inf = math::infinite<T>(), tiny = std::numeric_limits<T>::denorm_min(),
            highest = std::numeric_limits<T>::max();
    at_every_width<T>([&](auto width) {
        CAPTURE(width());
        const auto result_of = [&]<class F>(F, T x) {
            std::array<T, width()> in;
            in.fill(x);
            const std::array<T, width()> out = at_width<F>(in);
            for (const T y : out) CHECK((math::to_bits(y) == math::to_bits(out[0]) || math::is_nan(y)));
            return out[0];
        };
        for (const T any_nan : nans<T>()) {
            CHECK(math::is_nan(result_of(Exp{}, any_nan)));
            CHECK(math::is_nan(result_of(ExpNonpositive{}, any_nan)));
            CHECK(math::is_nan(result_of(Expm1{}, any_nan)));
            CHECK(math::is_nan(result_of(Sigmoid{}, any_nan)));
            CHECK(math::is_nan(result_of(Tanh{}, any_nan)));
            CHECK(math::is_nan(result_of(Log{}, any_nan)));
            CHECK(math::is_nan(result_of(Log1p{}, any_nan)));
            CHECK(math::is_nan(result_of(NormalCdf{}, any_nan)));
        }
        CHECK(math::is_nan(result_of(Log{}, T(-1))));
        if (!flushes_subnormals()) CHECK(math::is_nan(result_of(Log{}, -tiny)));
        CHECK(math::is_nan(result_of(Log{}, -inf)));
        CHECK(math::is_nan(result_of(Log1p{}, T(-1.5))));
        CHECK(math::is_nan(result_of(Log1p{}, -inf)));

        CHECK(is(result_of(Exp{}, inf), inf));
        CHECK(is(result_of(Exp{}, highest), inf));
        CHECK(is(result_of(Exp{}, -inf), T(0)));
        CHECK(is(result_of(Exp{}, -highest), T(0)));
        CHECK(is(result_of(Exp{}, T(0)), T(1)));
        CHECK(is(result_of(ExpNonpositive{}, -inf), T(0)));
        CHECK(is(result_of(Expm1{}, inf), inf));
        CHECK(is(result_of(Expm1{}, -inf), T(-1)));
        CHECK(is(result_of(Expm1{}, T(0)), T(0)));
        CHECK(is(result_of(Sigmoid{}, inf), T(1)));
        CHECK(is(result_of(Sigmoid{}, highest), T(1)));
        CHECK(is(result_of(Sigmoid{}, -inf), T(0)));
        CHECK(is(result_of(Sigmoid{}, -highest), T(0)));
        CHECK(is(result_of(Sigmoid{}, T(0)), T(0.5)));
        CHECK(is(result_of(Tanh{}, inf), T(1)));
        CHECK(is(result_of(Tanh{}, -inf), T(-1)));
        CHECK(is(result_of(Tanh{}, highest), T(1)));
        CHECK(is(result_of(Tanh{}, T(0)), T(0)));
        CHECK(is(result_of(Log{}, inf), inf));
        CHECK(is(result_of(Log{}, T(0)), -inf));
        CHECK(is(result_of(Log{}, -T(0)), -inf));
        CHECK(is(result_of(Log{}, T(1)), T(0)));
        if (flushes_subnormals()) CHECK(is(result_of(Log{}, tiny), -inf));
        else
            CHECK(std::abs(result_of(Log{}, tiny) / std::log(tiny) - 1) <= std::numeric_limits<T>::epsilon());
        CHECK(is(result_of(Log1p{}, inf), inf));
        CHECK(is(result_of(Log1p{}, T(-1)), -inf));
        CHECK(is(result_of(Log1p{}, T(0)), T(0)));
        CHECK(is(result_of(NormalCdf{}, inf), T(1)));
        CHECK(is(result_of(NormalCdf{}, -inf), T(0)));
        CHECK(is(result_of(NormalCdf{}, T(0)), T(0.5)));
    });
}

TEST_CASE("a polynomial of any length is the sum of its terms", "[math]") {
    static constexpr double c[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    static_assert(math::polynomial<0, 1>(2., c) == 1 && math::polynomial<2, 2>(2., c) == 11);
    const auto check = [&]<std::size_t... Count>(std::index_sequence<Count...>) {
        const auto check_length = [&](auto count) {
            double sum = 0;
            for (std::size_t k = count(); k-- > 0;) sum = sum * 0.5 + c[k];
            CHECK(math::polynomial<0, count()>(0.5, c) == sum); // products with powers of 1/2 are exact
        };
        (check_length(std::integral_constant<std::size_t, Count + 1>{}), ...);
    };
    check(std::make_index_sequence<17>{});
}

TEST_CASE("lane i of row_sums is the sum of row i", "[math]") {
    const auto check_type = []<class T>(T) {
        at_every_width<T>([]<class Width>(Width width) {
            using V = tenon::Value<T, width()>;
            V rows[width()];
            std::array<T, width()> x, found, expected{};
            for (std::size_t r = 0; r < width(); ++r) {
                for (std::size_t i = 0; i < width(); ++i)
                    expected[r] += x[i] = static_cast<T>(100 * r + i * i);
                rows[r] = tenon::detail::load<V>(x.data());
            }
            tenon::detail::store(found.data(), V(math::row_sums(rows)));
            CHECK(found == expected);
        });
    };
    check_type(float{});
    check_type(double{});
}

TEST_CASE("sum and reduce_max are in every lane", "[math]") {
    const auto check_type = []<class T>(T) {
        at_every_width<T>([]<class Width>(Width width) {
            using V = tenon::Value<T, width()>;
            std::array<T, width()> x, sum, maximum;
            for (std::size_t i = 0; i < width(); ++i) x[i] = static_cast<T>(i * 7 % width()) - 3;
            const V lanes = tenon::detail::load<V>(x.data());
            tenon::detail::store(sum.data(), V(math::sum(lanes)));
            tenon::detail::store(maximum.data(), V(math::reduce_max(lanes)));
            const T count = static_cast<T>(width()), expected_sum = count * (count - 1) / 2 - 3 * count;
            CHECK(std::count(sum.begin(), sum.end(), expected_sum) == width());
            CHECK(std::count(maximum.begin(), maximum.end(), count - 4) == width());
        });
    };
    check_type(float{});
    check_type(double{});
}
