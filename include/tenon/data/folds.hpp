// Folds: which samples are trained with and which are left out, as lists of positions; no sample is copied.
#pragma once

#include <tenon/data/labels.hpp>
#include <tenon/io/error.hpp>
#include <tenon/random.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Positions of the samples of one split, each list ascending. fit, evaluate, accuracy and standardize take
/// them as they are:
///     trainer.fit(xs, ts, {.indices = fold.train, .validation = {xs, ts, fold.validation}});
///     accuracy(net, xs, ts, fold.validation);
struct Fold {
    std::vector<std::size_t> train, validation;

    bool operator==(const Fold&) const = default;
};

/// The positions 0 ... count - 1 in a random order (Fisher-Yates), which depends only on the seed.
inline std::vector<std::size_t> shuffled_indices(std::size_t count, std::uint64_t seed) {
    std::vector<std::size_t> indices(count);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    Random random(seed);
    for (std::size_t left = count; left > 1; --left)
        std::swap(indices[left - 1], indices[static_cast<std::size_t>(random() % left)]);
    return indices;
}

namespace detail {

/// A fold from the part of each sample: fold f validates with the samples of part f.
inline std::vector<Fold> folds_of_parts(const std::vector<std::size_t>& part, std::size_t count) {
    std::vector<Fold> folds(count);
    for (std::size_t sample = 0; sample < part.size(); ++sample)
        for (std::size_t f = 0; f < count; ++f)
            (f == part[sample] ? folds[f].validation : folds[f].train).push_back(sample);
    return folds;
}

inline void check_folds(std::size_t samples, std::size_t folds) {
    if (folds >= 2 && folds <= samples) return;
    throw Error{"folds", "at least 2, and at most as many as samples (" + std::to_string(samples) + ')',
                std::to_string(folds)};
}

/// The number of samples that are left out, at least 1 and at least 1 less than all.
inline std::size_t count_left_out(std::size_t samples, double share) {
    if (!(share > 0 && share < 1))
        throw Error{"a split", "a share for validation between 0 and 1", quote(share)};
    if (samples < 2) throw Error{"a split", "at least two samples", std::to_string(samples)};
    const auto count = static_cast<std::size_t>(share * static_cast<double>(samples) + 0.5);
    return std::clamp<std::size_t>(count, 1, samples - 1);
}

/// The samples of each class, in an order that depends on the seed, or as stored.
inline std::vector<std::vector<std::size_t>> samples_by_class(const std::vector<std::size_t>& labels,
                                                              std::optional<std::uint64_t> seed) {
    std::vector<std::vector<std::size_t>> members(labels.empty() ? 0 : std::ranges::max(labels) + 1);
    const auto add = [&](std::size_t sample) { members[labels[sample]].push_back(sample); };
    if (seed)
        for (const std::size_t sample : shuffled_indices(labels.size(), *seed)) add(sample);
    else
        for (std::size_t sample = 0; sample < labels.size(); ++sample) add(sample);
    return members;
}

} // namespace detail

/// Splits samples into k parts of equal size (to one sample), each of which is the validation part of a fold.
/// Without a seed, parts are contiguous, as those of scikit-learn's KFold; with a seed, samples are shuffled
/// first. Throws Error if k is below 2 or above the number of samples.
inline std::vector<Fold> k_fold(std::size_t samples, std::size_t k,
                                std::optional<std::uint64_t> shuffle_seed = {}) {
    detail::check_folds(samples, k);
    const std::vector<std::size_t> order =
        shuffle_seed ? shuffled_indices(samples, *shuffle_seed) : std::vector<std::size_t>{};
    std::vector<std::size_t> part(samples);
    for (std::size_t f = 0, i = 0; f < k; ++f)
        for (std::size_t left = samples / k + (f < samples % k); left > 0; --left, ++i)
            part[order.empty() ? i : order[i]] = f;
    return detail::folds_of_parts(part, k);
}

/// The same, with equal shares of the classes: a class has as many samples in each part, to one sample, and
/// the parts have equal sizes, to one sample. A class of fewer than k samples is missing in some parts.
/// Labels are class indices or one-hot targets: `stratified_k_fold(samples.targets, 5, 1)`.
template <std::ranges::contiguous_range Labels>
std::vector<Fold> stratified_k_fold(const Labels& labels, std::size_t k,
                                    std::optional<std::uint64_t> shuffle_seed = {}) {
    const std::vector<std::size_t> classes = class_indices(labels);
    detail::check_folds(classes.size(), k);
    std::vector<std::size_t> part(classes.size());
    std::size_t dealt = 0; // in turn, and on from class to class, so that the parts have equal sizes
    for (const auto& members : detail::samples_by_class(classes, shuffle_seed))
        for (const std::size_t sample : members) part[sample] = dealt++ % k;
    return detail::folds_of_parts(part, k);
}

/// One split: `share` of the samples, to the nearest sample, is left out for validation (scikit-learn's
/// train_test_split). Without a seed these are the last samples. Throws Error if the share is not between 0
/// and 1, or if there are fewer than two samples.
inline Fold hold_out(std::size_t samples, double share, std::optional<std::uint64_t> shuffle_seed = {}) {
    const std::size_t validation = detail::count_left_out(samples, share);
    const std::vector<std::size_t> order =
        shuffle_seed ? shuffled_indices(samples, *shuffle_seed) : std::vector<std::size_t>{};
    std::vector<std::size_t> part(samples, 1);
    for (std::size_t i = samples - validation; i < samples; ++i) part[order.empty() ? i : order[i]] = 0;
    return detail::folds_of_parts(part, 2)[0];
}

/// The same with the share of each class, to one sample. Labels are class indices or one-hot targets.
template <std::ranges::contiguous_range Labels>
Fold stratified_hold_out(const Labels& labels, double share, std::optional<std::uint64_t> shuffle_seed = {}) {
    const std::vector<std::size_t> classes = class_indices(labels);
    const std::size_t validation = detail::count_left_out(classes.size(), share);
    const auto members = detail::samples_by_class(classes, shuffle_seed);
    // Each class leaves out its share rounded down; the samples that are still to be left out are taken from
    // the classes that lost most by rounding.
    std::vector<std::size_t> left_out(members.size()), by_loss(members.size());
    std::vector<double> lost(members.size());
    std::size_t sum = 0;
    for (std::size_t c = 0; c < members.size(); ++c) {
        const double exact = static_cast<double>(validation) * static_cast<double>(members[c].size()) /
                             static_cast<double>(classes.size());
        left_out[c] = static_cast<std::size_t>(exact);
        lost[c] = exact - static_cast<double>(left_out[c]);
        sum += left_out[c];
        by_loss[c] = c;
    }
    std::ranges::sort(by_loss, [&](std::size_t a, std::size_t b) {
        return lost[a] != lost[b] ? lost[a] > lost[b] : a < b;
    });
    for (std::size_t i = 0; sum < validation; ++i, ++sum) ++left_out[by_loss[i]];
    std::vector<std::size_t> part(classes.size(), 1);
    for (std::size_t c = 0; c < members.size(); ++c)
        for (std::size_t i = members[c].size() - left_out[c]; i < members[c].size(); ++i)
            part[members[c][i]] = 0;
    return detail::folds_of_parts(part, 2)[0];
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
