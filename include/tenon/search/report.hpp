// The results of a search as a table and as CSV.
#pragma once

#include <tenon/io/csv_text.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/search/results.hpp>
#include <tenon/show/terminal.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The names of the settings of all candidates, in the order in which they occur first.
inline std::vector<std::string> setting_names(const std::vector<Candidate>& candidates) {
    std::vector<std::string> names;
    for (const Candidate& candidate : candidates)
        for (const Setting& setting : candidate.settings)
            if (!std::ranges::count(names, setting.name)) names.push_back(setting.name);
    return names;
}

/// The value of a setting as text; empty if the candidate has none of this name.
inline std::string text_of(const Settings& settings, std::string_view name) {
    for (const Setting& setting : settings.settings)
        if (setting.name == name) return setting.value.text();
    return "";
}

inline std::string csv_score(double value) { return math::is_finite(value) ? csv_number(value) : ""; }

} // namespace detail

/// The candidates as CSV, best first, with a header: rank, net, the settings, the mean score and its spread,
/// each fold's score, epochs, seconds and the problem. Numbers have all their digits; a score that there is
/// not is empty. Only the seconds differ from run to run.
inline std::string csv(const SearchResults& results) {
    using namespace detail;
    const std::vector<std::string> names = setting_names(results.candidates);
    std::size_t folds = 0;
    for (const Candidate& candidate : results.candidates) folds = std::max(folds, candidate.scores.size());
    std::string text = "rank,net";
    for (const std::string& name : names) text += ',' + csv_field(name);
    text += ",mean,spread";
    for (std::size_t fold = 0; fold < folds; ++fold) text += ",fold " + std::to_string(fold);
    text += ",epochs,seconds,problem\n";
    std::size_t rank = 0;
    for (const Candidate& candidate : results.candidates) {
        text += std::to_string(++rank) + ',' +
                csv_field(candidate.net < results.nets.size() ? results.nets[candidate.net]
                                                              : std::to_string(candidate.net));
        for (const std::string& name : names) text += ',' + csv_field(text_of(candidate, name));
        text += ',' + csv_score(candidate.mean) + ',' + csv_score(candidate.spread);
        for (std::size_t fold = 0; fold < folds; ++fold)
            text += ',' + (fold < candidate.scores.size() ? csv_score(candidate.scores[fold]) : "");
        text += ',' + quote(candidate.epochs) + ',' + quote(candidate.seconds) + ',' +
                csv_field(candidate.problem) + '\n';
    }
    return text;
}

/// Writes csv(results) to a file. Throws Error; an old file is then unchanged.
inline void write_csv(const std::filesystem::path& path, const SearchResults& results) {
    detail::write_file(path, csv(results));
}

/// Prints the best candidates, at most `rows` of them, as a table, and below it the first problem of each of
/// them that has one, and the nets.
inline void print(std::ostream& out, const SearchResults& results, std::size_t rows = 20) {
    using namespace detail;
    const std::size_t count = std::min(rows, results.candidates.size());
    const std::vector<std::string> names = setting_names(results.candidates);
    std::vector<std::vector<std::string>> table{{""}};
    const bool has_nets = results.nets.size() > 1;
    if (has_nets) table[0].push_back("net");
    table[0].insert(table[0].end(), names.begin(), names.end());
    for (const char* title : {"mean", "spread", "epochs", "seconds"}) table[0].push_back(title);
    for (std::size_t c = 0; c < count; ++c) {
        const Candidate& candidate = results.candidates[c];
        std::vector<std::string> row{std::to_string(c + 1)};
        if (has_nets) row.push_back(std::to_string(candidate.net));
        for (const std::string& name : names) row.push_back(text_of(candidate, name));
        const auto number = [](double value) {
            return math::is_finite(value) ? significant(value, 4) : std::string{"-"};
        };
        row.push_back(number(candidate.mean));
        row.push_back(number(candidate.spread));
        row.push_back(candidate.epochs > 0 ? significant(candidate.epochs, 3) : "-");
        row.push_back(significant(candidate.seconds, 2));
        table.push_back(std::move(row));
    }
    std::vector<std::size_t> widths(table[0].size());
    for (const auto& row : table)
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], row[column].size());
    const Terminal terminal{out};
    for (std::size_t r = 0; r < table.size(); ++r) {
        std::string line;
        for (std::size_t column = 0; column < widths.size(); ++column)
            line += (column > 0 ? "  " : "") + right(table[r][column], widths[column]);
        out << (r == 0 ? terminal.styled("1", line) : line) << '\n';
    }
    for (std::size_t c = 0; c < count; ++c)
        if (!results.candidates[c].problem.empty())
            out << c + 1 << ": " << results.candidates[c].problem << '\n';
    if (has_nets)
        for (std::size_t net = 0; net < results.nets.size(); ++net)
            out << "net " << net << ": " << results.nets[net] << '\n';
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
