// first_is_header: whether the first line of a CSV file is a header.
#pragma once

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

/// Call it at the first record; `records` stays there. If it is to be detected, the line is a header if it
/// consists of words and empty fields, and one of the words is above a number. It is a row of data if one of
/// its words occurs again in its column. Throws Error if neither is found: a guess would lose a row, or read
/// names as data.
inline bool first_is_header(CsvRecords& records, const CsvMarkers& markers, const CsvOptions& options) {
    if (options.header != CsvHeader::detect) return options.header == CsvHeader::yes;
    const std::vector<std::string> first(records.fields().begin(), records.fields().end());
    const auto is_word = [&](std::string_view field) { return !field.empty() && !markers.has(field); };
    for (const std::string& field : first)
        if (!field.empty() && (!is_word(field) || is_number(field))) return false;
    if (std::ranges::none_of(first, is_word)) return false;

    const std::string place = records.place();
    enum { yes, no, unknown } is_header = unknown;
    bool is_only_record = true;
    for (; is_header == unknown && records.next(); is_only_record = false) {
        const auto& fields = records.fields();
        const std::size_t row_name =
            fields.size() == first.size() + 1; // its column has no name in R's header
        for (std::size_t column = 0; column < first.size() && column + row_name < fields.size(); ++column) {
            const std::string_view below = fields[column + row_name];
            if (first[column].empty() || markers.has(below)) continue;
            if (is_number(below)) is_header = yes;
            else if (below == first[column]) is_header = no;
            if (is_header != unknown) break;
        }
    }
    records.rewind();
    records.next();
    if (is_header == unknown && !is_only_record)
        throw Error{place, "a header or a row of data",
                    "words, and no line of numbers below (.header = CsvHeader::yes or CsvHeader::no)"};
    return is_header != no;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
