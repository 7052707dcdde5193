// read_csv: tables with columns of numbers or categories, and targets that are numbers or classes.
#pragma once

#include <tenon/data/csv_columns.hpp>
#include <tenon/data/csv_field.hpp>
#include <tenon/data/csv_header.hpp>
#include <tenon/data/csv_inputs.hpp>
#include <tenon/data/csv_messages.hpp>
#include <tenon/data/csv_options.hpp>
#include <tenon/data/csv_records.hpp>
#include <tenon/data/dataset.hpp>
#include <tenon/data/vocabulary.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The target columns of a CSV file, as numbers or as one column of classes.
class CsvTargets {
    const CsvColumns& columns_;
    bool detects_; // whether the first row decides if the target is a class
    bool are_classes_;
    Vocabulary classes_;
    std::vector<double> numbers_;
    std::vector<std::size_t> labels_;

public:
    CsvTargets(const CsvColumns& columns, const CsvOptions& options, const std::string& file)
        : columns_(columns), detects_(options.target == CsvTarget::detect && options.classes.empty()),
          are_classes_(options.target == CsvTarget::category || !options.classes.empty()),
          classes_(options.classes, file + ", .classes") {
        if (are_classes_ && options.target == CsvTarget::number)
            throw Error{file, "no .classes for CsvTarget::number", std::to_string(options.classes.size())};
        if (are_classes_ && columns.targets.size() != 1)
            throw Error{file, "one target column with classes", std::to_string(columns.targets.size())};
    }

    /// Adds the targets of the current record.
    void add(const std::vector<std::string_view>& fields, const CsvMessages& messages) {
        if (detects_ && columns_.targets.size() == 1 && numbers_.empty() && labels_.empty())
            are_classes_ = !is_number(fields[columns_.targets[0]]);
        for (const std::size_t column : columns_.targets) {
            if (are_classes_) labels_.push_back(label(column, fields[column], messages));
            else numbers_.push_back(number(column, fields[column], messages));
        }
    }

    void move_to(Dataset& data) {
        constexpr std::size_t min_rows = 10; // fewer show nothing
        if (detects_ && labels_.size() >= min_rows && classes_.words().size() > labels_.size() / 2)
            throw Error{
                data.source + ", " + columns_.place(columns_.targets[0]),
                "classes that have more than one row each",
                std::to_string(classes_.words().size()) + " different words in " +
                    std::to_string(labels_.size()) +
                    " rows (.targets chooses another column, .target = CsvTarget::category accepts this)"};
        if (!are_classes_) {
            data.target_width = columns_.targets.size();
            data.targets = std::move(numbers_);
            data.csv.target = CsvTarget::number;
            return;
        }
        const std::vector<std::size_t> order = classes_.sort();
        data.classes = data.csv.classes = classes_.words();
        data.target_width = data.classes.size();
        std::vector<double> one_hot(labels_.size() * data.target_width);
        for (std::size_t row = 0; row < labels_.size(); ++row)
            one_hot[row * data.target_width + order[labels_[row]]] = 1;
        data.targets = std::move(one_hot);
    }

private:
    double number(std::size_t column, std::string_view field, const CsvMessages& messages) const {
        const Numeral numeral = parse_numeral(field);
        if (numeral.kind != Numeral::finite) throw messages.not_a_number(column, true, true);
        return numeral.value;
    }

    std::size_t label(std::size_t column, std::string_view field, const CsvMessages& messages) {
        if (detects_ && (is_number(field) || is_date(field))) throw messages.not_a_class(column);
        const auto number = classes_.number(field);
        if (!number)
            throw messages.about(column, "one of the given classes", quote(field), ".classes lists them");
        if (!classes_.is_given() && *number == max_words_found)
            throw messages.about(column, "at most " + std::to_string(max_words_found) + " different classes",
                                 "more", ".classes allows more, .targets chooses another column");
        return *number;
    }
};

/// Whether the separator splits no line, although it should. Call it at the first record; `records` stays
/// there.
inline bool is_one_column(CsvRecords& records, const CsvOptions& options) {
    if (records.fields().size() > 1 || options.row_names) return false;
    if (likely_separator(records.fields()[0], ";\t|")) return true;
    const bool next_is_split = records.next() && records.fields().size() > 1;
    records.rewind();
    records.next();
    return !next_is_split && options.targets.size() == 1;
}

