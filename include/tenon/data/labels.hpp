// Class labels: indices of classes, one-hot targets, and how many samples each class has.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/train/confusion_matrix.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Arrays of numbers, such as a net's outputs.
template <class Range>
concept OutputRange = std::ranges::contiguous_range<Range> &&
                      requires { std::tuple_size<std::ranges::range_value_t<Range>>::value; };

} // namespace detail

/// The class of each target, one-hot or 0 and 1 if there is one output, as class_of(target):
/// `const auto labels = class_indices(samples.targets);`. Throws Error, which names the sample, if a target
/// contains NaN.
template <detail::OutputRange Targets> std::vector<std::size_t> class_indices(const Targets& targets) {
    std::vector<std::size_t> labels;
    labels.reserve(std::ranges::size(targets));
    for (const auto& target : targets) {
        for (const auto value : target)
            if (math::is_nan(value))
                throw Error{"target " + std::to_string(labels.size()),
                            "numbers, of which the largest names a class", "NaN"};
        labels.push_back(class_of(target));
    }
    return labels;
}
/// A copy of class indices as std::size_t. Throws Error, which names the sample, if one is negative.
template <detail::ClassIndices Labels> std::vector<std::size_t> class_indices(const Labels& labels) {
    std::vector<std::size_t> copies;
    copies.reserve(std::ranges::size(labels));
    for (const auto label : labels) {
        if (std::cmp_less(label, 0))
            throw Error{"label " + std::to_string(copies.size()), "a class index, from 0",
                        std::to_string(label)};
        copies.push_back(static_cast<std::size_t>(label));
    }
    return copies;
}

/// One-hot targets of a net from class indices; for a net with one output, 0 or 1:
/// `const auto targets = one_hot<Iris>(labels);`. Throws Error, which names the sample, if an index is not
/// below the number of classes.
template <class Net, detail::ClassIndices Labels>
std::vector<typename Net::Output> one_hot(const Labels& labels) {
    std::vector<typename Net::Output> targets(std::ranges::size(labels));
    std::size_t sample = 0;
    for (const auto label : labels) {
        if (std::cmp_less(label, 0) || !detail::is_class<Net::outputs>(label))
            throw Error{"label " + std::to_string(sample),
                        "a class index from 0 to " + std::to_string(detail::classes<Net::outputs> - 1),
                        std::to_string(label)};
        targets[sample] = {};
        detail::write_one_hot<Net::outputs>(targets[sample++].data(), 1, label);
    }
    return targets;
}

/// Number of samples of each class. Without `classes`, as many classes as the largest label shows. Labels are
/// class indices or one-hot targets. Throws Error if a label is not below `classes`.
template <std::ranges::contiguous_range Labels>
std::vector<std::size_t> class_counts(const Labels& labels, std::size_t classes = 0) {
    std::vector<std::size_t> counts(classes);
    std::size_t sample = 0;
    for (const std::size_t label : class_indices(labels)) {
        if (label >= counts.size()) {
            if (classes > 0)
                throw Error{"label " + std::to_string(sample),
                            "a class index from 0 to " + std::to_string(classes - 1), std::to_string(label)};
            counts.resize(label + 1);
        }
        ++counts[label];
        ++sample;
    }
    return counts;
}

/// Weights of classes that make up for their different numbers of samples: n / (k n_c) for n samples of k
/// classes, n_c of them of class c, so that the mean weight of a sample is 1 (scikit-learn's
/// class_weight="balanced"). A class without samples gets weight 0 and is not counted in k.
template <std::ranges::contiguous_range Labels>
std::vector<double> balanced_class_weights(const Labels& labels, std::size_t classes = 0) {
    const std::vector<std::size_t> counts = class_counts(labels, classes);
    const auto present = counts.size() - static_cast<std::size_t>(std::ranges::count(counts, std::size_t{0}));
    std::vector<double> weights;
    for (const std::size_t count : counts)
        weights.push_back(count == 0 ? 0
                                     : static_cast<double>(std::ranges::size(labels)) /
                                           (static_cast<double>(present) * static_cast<double>(count)));
    return weights;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
