// exp, log, tanh and their kin against the truth, over the whole range of float, and at every width against
// each other.
#include "catch.hpp"

#include <tenon/simd/across.hpp>
#include <tenon/simd/math.hpp>

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

template <class T> constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T> constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

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
static_assert(math::tanh(1e30f) == 1 && math::tanh(-infinity<double>) == -1 &&
              math::exp(-infinity<float>) == 0);
static_assert(math::log(0.f) == -infinity<float> && math::log(infinity<double>) == infinity<double>);
static_assert(math::log1p(-1.) == -infinity<double>);

// Each function with the truth in a wider type, and the bounds that math.hpp states: float, double.
struct Exp {
    static constexpr double bound[] = {1.05, 1.1};
    template <class V> static constexpr V of(V x) { return math::exp(x); }
    template <class R> static R truth(R x) { return std::exp(x); }
};
struct ExpNonpositive {
    static constexpr double bound[] = {1.05, 1.1};
    template <class V> static constexpr V of(V x) { return math::exp_nonpositive(V(0) - math::abs(x)); }
    template <class R> static R truth(R x) { return std::exp(-std::abs(x)); }
};
struct Expm1 {
    static constexpr double bound[] = {1.6, 2.2};
    template <class V> static constexpr V of(V x) { return math::expm1(x); }
    template <class R> static R truth(R x) { return std::expm1(x); }
};
struct Sigmoid {
    static constexpr double bound[] = {2, 2.5};
    template <class V> static constexpr V of(V x) { return math::sigmoid(x); }
    template <class R> static R truth(R x) {
        return x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
    }
};
struct Tanh {
    static constexpr double bound[] = {2, 2.2};
    template <class V> static constexpr V of(V x) { return math::tanh(x); }
    template <class R> static R truth(R x) { return std::tanh(x); }
};
struct Log {
    static constexpr double bound[] = {0.9, 0.9};
    template <class V> static constexpr V of(V x) { return math::log(x); }
    template <class R> static R truth(R x) { return std::log(x); }
};
struct Log1p {
    static constexpr double bound[] = {1.45, 1.45};
    template <class V> static constexpr V of(V x) { return math::log1p(x); }
    template <class R> static R truth(R x) { return std::log1p(x); }
};
struct NormalCdf {
    static constexpr double bound[] = {2.2, 2.5};
    template <class V> static constexpr V of(V x) { return math::normal_cdf(x); }
    template <class R> static R truth(R x) {
        return std::erfc(-x * R(0.70710678118654752440084436210484904L)) / 2;
    }
};

template <class F, class T, std::size_t W> std::array<T, W> at_width(const std::array<T, W>& x) {
    using V = tenon::Value<T, W>;
    std::array<T, W> y;
    tenon::detail::store(y.data(), F::of(tenon::detail::load<V>(x.data())));
    return y;
}

