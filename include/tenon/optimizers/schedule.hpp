// What a schedule is, and the functions of the built-in ones.
#pragma once

#include <tenon/version.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A schedule is a function of the number of steps before this one, 0 in the first: `constexpr double
/// operator()(std::size_t step) const noexcept` returns the factor of the learning rate. A struct of one's
/// own works, and so does a lambda without captures. It has no state, so it goes on wherever the number of
/// steps is known.
///
/// Optional: `double momentum(std::size_t step, double own) const noexcept` returns the momentum, or Adam's
/// beta1; `own` is the optimizer's setting.
template <class S>
concept Schedule = requires(const S& schedule, std::size_t step) {
    { schedule(step) } -> std::convertible_to<double>;
};

namespace detail {

/// base^exponent, by repeated squaring.
constexpr double power(double base, std::uint64_t exponent) noexcept {
    double result = 1;
    for (; exponent > 0; exponent /= 2, base *= base)
        if (exponent % 2 == 1) result *= base;
    return result;
}

/// cos(pi x), with an absolute error below 4e-16, for 0 <= x < 2^52. Series of the cosine and sine up to pi /
/// 4.
constexpr double cos_pi(double x) noexcept {
    x -= 2 * static_cast<double>(static_cast<std::uint64_t>(x / 2));
    if (x > 1) x = 2 - x;
    const bool negative = x > 0.5;
    if (negative) x = 1 - x;
    constexpr double pi = 3.14159265358979323846;
    const bool by_sine = x > 0.25;
    const double z = pi * (by_sine ? 0.5 - x : x);
    double sum = 1;
    for (int n = by_sine ? 17 : 16; n > 1; n -= 2) sum = 1 - z * z / (n * (n - 1)) * sum;
    if (by_sine) sum *= z;
    return negative ? -sum : sum;
}

/// From `start` to `end` along half a period of the cosine, for a share from 0 to 1.
constexpr double cosine_between(double start, double end, double share) noexcept {
    return end + (start - end) / 2 * (cos_pi(share) + 1);
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
