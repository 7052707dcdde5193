// Random numbers and differences that several tests need.
#pragma once

#include <tenon/tenon.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Fills with numbers from `low` to `high`.
template <class Range>
constexpr void fill_random(Range&& values, std::uint64_t seed, double low = -1, double high = 1) {
    tenon::Random random(seed);
    for (auto& value : values)
        value = static_cast<std::remove_cvref_t<decltype(value)>>(low + (high - low) * random.uniform());
}

/// `count` arrays of such numbers.
template <class Array>
std::vector<Array> random_samples(std::size_t count, std::uint64_t seed, double low = -1, double high = 1) {
    std::vector<Array> samples(count);
    for (Array& sample : samples) fill_random(sample, seed++, low, high);
    return samples;
}

/// The largest of |a - b| / max(|b|, floor): a relative error where b is larger than floor. Huge if one is
/// not a number, which is asked of the bits, for -ffast-math takes comparisons with NaN for true.
template <class A, class B> double largest_error(const A& a, const B& b, double floor = 0) {
    double largest = 0;
    auto at = std::begin(b);
    for (const auto value : a) {
        const double wanted = static_cast<double>(*at++),
                     error = std::abs(static_cast<double>(value) - wanted);
        if (tenon::math::is_nan(error)) return 1e300;
        if (error > 0) largest = std::max(largest, error / std::max(std::abs(wanted), floor));
    }
    return largest;
}
