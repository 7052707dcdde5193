// Classifies a field of a CSV file: missing, a number, a date, or a word.
#pragma once

#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The markers of missing values. Their first characters are checked first, because most fields begin with
/// none of them.
class CsvMarkers {
    std::set<std::string, std::less<>> markers_;
    std::string first_; // characters of the markers

public:
    explicit CsvMarkers(const std::vector<std::string>& markers) : markers_(markers.begin(), markers.end()) {
        for (const std::string& marker : markers) first_ += marker.substr(0, 1);
        std::ranges::sort(first_);
        first_.erase(std::ranges::unique(first_).begin(), first_.end());
    }

    /// Whether a field is one of the markers.
    bool has(std::string_view field) const {
        return (field.empty() || first_.find(field[0]) != first_.npos) && markers_.contains(field);
    }
};

/// Whether a field is a number. nan, inf and 1e400 are, although none of them is accepted: they are neither
/// words of a header nor categories.
inline bool is_number(std::string_view field) { return parse_numeral(field).kind != Numeral::none; }

/// Whether `text` is a date or a time of day: 2021-01-31, 1/2/21, 31.1.2021, 2021-01, 12:30,
/// 2021-01-31T12:30, 3 Jan 2021, January-2005, Jan-68. An age of 45-54 is not.
inline bool is_date(std::string_view text) {
    std::vector<std::size_t> digits; // of each number
    std::string between;             // the characters between the numbers; 'M' for the name of a month
    for (std::size_t at = 0; at < text.size();) {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        std::size_t end = at;
        if (is_digit(text[at])) {
            while (end < text.size() && is_digit(text[end])) ++end;
            digits.push_back(end - at);
        } else if (is_letter(text[at])) {
            while (end < text.size() && is_letter(text[end])) ++end;
            static constexpr std::string_view months[] = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};
            std::string word{text.substr(at, end - at)};
            for (char& c : word) c = static_cast<char>(c | 0x20);
            const bool is_month =
                word.size() >= 3 &&
                std::ranges::any_of(months, [&](std::string_view month) { return month.starts_with(word); });
            if (is_month) between += 'M';
            else if (word == "t" || word == "z" || word == "am" || word == "pm") between += ' ';
            else return false;
        } else between += text[end++];
        at = end;
    }
    if (digits.empty() || digits.size() > 8 || std::ranges::max(digits) > 9) return false;
    if (between.find('M') != between.npos)
        return digits.size() <= 7 && between.find_first_not_of("M -/.,:+") == between.npos;
    const bool days_first = digits[0] <= 2, year_first = digits[0] == 4;
    if (digits.size() == 2 && between.size() == 1 && year_first)
        return digits[1] <= 2 && (between[0] == '-' || between[0] == '/');
    if (digits.size() >= 3 && between[0] == between[1] &&
        (between[0] == '-' || between[0] == '/' || between[0] == '.'))
        return digits[1] <= 2 && (year_first || (days_first && (digits[2] == 2 || digits[2] == 4)));
    return digits.size() >= 2 && between.starts_with(":") && digits[0] <= 2 && digits[1] == 2;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
