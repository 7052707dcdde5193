// CsvOptions: how read_csv is to read a table.
#pragma once

#include <tenon/version.hpp>

#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

enum class CsvHeader { detect, yes, no };
enum class CsvTarget { detect, number, category };
enum class CsvWords { refuse, one_hot, number };
enum class CsvMissing { refuse, drop, mean, mean_or_drop };

/// A column, by its name in the header or by its number: from 0, and from -1 backwards, as in Python.
struct CsvColumn {
    int number = 0;
    std::string name = {}; // if it is not empty, the number is not used

    CsvColumn(int column) : number(column) {}
    CsvColumn(std::string column) : name(std::move(column)) {}
    CsvColumn(const char* column) : name(column) {}
};

/// An input column of categories, which are read as words even if they look like numbers. One-hot gives a
/// 0-or-1 input for each word; `CsvWords::number` gives one input that counts the words from 0.
struct CsvCategory {
    CsvColumn column;
    std::vector<std::string> words = {}; // all that may occur, in this order; empty: those found, sorted
    CsvWords as = CsvWords::one_hot;
};

/// How to read a CSV file: `read_csv(path, {.targets = {"price"}, .ignore = {"id", "date"}})`.
struct CsvOptions {
    char separator = ',';                     // ' ' stands for any run of blanks; a first line sep=; decides
    CsvHeader header = CsvHeader::detect;     // detected: a first line of words, one of them above a number
    std::vector<CsvColumn> targets = {-1};    // in this order
    CsvTarget target = CsvTarget::detect;     // detected: a class if the first row has no number
    std::vector<std::string> classes = {};    // the one-hot columns; empty: the classes found, sorted
    std::vector<CsvColumn> inputs = {};       // in this order; empty: all but the targets, as in the file
    std::vector<CsvColumn> ignore = {};       // neither inputs nor targets
    bool row_names = false;                   // the first column names the rows, as R writes it: ignored; its
                                              // name may be absent from the header
    CsvWords words = CsvWords::refuse;        // what inputs that hold words become
    std::vector<CsvCategory> categories = {}; // input columns of which more is known
    CsvMissing missing = CsvMissing::refuse;  // drop: rows; mean: inputs get their column's mean, targets are
                                              // refused; mean_or_drop: rows without a target are dropped
    std::vector<std::string> markers = {"",    "?",   "NA",  "na",   "N/A",  "n/a",  "#N/A", "#NA",  "<NA>",
                                        "nan", "NaN", "NAN", "-nan", "-NaN", "null", "Null", "NULL", "."};
    // what stands for a missing value
    std::vector<double> means = {}; // instead of the file's means, one for each input of the Dataset
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
