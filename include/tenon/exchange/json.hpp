// JsonReader: a strict reader of the JSON in which safetensors describes its tensors (RFC 8259).
#pragma once

#include <tenon/text/characters.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A view of bytes as characters. B is char, unsigned char or std::byte: constant expressions cannot view one
/// as another.
template <class B> struct ByteText {
    const B* bytes = nullptr;
    std::size_t count = 0;

    constexpr std::size_t size() const noexcept { return count; }
    constexpr char operator[](std::size_t i) const noexcept { return static_cast<char>(bytes[i]); }
    constexpr ByteText substr(std::size_t first, std::size_t size) const noexcept {
        return {bytes + first, size < count - first ? size : count - first};
    }
    friend constexpr bool operator==(ByteText a, std::string_view b) noexcept {
        std::size_t i = 0;
        while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
        return i == a.size() && i == b.size();
    }
};

/// A string of valid JSON without its quotes; escapes are not yet replaced.
template <class B> class JsonString {
    ByteText<B> escaped_;
    bool has_escapes_ = false;

    constexpr std::uint32_t hex(std::size_t first) const noexcept {
        std::uint32_t value = 0;
        for (std::size_t i = first; i < first + 4; ++i)
            value =
                value * 16 + static_cast<std::uint32_t>(escaped_[i] <= '9' ? escaped_[i] - '0'
                                                                           : (escaped_[i] | 0x20) - 'a' + 10);
        return value;
    }

public:
    constexpr JsonString() = default;
    constexpr JsonString(ByteText<B> escaped, bool has_escapes) noexcept
        : escaped_(escaped), has_escapes_(has_escapes) {}

    constexpr ByteText<B> escaped() const noexcept { return escaped_; }

    /// Calls f with each byte of the string that is meant, in UTF-8, until f returns false.
    template <class F> constexpr bool for_each_byte(F f) const noexcept {
        for (std::size_t i = 0; i < escaped_.size(); ++i) {
            if (escaped_[i] != '\\') {
                if (!f(escaped_[i])) return false;
                continue;
            }
            const char escape = escaped_[++i];
            if (escape != 'u') {
                constexpr std::string_view from = "bfnrt", to = "\b\f\n\r\t";
                const std::size_t at = index_of(from, escape);
                if (!f(at == from.size() ? escape : to[at])) return false;
                continue;
            }
            std::uint32_t code = hex(i + 1);
            i += 4;
            if (code >= 0xd800 && code < 0xdc00) { // the first of a pair, which JsonReader has checked
                code = 0x10000 + ((code - 0xd800) << 10) + (hex(i + 3) - 0xdc00);
                i += 6;
            }
            const auto byte = [&](std::uint32_t value) { return f(static_cast<char>(value)); };
            const auto further = [&](int shift) { return byte(0x80 | ((code >> shift) & 0x3f)); };
            const bool written = code < 0x80    ? byte(code)
                                 : code < 0x800 ? byte(0xc0 | code >> 6) && further(0)
                                 : code < 0x10000
                                     ? byte(0xe0 | code >> 12) && further(6) && further(0)
                                     : byte(0xf0 | code >> 18) && further(12) && further(6) && further(0);
            if (!written) return false;
        }
        return true;
    }

    friend constexpr bool operator==(const JsonString& string, std::string_view text) noexcept {
        if (!string.has_escapes_) return string.escaped_ == text;
        std::size_t i = 0;
        return string.for_each_byte([&](char c) { return i < text.size() && text[i++] == c; }) &&
               i == text.size();
    }
};

/// Reads from the front of a text. Each function returns false if the text does not match.
template <class B> class JsonReader {
    ByteText<B> text_;
    std::size_t at_ = 0;

public:
    constexpr explicit JsonReader(ByteText<B> text) noexcept : text_(text) {}

    constexpr std::size_t position() const noexcept { return at_; }

    constexpr void skip_blanks() noexcept {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }
    constexpr bool at_end() noexcept {
        skip_blanks();
        return at_ == text_.size();
    }
    /// Skips blanks and then c. Returns false if the next character is another.
    constexpr bool take(char c) noexcept {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    constexpr bool take(JsonString<B>& string) noexcept {
        if (!take('"')) return false;
        const std::size_t first = at_;
        bool has_escapes = false;
        while (at_ < text_.size() && text_[at_] != '"') {
            const auto c = static_cast<unsigned char>(text_[at_]);
            has_escapes = has_escapes || c == '\\';
            if (c == '\\' ? !take_escape() : c < 0x80 ? !take_ascii(c) : !take_utf8(c)) return false;
        }
        if (at_ == text_.size()) return false;
        string = {text_.substr(first, at_ - first), has_escapes};
        ++at_;
        return true;
    }
    /// A whole number without sign, fraction and exponent, below 2^64.
    constexpr bool take(std::uint64_t& number) noexcept {
        skip_blanks();
        const std::size_t first = at_;
        number = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (number > (~std::uint64_t{0} - digit) / 10) return false;
            number = number * 10 + digit;
            ++at_;
        }
        return at_ > first && (text_[first] != '0' || at_ == first + 1);
    }

private:
    constexpr bool take_ascii(unsigned char c) noexcept {
        ++at_;
        return c >= 0x20;
    }
    constexpr bool is_hex(std::size_t first) const noexcept {
        for (std::size_t i = first; i < first + 4; ++i) {
            const char c = i < text_.size() ? text_[i] : ' ', lower = static_cast<char>(c | 0x20);
            if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'f')) return false;
        }
        return true;
    }
    // \n and the like, \u00e4, or two \u of a surrogate pair.
    constexpr bool take_escape() noexcept {
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
        if (c != 'u') {
            at_ += 2;
            constexpr std::string_view escapes = "\"\\/bfnrt";
            return index_of(escapes, c) < escapes.size();
        }
        if (!is_hex(at_ + 2)) return false;
        const bool is_surrogate = text_[at_ + 2] == 'd' || text_[at_ + 2] == 'D';
        const char kind = static_cast<char>(text_[at_ + 3] | 0x20);
        at_ += 6;
        if (!is_surrogate || (kind >= '0' && kind <= '7')) return true;
        const bool is_first = kind == '8' || kind == '9' || kind == 'a' || kind == 'b';
        const bool is_pair = is_first && is_hex(at_ + 2) && text_[at_] == '\\' && text_[at_ + 1] == 'u' &&
                             (text_[at_ + 2] | 0x20) == 'd' && (text_[at_ + 3] | 0x20) >= 'c';
        at_ += 6;
        return is_pair;
    }
    /// A character of 2 to 4 bytes, with none of the forms that RFC 3629 forbids.
    constexpr bool take_utf8(unsigned char first) noexcept {
        const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || text_.size() - at_ < size) return false;
        const auto second = static_cast<unsigned char>(text_[at_ + 1]);
        if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
            (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90))
            return false;
        for (std::size_t i = 1; i < size; ++i)
            if ((static_cast<unsigned char>(text_[at_ + i]) & 0xc0) != 0x80) return false;
        at_ += size;
        return true;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
