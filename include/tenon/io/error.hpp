// Error: the exception of tenon/io, and how its messages quote a file's contents.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Thrown if a file cannot be read or written, or does not fit. The message names the place (file, then
/// tensor or line and column), what was wanted there and what was found: `iris.csv, line 3, column 2: wanted
/// ..., found ...`.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;

    Error(const std::string& where, const std::string& wanted, const std::string& found)
        : std::runtime_error(where + ": wanted " + wanted + ", found " + found) {}
};

namespace detail {

/// Part of a file for a message: in quotes, on one line, cut after 40 bytes, control characters in
/// hexadecimal. Empty text becomes the word nothing, without quotes.
inline std::string quote(std::string_view text) {
    constexpr std::size_t max_size = 40;
    constexpr const char* digits = "0123456789abcdef";
    if (text.empty()) return "nothing";
    std::string out = "\"";
    for (const char c : text.substr(0, max_size)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) (out += "\\x") += {digits[byte >> 4], digits[byte & 15]};
        else out += c;
    }
    return out += text.size() > max_size ? "\"..." : "\"";
}

/// The shortest decimal number from which the same double is read back, under every locale.
inline std::string quote(double number) {
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
