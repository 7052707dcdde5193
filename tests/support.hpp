// Random numbers and error measures for several tests.
#pragma once

#include <tenon/tenon.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Fills a range with random numbers from `low` to `high`.
template <class Range>
constexpr void fill_random(Range&& values, std::uint64_t seed, double low = -1, double high = 1) {
    tenon::Random random(seed);
    for (auto& value : values)
        value = static_cast<std::remove_cvref_t<decltype(value)>>(low + (high - low) * random.uniform());
}

/// `count` arrays of random numbers from `low` to `high`.
template <class Array>
std::vector<Array> random_samples(std::size_t count, std::uint64_t seed, double low = -1, double high = 1) {
    std::vector<Array> samples(count);
    for (Array& sample : samples) fill_random(sample, seed++, low, high);
    return samples;
}

/// The largest of |a - b| / max(|b|, floor): a relative error where b is larger than floor. 1e300 if a
/// difference is NaN, which is tested by its bits, because comparisons with NaN are wrong under -ffast-math.
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
