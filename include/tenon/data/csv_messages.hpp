// Error messages about fields of a CSV file. They name the option that would help.
#pragma once

#include <tenon/data/csv_columns.hpp>
#include <tenon/data/csv_field.hpp>
#include <tenon/data/csv_options.hpp>
#include <tenon/data/csv_records.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The separator that occurs most often in a text; '\0' if none of `separators` does.
inline char likely_separator(std::string_view text, std::string_view separators) {
    char likely = '\0';
    for (const char separator : separators)
        if (std::ranges::count(text, separator) > (likely ? std::ranges::count(text, likely) : 0))
            likely = separator;
    return likely;
}
inline std::string option_for_separator(char separator) {
    return ".separator = '" + (separator == '\t' ? std::string{"\\t"} : std::string{separator}) + '\'';
}

/// Errors about the current record.
struct CsvMessages {
    const CsvRecords& records;
    const CsvColumns& columns;
    const CsvOptions& options;
    bool is_first_line = true; // it may be a header that was not detected

    Error missing(std::size_t column, bool is_target) const {
        const std::string option = is_target
                                       ? "CsvMissing::drop leaves such rows out"
                                       : "CsvMissing::drop or CsvMissing::mean, or " + leave_out(column);
        return about(column, "a value", "the marker of a missing value, " + quote(field(column)),
                     ".missing = " + option);
    }

    /// `numbers_above`: the column has numbers in earlier rows.
    Error not_a_number(std::size_t column, bool is_target, bool numbers_above) const {
        const std::string found = quote(field(column)), wanted = "a finite number";
        if (parse_numeral(field(column)).kind == Numeral::not_finite)
            return about(column, wanted, found, ".markers if it stands for a missing value");
        if (is_date(field(column)))
            return about(column, wanted, "the date " + found, is_target ? choose_target : leave_out(column));
        if (const char separator = likely_separator(field(column), ";\t|"))
            return about(column, wanted, found,
                         option_for_separator(separator) + " if that is the separator");
        const std::string marker = ".markers if it stands for a missing value, ";
        if (is_target && options.targets.size() == 1)
            return about(column, wanted, found, marker + ".target = CsvTarget::category for classes");
        if (is_target) return about(column, wanted, found, "classes must be the only target");
        if (numbers_above)
            return about(column, wanted, found,
                         marker + ".categories = {{" + columns.option_text(column) + "}} for categories");
        return about(column, wanted, found,
                     ".words = CsvWords::one_hot or CsvWords::number for words, " + leave_out(column));
    }

    Error not_a_class(std::size_t column) const {
        if (is_date(field(column)))
            return about(column, "the name of a class", "the date " + quote(field(column)), choose_target);
        return about(column, "the name of a class", quote(field(column)),
                     ".target = CsvTarget::category accepts numbers as names");
    }

    Error not_given(std::size_t column, const std::string& wanted, const std::string& option) const {
        return about(column, wanted, quote(field(column)), option);
    }

    /// An error in the current record's field of `column`. `option` is the advice.
    Error about(std::size_t column, const std::string& wanted, const std::string& found,
                const std::string& option) const {
        const bool header = is_first_line && options.header == CsvHeader::detect;
        const std::string or_header = header ? "; .header = CsvHeader::yes if this line has names" : "";
        return {place(column), wanted, found + " (" + option + or_header + ')'};
    }

    std::string place(std::size_t column) const { return records.place() + ", " + columns.place(column); }

private:
    static constexpr const char* choose_target = ".targets chooses another column";

    std::string_view field(std::size_t column) const { return records.fields()[column]; }
    std::string leave_out(std::size_t column) const {
        return ".ignore = {" + columns.option_text(column) + "} leaves the column out";
    }
};

/// The record has not `wanted` fields. `names`: the number of names in the header, or 0.
inline Error wrong_count(const CsvRecords& records, std::size_t wanted, std::size_t names) {
    const std::size_t found = records.fields().size();
    const bool is_header_short = names > 0 && found == names + 1;
    return {records.place(), std::to_string(wanted) + " columns" + (names > 0 ? ", as the header has" : ""),
            std::to_string(found) +
                (is_header_short ? " (.row_names = true if the first column names the rows, as in R)" : "")};
}

/// No column is left for the inputs, most likely because the file has another separator.
inline Error no_inputs(const CsvRecords& records, std::string_view first_field) {
    std::string found = "none";
    if (records.fields().size() == 1) {
        char likely = likely_separator(first_field, ";\t|,");
        if (!likely) likely = likely_separator(first_field, " ");
        found = "one column";
        if (likely) found += " (" + option_for_separator(likely) + " would give more)";
    }
    return {records.place(), "inputs beside the targets", found};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
