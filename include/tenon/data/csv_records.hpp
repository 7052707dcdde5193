// CsvRecords: splits the text of a CSV file into records of fields (RFC 4180), which stay text.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Iterates over the records. A record ends at LF, CRLF, CR or the end of the file. Blank lines are skipped,
/// and blanks around a field removed. Quoted fields may contain separators, line ends and doubled quotes. The
/// separator ' ' means any run of blanks. Excel's first line `sep=;` sets the separator.
class CsvRecords {
public:
    CsvRecords(std::string file, std::string text, char separator)
        : file_(std::move(file)), text_(std::move(text)), separator_(separator) {
        const std::string_view line = std::string_view{text_}.substr(0, text_.find_first_of("\r\n"));
        if (line.size() != 5 || (!line.starts_with("sep=") && !line.starts_with("SEP="))) return;
        separator_ = line[4];
        first_ = at_ = 5;
    }
    CsvRecords(const CsvRecords&) = delete; // the fields are views of its text
    CsvRecords& operator=(const CsvRecords&) = delete;

    /// Reads the next record. Returns false at the end of the file.
    bool next() {
        while (at_ < text_.size()) {
            line_ = next_line_;
            fields_.clear();
            unquoted_.clear();
            for (bool more = true; more;) more = next_field();
            if (fields_.size() > 1 || !fields_[0].empty()) return true;
        }
        return false;
    }

    /// Returns to the position before the first record.
    void rewind() noexcept {
        at_ = first_;
        next_line_ = 1;
    }

    const std::string& file() const noexcept { return file_; }

    /// Valid until the next call of next() or rewind().
    const std::vector<std::string_view>& fields() const noexcept { return fields_; }

    char separator() const noexcept { return separator_; }

    /// The line on which the record begins, from 1.
    std::size_t line() const noexcept { return line_; }

    /// File and line of the record, for messages.
    std::string place() const { return file_ + ", line " + std::to_string(line_); }

private:
    std::string file_;
    std::string text_;
    char separator_;
    std::size_t first_ = 0;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t next_line_ = 1;
    std::vector<std::string_view> fields_;
    std::deque<std::string> unquoted_; // copies of fields that contained doubled quotes

    bool at_blank() const noexcept {
        const char c = text_[at_];
        return (c == ' ' || c == '\t') && (c != separator_ || c == ' ');
    }
    bool at_line_end() const noexcept {
        return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
    }
    bool at_separator() const noexcept { return separator_ == ' ' ? at_blank() : text_[at_] == separator_; }

    /// Reads one field and the separator or line end after it. Returns false at the end of the record.
    bool next_field() {
        while (at_blank()) ++at_;
        fields_.push_back(text_[at_] == '"' ? quoted_field() : plain_field());
        while (at_blank()) ++at_;
        if (at_line_end()) {
            if (at_ == text_.size()) return false;
            at_ += text_[at_] == '\r' && text_[at_ + 1] == '\n' ? std::size_t{2} : std::size_t{1};
            ++next_line_;
            return false;
        }
        if (separator_ == ' ') return true;
        if (!at_separator())
            throw Error{place() + ", column " + std::to_string(fields_.size()),
                        "a separator after the closing quote", quote(text_.substr(at_, 1))};
        ++at_;
        return true;
    }

    std::string_view plain_field() noexcept {
        const std::size_t start = at_;
        std::size_t end = at_;
        for (; !at_line_end() && !at_separator(); ++at_)
            if (!at_blank()) end = at_ + 1;
        return std::string_view{text_}.substr(start, end - start);
    }

    std::string_view quoted_field() {
        const std::string_view text = text_;
        const std::size_t start = ++at_;
        bool doubled = false;
        for (; at_ < text.size(); ++at_) {
            if (text[at_] == '"' && (++at_ == text.size() || text[at_] != '"')) {
                const std::string_view field = text.substr(start, at_ - 1 - start);
                return doubled ? without_doubled_quotes(field) : field;
            }
            doubled = doubled || text[at_] == '"';
            if (text[at_] == '\n') ++next_line_;
        }
        throw Error{place() + ", column " + std::to_string(fields_.size() + 1), "a closing quote",
                    "the end of the file"};
    }

    std::string_view without_doubled_quotes(std::string_view field) {
        std::string& text = unquoted_.emplace_back();
        for (std::size_t i = 0; i < field.size(); ++i) {
            text += field[i];
            if (field[i] == '"') ++i;
        }
        return text;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
