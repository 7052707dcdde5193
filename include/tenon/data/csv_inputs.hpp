// CsvInputs: the input columns of a CSV file as numbers: categories numbered or one-hot, missing values
// filled.
#pragma once

#include <tenon/data/csv_columns.hpp>
#include <tenon/data/csv_messages.hpp>
#include <tenon/data/csv_options.hpp>
#include <tenon/data/dataset.hpp>
#include <tenon/data/vocabulary.hpp>
#include <tenon/io/text.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Words found in a column become one-hot columns, or classes, up to this number: more are names or ids,
/// unless an option lists them.
inline constexpr std::size_t max_words_found = 1000;

/// Collects the inputs of the rows; at the end they are numbers of a Dataset.
class CsvInputs {
    struct Column {
        std::size_t number;
        enum { unknown, numbers, words } kind; // unknown until the first value
        CsvWords as;
        Vocabulary vocabulary;
        std::size_t first = 0;         // of its inputs in the Dataset
        std::size_t missing_count = 0; // rows without a value

        bool is_words() const { return kind == words; }
        bool is_one_hot() const { return is_words() && as == CsvWords::one_hot; }
        std::size_t width() const { return is_one_hot() ? vocabulary.words().size() : 1; }
    };
    struct MissingValue {
        std::size_t row, column;
    };

    const CsvColumns& columns_;
    const CsvOptions& options_;
    std::string file_;
    std::vector<Column> inputs_;
    std::vector<double> raw_;           // row by row: each column's value, or the number of its word
    std::vector<MissingValue> missing_; // row by row

public:
    CsvInputs(const CsvColumns& columns, const CsvOptions& options, std::string file)
        : columns_(columns), options_(options), file_(std::move(file)) {
        for (const std::size_t number : columns.inputs)
            inputs_.push_back({number, Column::unknown, options.words, Vocabulary{{}, file_}});
        for (const CsvCategory& category : options.categories) {
            const std::size_t number = columns.number(category.column, ".categories");
            const std::string place = file_ + ", " + columns.place(number) + ", .categories";
            const auto found = std::ranges::find(inputs_, number, &Column::number);
            if (found == inputs_.end()) throw Error{place, "an input", "another column"};
            if (found->is_words()) throw Error{place, "each column once", "it twice"};
            const CsvWords as = category.as == CsvWords::number ? CsvWords::number : CsvWords::one_hot;
            *found = {number, Column::words, as, Vocabulary{category.words, place}};
        }
    }

    /// Adds the inputs of the current record.
    void add(const std::vector<std::string_view>& fields, const CsvMarkers& markers,
             const CsvMessages& messages) {
        const std::size_t row = raw_.size() / inputs_.size();
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            Column& column = inputs_[i];
            const std::string_view field = fields[column.number];
            if (markers.has(field)) {
                missing_.push_back({row, i});
                ++column.missing_count;
                raw_.push_back(0);
            } else
                raw_.push_back(column.is_words() ? word(column, field, messages)
                                                 : number(column, field, messages));
        }
    }

    /// Sets the inputs, their names, and the options with which a test file must be read.
    void move_to(Dataset& data) {
        const std::size_t rows = raw_.size() / inputs_.size();
        data.csv.categories.clear();
        data.csv.words = CsvWords::refuse; // .categories contains all columns of words
        for (Column& column : inputs_) {
            if (column.missing_count == rows && (column.width() == 0 || options_.means.empty()))
                throw Error{file_ + ", " + columns_.place(column.number), "a value",
                            "only missing values (" + leave_out(column) + ')'};
            column.first = data.input_width;
            data.input_width += column.width();
        }
        if (std::ranges::any_of(inputs_, &Column::is_words)) expand(data.input_width);
        for (const Column& column : inputs_) describe(column, data);
        if (options_.missing == CsvMissing::mean || options_.missing == CsvMissing::mean_or_drop)
            fill(data, rows);
        data.inputs = std::move(raw_);
    }

