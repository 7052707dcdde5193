// Standardize: inputs brought to mean 0 and deviation 1, measured on the training rows.
#pragma once

#include <tenon/io/dataset.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace tenon::inline TENON_ABI {

/// z = (x - mean) / deviation, input by input; targets stay. Measured on the training rows, used on all:
/// `const Standardize scale{train}; scale(train); scale(test);`. The deviation is the population's, and 1
/// where an input never changes (scikit-learn's StandardScaler). A deployed net needs both vectors.
struct Standardize {
    std::vector<double> mean;
    std::vector<double> deviation;

    explicit Standardize(const Dataset& train) : mean(train.input_width), deviation(train.input_width) {
        if (train.size() == 0) throw Error{train.source, "rows to standardize by", "none"};
        const auto count = static_cast<double>(train.size());
        for (std::size_t i = 0; i < train.inputs.size(); ++i) mean[i % mean.size()] += train.inputs[i];
        for (double& value : mean) value /= count;
        for (std::size_t i = 0; i < train.inputs.size(); ++i) {
            const double from_mean = train.inputs[i] - mean[i % mean.size()];
            deviation[i % mean.size()] += from_mean * from_mean;
        }
        for (std::size_t i = 0; i < mean.size(); ++i) {
            deviation[i] = std::sqrt(deviation[i] / count);
            // Rounding leaves a constant column a deviation of about epsilon x |mean|.
            if (deviation[i] <= 1e-12 * std::abs(mean[i])) deviation[i] = 1;
        }
    }

    void operator()(Dataset& data) const {
        if (data.input_width != mean.size())
            throw Error{data.source, std::to_string(mean.size()) + " inputs a row (as many as were measured)",
                        std::to_string(data.input_width)};
        for (std::size_t i = 0; i < data.inputs.size(); ++i) {
            const std::size_t column = i % mean.size();
            data.inputs[i] = static_cast<float>((data.inputs[i] - mean[column]) / deviation[column]);
        }
    }
};

} // namespace tenon
