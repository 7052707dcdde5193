// CsvOptions: how read_csv reads a table.
#pragma once

#include <tenon/version.hpp>

#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Whether the first line is a header.
enum class CsvHeader {
    detect, ///< yes if it consists of words, one of them above a number
    yes,
    no,
};

/// What the targets are.
enum class CsvTarget {
    detect,   ///< a class if the first row has no number there
    number,   ///< numbers
    category, ///< one column of classes, even if they look like numbers
};

/// What inputs that are words become.
enum class CsvWords {
    refuse,  ///< an Error
    one_hot, ///< a 0-or-1 input for each word
    number,  ///< one input with the number of the word, from 0
};

/// What happens with missing values.
enum class CsvMissing {
    refuse,       ///< an Error
    drop,         ///< the row is dropped
    mean,         ///< inputs get their column's mean; a missing target is an Error
    mean_or_drop, ///< inputs get their column's mean; a row without a target is dropped
};

/// A column, by its name in the header or by its number: from 0, or from -1 backwards, as in Python.
struct CsvColumn {
    int number = 0;
    std::string name = {}; // if not empty, it is used instead of the number

    CsvColumn(int column) : number(column) {}
    CsvColumn(std::string column) : name(std::move(column)) {}
    CsvColumn(const char* column) : name(column) {}
};

/// An input column of categories, which are read as words even if they look like numbers.
struct CsvCategory {
    CsvColumn column;
    std::vector<std::string> words = {}; // allowed words, in this order; empty: those found, sorted
    CsvWords as = CsvWords::one_hot;
};

/// How to read a CSV file: `read_csv(path, {.targets = {"price"}, .ignore = {"id", "date"}})`.
struct CsvOptions {
    char separator = ',';                  // ' ': any run of blanks; a first line sep=; overrides it
    CsvHeader header = CsvHeader::detect;  // whether the first line has names
    std::vector<CsvColumn> targets = {-1}; // in this order
    CsvTarget target = CsvTarget::detect;  // numbers or classes
    std::vector<std::string> classes =
        {}; // allowed classes, in the order of the one-hot columns; empty: those found, sorted
    std::vector<CsvColumn> inputs = {}; // in this order; empty: all other columns, as in the file
    std::vector<CsvColumn> ignore = {}; // neither inputs nor targets
    bool row_names = false;             // the first column names the rows, as in R's files: it is ignored,
                                        // and may have no name in the header
    CsvWords words = CsvWords::refuse;  // what inputs that are words become
    std::vector<CsvCategory> categories = {}; // input columns of words, with more settings
    CsvMissing missing = CsvMissing::refuse;  // what happens with missing values
    std::vector<std::string> markers = {"",    "?",   "NA",  "na",   "N/A",  "n/a",  "#N/A", "#NA",  "<NA>",
                                        "nan", "NaN", "NAN", "-nan", "-NaN", "null", "Null", "NULL", "."};
    // fields that mark a missing value
    std::vector<double> means = {}; // used instead of the file's means, one for each input of the Dataset
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