private:
    std::string leave_out(const Column& column) const {
        return ".ignore = {" + columns_.option_text(column.number) + "} leaves the column out";
    }

    double number(Column& column, std::string_view field, const CsvMessages& messages) const {
        const Numeral numeral = parse_numeral(field);
        if (numeral.kind == Numeral::finite) {
            column.kind = Column::numbers;
            return numeral.value;
        }
        const bool is_word = numeral.kind == Numeral::none && !is_date(field);
        if (column.kind == Column::numbers || options_.words == CsvWords::refuse || !is_word)
            throw messages.not_a_number(column.number, false, column.kind == Column::numbers);
        column.kind = Column::words;
        return word(column, field, messages);
    }

    double word(Column& column, std::string_view field, const CsvMessages& messages) const {
        const auto number = column.vocabulary.number(field);
        if (!number)
            throw messages.about(column.number, "one of the given words", quote(field),
                                 ".categories lists them");
        if (!column.vocabulary.is_given() && column.is_one_hot() && *number == max_words_found)
            throw messages.about(column.number,
                                 "at most " + std::to_string(max_words_found) + " different words", "more",
                                 leave_out(column));
        return static_cast<double>(*number);
    }

    /// Renumbers the words in their final order, and expands one-hot columns to their width.
    void expand(std::size_t width) {
        std::vector<std::vector<std::size_t>> new_numbers;
        for (Column& column : inputs_) new_numbers.push_back(column.vocabulary.sort());
        std::vector<double> wide(raw_.size() / inputs_.size() * width);
        auto missing = missing_.begin();
        for (std::size_t i = 0; i < raw_.size(); ++i) {
            const std::size_t row = i / inputs_.size(), at = i % inputs_.size();
            const Column& column = inputs_[at];
            if (missing != missing_.end() && missing->row == row && missing->column == at) {
                ++missing;
                continue;
            }
            double value = raw_[i];
            std::size_t place = row * width + column.first;
            if (column.is_words()) {
                const std::size_t number = new_numbers[at][static_cast<std::size_t>(value)];
                if (column.is_one_hot()) place += number;
                value = column.is_one_hot() ? 1 : static_cast<double>(number);
            }
            wide[place] = value;
        }
        raw_ = std::move(wide);
    }

    void describe(const Column& column, Dataset& data) const {
        const std::string name = columns_.name(column.number);
        if (column.is_words())
            data.csv.categories.push_back(
                {columns_.option(column.number), column.vocabulary.words(), column.as});
        if (!column.is_one_hot()) data.input_names.push_back(name);
        else
            for (const std::string& word : column.vocabulary.words())
                data.input_names.push_back(name + '=' + word);
    }

    /// Missing values become the mean of their column, or of a one-hot input: the share of the word.
    void fill(Dataset& data, std::size_t rows) {
        std::vector<double>& means = data.csv.means;
        if (means.empty()) {
            means.resize(data.input_width);
            for (const Column& column : inputs_)
                for (std::size_t i = column.first; i < column.first + column.width(); ++i)
                    means[i] = mean(i, data.input_width, rows - column.missing_count);
        } else if (means.size() != data.input_width)
            throw Error{file_, std::to_string(data.input_width) + " .means, one for each input",
                        std::to_string(means.size())};
        for (const MissingValue& missing : missing_) {
            const Column& column = inputs_[missing.column];
            for (std::size_t i = column.first; i < column.first + column.width(); ++i)
                raw_[missing.row * data.input_width + i] = means[i];
        }
        data.filled_values = missing_.size();
    }

    /// The mean of one input, whose missing values are still 0. If the sum overflows, values are divided
    /// before they are added.
    double mean(std::size_t input, std::size_t width, std::size_t count) const {
        const auto n = static_cast<double>(count);
        double sum = 0, parts = 0;
        for (std::size_t i = input; i < raw_.size(); i += width) {
            sum += raw_[i];
            parts += raw_[i] / n;
        }
        return math::is_finite(sum) ? sum / n : parts;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
