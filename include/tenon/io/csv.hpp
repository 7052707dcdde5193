// Tables in CSV: columns of numbers, and targets that are numbers or classes.
#pragma once

#include <tenon/io/classes.hpp>
#include <tenon/io/csv_records.hpp>
#include <tenon/io/dataset.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::inline TENON_ABI {

enum class CsvHeader { detect, yes, no };
enum class CsvTarget { detect, number, category };

/// How to read a CSV file. Columns count from 0, and from -1 backwards, as in Python; messages count from 1.
struct CsvOptions {
    char separator = ',';                  // ' ' stands for any run of blanks
    CsvHeader header = CsvHeader::detect;  // detected: a first line with words and no number
    std::vector<int> targets = {-1};       // columns; all others are inputs
    CsvTarget target = CsvTarget::detect;  // detected: a class where the first row has no number
    std::vector<std::string> classes = {}; // the one-hot columns, a test file's from its training file;
                                           // empty: the classes found, sorted
};

namespace detail {

class CsvTable {
public:
    CsvTable(CsvRecords records, const CsvOptions& options)
        : records_(std::move(records)), options_(options) {}

    Dataset read() {
        if (!next()) throw Error{records_.file(), "at least one row", "an empty file"};
        if (first_is_header()) {
            names_.assign(fields().begin(), fields().end());
            if (!next()) throw Error{records_.file(), "at least one row after the header", "none"};
        }
        const bool by_class = targets_are_classes();
        Dataset data{records_.file(), inputs_.size(), targets_.size(), {}, {}, {}};
        do {
            for (const std::size_t column : inputs_) data.inputs.push_back(number(column));
            for (const std::size_t column : targets_) {
                if (by_class) labels_.push_back(label(column));
                else data.targets.push_back(number(column));
            }
        } while (next());
        if (by_class) set_classes(data, labels_, options_.classes);
        return data;
    }

private:
    CsvRecords records_;
    const CsvOptions& options_;
    std::size_t columns_ = 0;
    std::vector<std::size_t> inputs_, targets_;
    std::vector<std::string> names_, labels_;

    const std::vector<std::string_view>& fields() const noexcept { return records_.fields(); }

    /// nan, inf and 1e99 count, though none of them is accepted: they make neither a header nor a class.
    static bool is_number(std::string_view text) { return parse_float(text) || parse_number<double>(text); }

    /// Moves on to the next row; the first one says how many columns there are.
    bool next() {
        if (!records_.next()) return false;
        const std::size_t found = fields().size();
        if (columns_ == 0) choose_columns(found);
        if (columns_ != found)
            throw Error{records_.place(), std::to_string(columns_) + " columns", std::to_string(found)};
        return true;
    }

    void choose_columns(std::size_t columns) {
        columns_ = columns;
        const auto end = static_cast<long long>(columns);
        for (const int target : options_.targets) {
            if (target < -end || target >= end)
                throw Error{records_.place(), "a target in column " + std::to_string(target) + " (from 0)",
                            std::to_string(columns) + " columns"};
            targets_.push_back(static_cast<std::size_t>(target < 0 ? end + target : target));
        }
        for (std::size_t column = 0; column < columns; ++column)
            if (!std::ranges::count(targets_, column)) inputs_.push_back(column);
        if (inputs_.empty()) throw Error{records_.place(), "inputs beside the targets", "none"};
    }

    bool first_is_header() const {
        if (options_.header != CsvHeader::detect) return options_.header == CsvHeader::yes;
        const auto is_word = [](std::string_view text) { return !text.empty(); };
        return std::ranges::none_of(fields(), is_number) && std::ranges::any_of(fields(), is_word);
    }

    /// Asked on the first row after the header.
    bool targets_are_classes() const {
        if (options_.target == CsvTarget::number) return false;
        const bool wanted = options_.target == CsvTarget::category || !options_.classes.empty();
        if (wanted && targets_.size() != 1)
            throw Error{records_.file(), "one target column with classes", std::to_string(targets_.size())};
        return wanted || (targets_.size() == 1 && !is_number(fields()[targets_[0]]));
    }

    std::string place(std::size_t column) const {
        const std::string name = column < names_.size() ? " (" + quote(names_[column]) + ')' : "";
        return records_.place() + ", column " + std::to_string(column + 1) + name;
    }

    float number(std::size_t column) const {
        if (const auto value = parse_float(fields()[column])) return *value;
        throw Error{place(column), "a finite float", quote(fields()[column])};
    }

    std::string label(std::size_t column) const {
        const std::string text{fields()[column]};
        const bool detected = options_.target == CsvTarget::detect && options_.classes.empty();
        if (text.empty() || (detected && is_number(text)))
            throw Error{place(column), "the name of a class", quote(text)};
        if (!options_.classes.empty() && !std::ranges::count(options_.classes, text))
            throw Error{place(column), "one of the classes given", quote(text)};
        return text;
    }
};

} // namespace detail

/// The rows of a CSV file. As it stands the last column is the target, a number or a class by what the first
/// row holds, and the others are inputs. A field must be a finite float in full, or a class.
inline Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
    detail::CsvRecords records{path.string(), read_text(path), options.separator};
    return detail::CsvTable{std::move(records), options}.read();
}

} // namespace tenon
