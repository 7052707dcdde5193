// Dataset: rows of inputs and targets as they come from a file, before any net is known.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/random.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tenon::inline TENON_ABI {

/// The rows of a Dataset typed for a net, as `Trainer::fit` takes them.
template <class Net> struct Samples {
    std::vector<typename Net::Input> inputs;
    std::vector<typename Net::Output> targets;
};

/// Inputs and targets, flat and row by row: `inputs` is [size()][input_width], `targets` is
/// [size()][target_width]. Where targets are one-hot, `classes` names their columns; else it is empty.
struct Dataset {
    std::string source; // the file, for messages
    std::size_t input_width = 0;
    std::size_t target_width = 0;
    std::vector<float> inputs;
    std::vector<float> targets;
    std::vector<std::string> classes;

    std::size_t size() const noexcept { return input_width ? inputs.size() / input_width : 0; }

    std::span<const float> input(std::size_t row) const { return span_of(inputs, input_width, row, 1); }
    std::span<const float> target(std::size_t row) const { return span_of(targets, target_width, row, 1); }

    /// `count` rows from row `first` on.
    Dataset take(std::size_t first, std::size_t count) const {
        if (first > size() || count > size() - first)
            throw Error{source, std::to_string(count) + " rows from row " + std::to_string(first) + " on",
                        std::to_string(size()) + " rows in all"};
        const auto x = span_of(inputs, input_width, first, count);
        const auto t = span_of(targets, target_width, first, count);
        return {source, input_width, target_width, {x.begin(), x.end()}, {t.begin(), t.end()}, classes};
    }

    /// The first `fraction` of the rows (to the nearest row) and the rest:
    /// `auto [train, test] = data.split(0.8);`. Shuffle first where a file is sorted by class, as iris is.
    std::pair<Dataset, Dataset> split(double fraction) const {
        if (!(fraction >= 0 && fraction <= 1))
            throw Error{source, "a fraction from 0 to 1 to split at", std::to_string(fraction)};
        const auto first = static_cast<std::size_t>(fraction * static_cast<double>(size()) + 0.5);
        return {take(0, first), take(first, size() - first)};
    }

    /// Puts the rows into a random order (Fisher-Yates), which depends on the seed alone.
    void shuffle(std::uint64_t seed) {
        Random random(seed);
        for (std::size_t left = size(); left > 1; --left) {
            const auto other = static_cast<std::size_t>(random() % left);
            swap_rows(inputs, input_width, left - 1, other);
            swap_rows(targets, target_width, left - 1, other);
        }
    }

    /// Copies for `Net`, whose inputs and outputs must be as many as a row has inputs and targets.
    template <class Net> Samples<Net> samples() const {
        if (input_width != Net::inputs) throw misfit("inputs", "takes", Net::inputs, input_width);
        if (target_width != Net::outputs) throw misfit("targets", "gives", Net::outputs, target_width);
        Samples<Net> out{std::vector<typename Net::Input>(size()), std::vector<typename Net::Output>(size())};
        const auto cast = [](float value) { return static_cast<typename Net::Scalar>(value); };
        for (std::size_t row = 0; row < size(); ++row) {
            std::ranges::transform(input(row), out.inputs[row].begin(), cast);
            std::ranges::transform(target(row), out.targets[row].begin(), cast);
        }
        return out;
    }

private:
    static std::span<const float> span_of(const std::vector<float>& all, std::size_t width, std::size_t first,
                                          std::size_t count) {
        return std::span{all}.subspan(first * width, count * width);
    }

    static void swap_rows(std::vector<float>& all, std::size_t width, std::size_t a, std::size_t b) {
        if (a == b) return;
        std::swap_ranges(&all[a * width], &all[a * width] + width, &all[b * width]);
    }

    Error misfit(const char* what, const char* does, std::size_t wanted, std::size_t found) const {
        return {source, std::to_string(wanted) + ' ' + what + " a row (as many as the net " + does + ')',
                std::to_string(found)};
    }
};

} // namespace tenon