/// Reads the header and chooses the columns. `records` is then at the first row of data.
inline CsvColumns read_csv_columns(CsvRecords& records, const CsvMarkers& markers,
                                   const CsvOptions& options) {
    if (!records.next()) throw Error{records.file(), "at least one row", "an empty file"};
    const std::string place = records.place(), first_field{records.fields()[0]};
    if (is_one_column(records, options)) throw no_inputs(records, first_field);
    std::vector<std::string> names;
    if (first_is_header(records, markers, options)) {
        names.assign(records.fields().begin(), records.fields().end());
        if (!records.next()) throw Error{records.file(), "at least one row after the header", "none"};
        const std::size_t found = records.fields().size();
        if (options.row_names && found == names.size() + 1) names.insert(names.begin(), "");
        if (found != names.size()) throw wrong_count(records, names.size(), names.size());
    }
    const std::size_t count = records.fields().size();
    CsvColumns columns{place, count, std::move(names), options};
    if (columns.inputs.empty()) throw no_inputs(records, first_field);
    return columns;
}

/// Reads the rows of a CSV file.
class CsvTable {
    CsvRecords& records_;
    const CsvOptions& options_;
    CsvMarkers markers_;
    CsvColumns columns_;
    CsvMessages messages_;
    CsvInputs inputs_;
    CsvTargets targets_;
    std::vector<std::size_t> lines_; // of the rows that are kept
    std::size_t dropped_ = 0;

public:
    CsvTable(CsvRecords& records, const CsvOptions& options)
        : records_(records), options_(options), markers_(options.markers),
          columns_(read_csv_columns(records, markers_, options)),
          messages_{records, columns_, options, !columns_.has_header()},
          inputs_(columns_, options, records.file()), targets_(columns_, options, records.file()) {}

    Dataset read() {
        do {
            if (records_.fields().size() != columns_.count())
                throw wrong_count(records_, columns_.count(), 0);
            if (is_row_kept()) {
                inputs_.add(records_.fields(), markers_, messages_);
                targets_.add(records_.fields(), messages_);
                lines_.push_back(records_.line());
            } else ++dropped_;
            messages_.is_first_line = false;
        } while (records_.next());
        if (lines_.empty())
            throw Error{records_.file(), "a row without missing values",
                        "none in " + std::to_string(dropped_) + " (.ignore leaves columns out)"};
        Dataset data;
        data.source = records_.file();
        data.csv = options_;
        data.csv.header = columns_.has_header() ? CsvHeader::yes : CsvHeader::no;
        data.lines = std::move(lines_);
        data.dropped_rows = dropped_;
        inputs_.move_to(data);
        targets_.move_to(data);
        return data;
    }

private:
    /// False if the row is dropped because a value is missing. Throws Error if missing values are refused.
    bool is_row_kept() const {
        const auto is_missing = [&](std::size_t column) { return markers_.has(records_.fields()[column]); };
        const auto target = std::ranges::find_if(columns_.targets, is_missing);
        const bool drops = options_.missing == CsvMissing::drop;
        if (target != columns_.targets.end()) {
            if (drops || options_.missing == CsvMissing::mean_or_drop) return false;
            throw messages_.missing(*target, true);
        }
        if (!drops && options_.missing != CsvMissing::refuse) return true;
        const auto input = std::ranges::find_if(columns_.inputs, is_missing);
        if (input == columns_.inputs.end()) return true;
        if (drops) return false;
        throw messages_.missing(*input, false);
    }
};

} // namespace detail

/// Reads the rows of a CSV file, as doubles: `const Dataset data = read_csv("iris.csv");`. Without options,
/// the last column is the target, a number or a class, as the first row shows, and the others are inputs.
/// Every field that is read must be a finite number as a whole, or a word that an option allows. Rows are
/// dropped and missing values filled only if an option says so; the Dataset counts both. Throws Error, which
/// names line, column and the option that would help.
inline Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
    detail::CsvRecords records{path.string(), detail::read_text(path), options.separator};
    return detail::CsvTable{records, options}.read();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
