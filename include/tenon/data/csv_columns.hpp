// CsvColumns: which columns of a CSV file are inputs and which are targets, and their names in messages.
#pragma once

#include <tenon/data/csv_options.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The columns that the options choose. Throws Error if an option names no column, or one column twice.
class CsvColumns {
    std::string place_; // of the first record
    std::size_t count_;
    std::vector<std::string> names_; // empty without a header

public:
    std::vector<std::size_t> inputs, targets;

    CsvColumns(std::string place, std::size_t count, std::vector<std::string> names,
               const CsvOptions& options)
        : place_(std::move(place)), count_(count), names_(std::move(names)) {
        targets = numbers(options.targets, ".targets");
        std::vector<std::size_t> ignored = numbers(options.ignore, ".ignore");
        if (options.row_names) ignored.push_back(0);
        refuse_both(targets, ignored, "a target", "ignored");
        inputs = numbers(options.inputs, ".inputs");
        refuse_both(inputs, targets, "an input", "a target");
        refuse_both(inputs, ignored, "an input", "ignored");
        for (std::size_t column = 0; column < count_ && options.inputs.empty(); ++column)
            if (!std::ranges::count(targets, column) && !std::ranges::count(ignored, column))
                inputs.push_back(column);
    }

    std::size_t count() const noexcept { return count_; }
    bool has_header() const noexcept { return !names_.empty(); }

    /// `age`, or `column 3` without a header.
    std::string name(std::size_t column) const {
        return has_name(column) ? names_[column] : "column " + std::to_string(column + 1);
    }

    /// `column 3 ("age")`
    std::string place(std::size_t column) const {
        return "column " + std::to_string(column + 1) +
               (has_name(column) ? " (" + quote(names_[column]) + ')' : "");
    }

    /// The column as an option names it: `"age"`, or `2` if it has no name, or shares it.
    CsvColumn option(std::size_t column) const {
        const bool unique = has_name(column) && std::ranges::count(names_, names_[column]) == 1;
        return unique ? CsvColumn{names_[column]} : CsvColumn{static_cast<int>(column)};
    }
    std::string option_text(std::size_t column) const {
        const CsvColumn found = option(column);
        return found.name.empty() ? std::to_string(found.number) : quote(found.name);
    }

    /// The number of a column that `option` names.
    std::size_t number(const CsvColumn& column, const std::string& option) const {
        if (!column.name.empty()) return number_of_name(column.name, option);
        const auto end = static_cast<long long>(count_);
        if (column.number < -end || column.number >= end)
            throw Error{place_, "the column " + std::to_string(column.number) + " (from 0) of " + option,
                        std::to_string(count_) + (count_ == 1 ? " column" : " columns")};
        return static_cast<std::size_t>(column.number < 0 ? end + column.number : column.number);
    }

private:
    bool has_name(std::size_t column) const { return column < names_.size() && !names_[column].empty(); }

    std::size_t number_of_name(const std::string& name, const std::string& option) const {
        const std::string wanted = "one column with the name " + quote(name) + " of " + option;
        if (names_.empty())
            throw Error{place_, wanted, "no header (.header = CsvHeader::yes if there is one)"};
        const auto found = std::ranges::find(names_, name);
        if (found == names_.end()) {
            std::string all;
            for (const std::string& other : names_)
                if (all.size() < 200) all += (all.empty() ? "" : ", ") + quote(other);
                else if (!all.ends_with("...")) all += ", ...";
            throw Error{place_, wanted, all};
        }
        const auto first = static_cast<std::size_t>(found - names_.begin());
        const auto again = std::find(found + 1, names_.end(), name);
        if (again != names_.end())
            throw Error{place_, wanted,
                        "two (by number: " + std::to_string(first) + " and " +
                            std::to_string(again - names_.begin()) + ')'};
        return first;
    }

    std::vector<std::size_t> numbers(const std::vector<CsvColumn>& columns, const std::string& option) const {
        std::vector<std::size_t> found;
        for (const CsvColumn& column : columns) {
            found.push_back(number(column, option));
            if (std::ranges::count(found, found.back()) > 1)
                throw Error{place_ + ", " + place(found.back()), "each column of " + option + " once",
                            "it twice"};
        }
        return found;
    }

    void refuse_both(const std::vector<std::size_t>& columns, const std::vector<std::size_t>& others,
                     const std::string& one, const std::string& other) const {
        for (const std::size_t column : columns)
            if (std::ranges::count(others, column))
                throw Error{place_ + ", " + place(column), "either " + one + " or " + other, "both"};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
