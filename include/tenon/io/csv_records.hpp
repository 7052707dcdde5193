// CsvRecords: the text of a CSV file cut into records of fields (RFC 4180), not yet read as numbers.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::inline TENON_ABI::detail {

/// One record after the other. A record ends at LF, CRLF, CR or the end of the file; blank lines are passed
/// over; blanks around a field go. Quoted fields may hold separators, line ends and doubled quotes. The
/// separator ' ' stands for any run of blanks.
class CsvRecords {
public:
    CsvRecords(std::string file, std::string text, char separator)
        : file_(std::move(file)), text_(std::move(text)), separator_(separator) {}

    /// Moves on to the next record; false at the end of the file.
    bool next() {
        while (at_ < text_.size()) {
            line_ = next_line_;
            fields_.clear();
            for (bool more = true; more;) more = next_field();
            if (fields_.size() > 1 || !fields_[0].empty()) return true;
        }
        return false;
    }

    const std::string& file() const noexcept { return file_; }

    /// Valid until the next call of next().
    const std::vector<std::string_view>& fields() const noexcept { return fields_; }

    /// File and line of the record, for messages.
    std::string place() const { return file_ + ", line " + std::to_string(line_); }

private:
    std::string file_;
    std::string text_;
    char separator_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t next_line_ = 1;
    std::vector<std::string_view> fields_;

    bool at_blank() const noexcept {
        const char c = text_[at_];
        return (c == ' ' || c == '\t') && (c != separator_ || c == ' ');
    }
    bool at_line_end() const noexcept {
        return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
    }
    bool at_separator() const noexcept { return separator_ == ' ' ? at_blank() : text_[at_] == separator_; }

    /// Reads one field and what ends it; false where that is the end of the record.
    bool next_field() {
        while (at_blank()) ++at_;
        fields_.push_back(text_[at_] == '"' ? quoted_field() : plain_field());
        while (at_blank()) ++at_;
        if (at_line_end()) {
            if (at_ == text_.size()) return false;
            at_ += text_[at_] == '\r' && text_[at_ + 1] == '\n' ? 2 : 1;
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

    /// Doubled quotes become single ones in place.
    std::string_view quoted_field() {
        const std::size_t start = ++at_;
        std::size_t end = start;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"' && text_[++at_] != '"')
                return std::string_view{text_}.substr(start, end - start);
            if (text_[at_] == '\n') ++next_line_;
            text_[end++] = text_[at_];
        }
        throw Error{place() + ", column " + std::to_string(fields_.size() + 1), "a closing quote",
                    "the end of the file"};
    }
};

} // namespace tenon
