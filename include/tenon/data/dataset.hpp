// Dataset: rows of inputs and targets from a file, independent of any net.
#pragma once

#include <tenon/data/csv_options.hpp>
#include <tenon/data/values.hpp>
#include <tenon/io/error.hpp>
#include <tenon/random.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/version.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The rows of a Dataset as inputs and outputs of a net, for `Trainer::fit`.
template <class Net> struct Samples {
    std::vector<typename Net::Input> inputs;
    std::vector<typename Net::Output> targets;
};

/// Inputs and targets, flat and row by row: `inputs` is [size()][input_width], `targets` is
/// [size()][target_width]. They are doubles, as exact as the file; samples() rounds them to a net's numbers.
struct Dataset {
    std::string source = {}; // the file, for messages
    std::size_t input_width = 0;
    std::size_t target_width = 0;
    Values inputs = {};
    Values targets = {};
    std::vector<std::string> classes = {}; // names of the targets if they are one-hot, else empty
    std::vector<std::size_t> lines = {};   // where each row begins in a text file, from 1; else empty

    // Set by read_csv.
    std::vector<std::string> input_names = {}; // one for each input: "age", "sex=male" if one-hot, "column 3"
    std::size_t dropped_rows = 0;              // rows left out because values were missing
    std::size_t filled_values = 0;             // missing values replaced by means
    CsvOptions csv = {}; // for a test file: the options, with the classes, words and means found

    /// Number of rows.
    std::size_t size() const noexcept { return input_width ? inputs.size() / input_width : 0; }

    /// Copies of one row's numbers.
    std::vector<double> input(std::size_t row) const { return row_of(inputs, input_width, row); }
    std::vector<double> target(std::size_t row) const { return row_of(targets, target_width, row); }

    /// Where a row is: `iris.csv, line 7`, or `digits.gz, row 6`, counted from 0, if there are no lines.
    std::string place(std::size_t row) const {
        return source +
               (row < lines.size() ? ", line " + std::to_string(lines[row]) : ", row " + std::to_string(row));
    }

    /// The class of each row. Throws Error, which names the row, if its targets are not one-hot.
    std::vector<std::size_t> labels() const {
        std::vector<std::size_t> all(size());
        for (std::size_t row = 0; row < size(); ++row) {
            std::size_t ones = 0;
            double sum = 0;
            for (std::size_t i = 0; i < target_width; ++i) {
                const double target = targets[row * target_width + i];
                sum += std::abs(target);
                if (target == 1 && ++ones == 1) all[row] = i;
            }
            if (ones != 1 || sum > 1)
                throw Error{place(row), "one target of 1, and zeros (a class)", "other targets"};
        }
        return all;
    }

    /// A copy of `count` rows from row `first` on. Throws Error if the dataset has fewer.
    Dataset take(std::size_t first, std::size_t count) const {
        if (first > size() || count > size() - first)
            throw Error{source, std::to_string(count) + " rows from row " + std::to_string(first) + " on",
                        std::to_string(size()) + " rows in all"};
        const auto line = lines.begin() + static_cast<std::ptrdiff_t>(lines.empty() ? 0 : first);
        return {source,
                input_width,
                target_width,
                inputs.slice(first * input_width, count * input_width),
                targets.slice(first * target_width, count * target_width),
                classes,
                lines.empty() ? lines : std::vector(line, line + static_cast<std::ptrdiff_t>(count)),
                input_names,
                dropped_rows,
                filled_values,
                csv};
    }

    /// The first `fraction` of the rows (to the nearest row) and the others:
    /// `auto [train, test] = data.split(0.8);`. Shuffle first if a file is sorted by class, as iris is.
    /// Throws Error if the fraction is not from 0 to 1.
    std::pair<Dataset, Dataset> split(double fraction) const {
        if (!(fraction >= 0 && fraction <= 1))
            throw Error{source, "a fraction from 0 to 1 to split at", detail::quote(fraction)};
        const auto first = static_cast<std::size_t>(fraction * static_cast<double>(size()) + 0.5);
        return {take(0, first), take(first, size() - first)};
    }

    /// Shuffles the rows (Fisher-Yates). The order depends only on the seed.
    void shuffle(std::uint64_t seed) {
        Random random(seed);
        for (std::size_t left = size(); left > 1; --left) {
            const std::size_t other = random_row(random, left);
            if (other == left - 1) continue;
            inputs.swap((left - 1) * input_width, other * input_width, input_width);
            targets.swap((left - 1) * target_width, other * target_width, target_width);
            if (!lines.empty()) std::swap(lines[left - 1], lines[other]);
        }
    }

    /// Copies of the rows as inputs and outputs of `Net`: `const auto samples = data.samples<Iris>();`.
    /// If there are two classes and the net has one output, its target is 0 for the first class and 1 for the
    /// second. Throws Error if a row has another number of inputs or targets than the net, or, naming file
    /// and line, if a number is not finite as a number of the net: 1e39 is too large for a float.
    template <class Net> Samples<Net> samples() const {
        if (input_width != Net::inputs) throw misfit("inputs", "inputs", Net::inputs, input_width);
        const bool is_binary = Net::outputs == 1 && target_width == 2 && classes.size() == 2;
        if (target_width != Net::outputs && !is_binary)
            throw misfit("targets", "outputs", Net::outputs, target_width);
        Samples<Net> out{std::vector<typename Net::Input>(size()), std::vector<typename Net::Output>(size())};
        for (std::size_t row = 0; row < size(); ++row) {
            copy_row(inputs, row, 0, input_width, out.inputs[row], "input");
            copy_row(targets, row, is_binary ? 1 : 0, target_width, out.targets[row], "target");
        }
        return out;
    }

private:
    /// A template, because g++ otherwise warns that the cast is useless on a 64-bit machine.
    template <class Size> static Size random_row(Random& random, Size end) {
        return static_cast<Size>(random() % end);
    }

    static std::vector<double> row_of(const Values& all, std::size_t width, std::size_t row) {
        std::vector<double> values(width);
        for (std::size_t i = 0; i < width; ++i) values[i] = all[row * width + i];
        return values;
    }

    /// Copies the values from `first` on of a row of `width` values.
    template <class Array>
    void copy_row(const Values& from, std::size_t row, std::size_t first, std::size_t width, Array& to,
                  const std::string& what) const {
        using T = typename Array::value_type;
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = from.as<T>(row * width + first + i);
            if (!math::is_finite(to[i]))
                throw Error{place(row) + ", " + what + ' ' + std::to_string(i) + name_of(what, i),
                            std::string{"a number that is finite as a "} +
                                (sizeof(T) == sizeof(float) ? "float" : "double"),
                            detail::quote(from[row * width + first + i])};
        }
    }

    std::string name_of(const std::string& what, std::size_t i) const {
        const bool has_name = what == "input" && i < input_names.size();
        return has_name ? " (" + detail::quote(input_names[i]) + ')' : "";
    }

    Error misfit(const char* what, const char* of_net, std::size_t wanted, std::size_t found) const {
        return {source,
                std::to_string(wanted) + ' ' + what + " per row (as many as the net has " + of_net + ')',
                std::to_string(found)};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