/// |y - truth| in units of the last place of the truth. Where the truth is no normal number: 0 if y is as
/// good as can be asked (infinite or the largest number, or off by no more than the smallest normal one),
/// else infinity.
template <class T, class R> double ulps(T y, R truth) {
    using L = std::numeric_limits<T>;
    constexpr double wrong = infinity<double>;
    if (std::isnan(truth)) return std::isnan(y) ? 0 : wrong;
    if (std::isnan(y)) return wrong;
    const R size = std::abs(truth);
    if (std::isinf(static_cast<T>(truth)))
        return std::abs(y) >= L::max() && std::signbit(y) == std::signbit(truth) ? 0 : wrong;
    if (size < R(L::min())) return std::abs(R(y) - truth) <= R(L::min()) ? 0 : wrong;
    if (std::isinf(y)) return size > R(L::max()) * (1 - 4 * R(L::epsilon())) ? 1 : wrong;
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
                                 !(std::isnan(y[k]) && std::isnan(TestType::of(x[k])));
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

TEMPLATE_TEST_CASE("the quotient and the square root are correctly rounded at every width", "[math]", float,
                   double) {
    using T = TestType;
    const std::vector<T> xs = assorted<T>(8'000);
    at_every_width<T>([&](auto width) {
        using V = tenon::Value<T, width()>;
        std::size_t different = 0;
        for (std::size_t i = 0; i + 2 * width() <= xs.size(); i += width()) {
            std::array<T, width()> quotient, root;
            const V a = tenon::detail::load<V>(&xs[i]), b = tenon::detail::load<V>(&xs[i + width()]);
            tenon::detail::store(quotient.data(), V(a / b));
            tenon::detail::store(root.data(), math::sqrt(math::abs(a)));
            for (std::size_t k = 0; k < width(); ++k)
                different += quotient[k] != xs[i + k] / xs[i + width() + k] ||
                             root[k] != std::sqrt(std::abs(xs[i + k]));
        }
        CAPTURE(width());
        CHECK(different == 0);
    });
}

TEMPLATE_TEST_CASE("special values give what IEEE 754 asks, at every width", "[math]", float, double) {
    using T = TestType;
    const T inf = infinity<T>, tiny = std::numeric_limits<T>::denorm_min(),
            most = std::numeric_limits<T>::max();
    at_every_width<T>([&](auto width) {
        CAPTURE(width());
        const auto all = [&]<class F>(F, T x) {
            std::array<T, width()> in;
            in.fill(x);
            const std::array<T, width()> out = at_width<F>(in);
            for (const T y : out) CHECK((math::to_bits(y) == math::to_bits(out[0]) || std::isnan(y)));
            return out[0];
        };
        CHECK(std::isnan(all(Exp{}, not_a_number<T>)));
        CHECK(std::isnan(all(Expm1{}, not_a_number<T>)));
        CHECK(std::isnan(all(Sigmoid{}, not_a_number<T>)));
        CHECK(std::isnan(all(Tanh{}, not_a_number<T>)));
        CHECK(std::isnan(all(Log{}, not_a_number<T>)));
        CHECK(std::isnan(all(Log1p{}, not_a_number<T>)));
        CHECK(std::isnan(all(NormalCdf{}, not_a_number<T>)));
        CHECK(std::isnan(all(Log{}, T(-1))));
        CHECK(std::isnan(all(Log{}, -tiny)));
        CHECK(std::isnan(all(Log{}, -inf)));
        CHECK(std::isnan(all(Log1p{}, T(-1.5))));
        CHECK(std::isnan(all(Log1p{}, -inf)));

        CHECK(all(Exp{}, inf) == inf);
        CHECK(all(Exp{}, most) == inf);
        CHECK(all(Exp{}, -inf) == 0);
        CHECK(all(Exp{}, -most) == 0);
        CHECK(all(Exp{}, T(0)) == 1);
        CHECK(all(Expm1{}, inf) == inf);
        CHECK(all(Expm1{}, -inf) == -1);
        CHECK(all(Expm1{}, T(0)) == 0);
        CHECK(all(Sigmoid{}, inf) == 1);
        CHECK(all(Sigmoid{}, most) == 1);
        CHECK(all(Sigmoid{}, -inf) == 0);
        CHECK(all(Sigmoid{}, -most) == 0);
        CHECK(all(Sigmoid{}, T(0)) == T(0.5));
        CHECK(all(Tanh{}, inf) == 1);
        CHECK(all(Tanh{}, -inf) == -1);
        CHECK(all(Tanh{}, most) == 1);
        CHECK(all(Tanh{}, T(0)) == 0);
        CHECK(all(Log{}, inf) == inf);
        CHECK(all(Log{}, T(0)) == -inf);
        CHECK(all(Log{}, -T(0)) == -inf);
        CHECK(all(Log{}, T(1)) == 0);
        CHECK(std::abs(all(Log{}, tiny) / std::log(tiny) - 1) <= std::numeric_limits<T>::epsilon());
        CHECK(all(Log1p{}, inf) == inf);
        CHECK(all(Log1p{}, T(-1)) == -inf);
        CHECK(all(Log1p{}, T(0)) == 0);
        CHECK(all(NormalCdf{}, inf) == 1);
        CHECK(all(NormalCdf{}, -inf) == 0);
        CHECK(all(NormalCdf{}, T(0)) == T(0.5));
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
            tenon::detail::store(found.data(), V(math::sums(rows)));
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
            tenon::detail::store(largest.data(), V(math::largest(lanes)));
            const T count = static_cast<T>(width()), all = count * (count - 1) / 2 - 3 * count;
            CHECK(std::count(sum.begin(), sum.end(), all) == width());
            CHECK(std::count(largest.begin(), largest.end(), count - 4) == width());
        });
    };
    right(float{});
    right(double{});
}
