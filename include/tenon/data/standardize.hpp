// Standardize: scales inputs to mean 0 and standard deviation 1 of the training rows.
#pragma once

#include <tenon/data/dataset.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// z = (x - mean) / deviation, for each input, in double; targets do not change. Both are measured on the
/// training rows, and used for all: `const Standardize scale{train}; scale(train); scale(test);`. The
/// deviation is the population's, or 1 if an input is constant (as in scikit-learn's StandardScaler). A
/// deployed net needs both vectors. Pixels become doubles. Throws Error if there are no training rows, or if
/// the numbers of inputs differ.
struct Standardize {
    std::vector<double> mean;
    std::vector<double> deviation;

    explicit Standardize(const Dataset& train) : mean(train.input_width), deviation(train.input_width) {
        if (train.size() == 0) throw Error{train.source, "at least one row to measure", "none"};
        for (std::size_t input = 0; input < mean.size(); ++input) measure(train, input);
    }

    void operator()(Dataset& data) const {
        if (data.input_width != mean.size())
            throw Error{data.source,
                        std::to_string(mean.size()) + " inputs per row (as many as were measured)",
                        std::to_string(data.input_width)};
        const std::span<double> values = data.inputs.numbers();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::size_t input = i % mean.size();
            values[i] = (values[i] - mean[input]) / deviation[input];
        }
    }

private:
    /// Measures differences from the first value, so that values such as the time 1700000001 lose little
    /// precision, in a unit whose square neither overflows nor underflows.
    void measure(const Dataset& train, std::size_t input) {
        const std::size_t width = mean.size();
        const auto count = static_cast<double>(train.size());
        double low = train.inputs[input], high = low;
        for (std::size_t i = input; i < train.inputs.size(); i += width) {
            low = std::min(low, train.inputs[i]);
            high = std::max(high, train.inputs[i]);
        }
        const double largest = std::max(std::abs(low), std::abs(high)), range = high / 2 - low / 2;
        const double unit = largest > 0x1p500 ? 0x1p600 : range < 0x1p-400 ? 0x1p-500 : 1;
        const double first = train.inputs[input] / unit;
        double sum = 0, squares = 0;
        for (std::size_t i = input; i < train.inputs.size(); i += width)
            sum += train.inputs[i] / unit - first;
        const double from_first = sum / count;
        for (std::size_t i = input; i < train.inputs.size(); i += width) {
            const double from_mean = train.inputs[i] / unit - first - from_first;
            squares += from_mean * from_mean;
        }
        mean[input] = (first + from_first) * unit;
        const double min_deviation = std::numeric_limits<double>::min(); // subnormal numbers may count as 0
        deviation[input] = low < high ? std::max(std::sqrt(squares / count) * unit, min_deviation) : 1;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
