// Error: the one exception of tenon/io, and how what a file holds is quoted in its message.
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

/// What could not be read, written or fitted. The message names the place (file, then tensor or line and
/// column), what was wanted there and what was found: `iris.csv, line 3, column 2: wanted ..., found ...`.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;

    Error(const std::string& where, const std::string& wanted, const std::string& found)
        : std::runtime_error(where + ": wanted " + wanted + ", found " + found) {}
};

/// A piece of a file for a message: in quotes, on one line, cut after 40 bytes, control characters in
/// hexadecimal; nothing at all is said in words.
inline std::string quote(std::string_view text) {
    constexpr std::size_t longest = 40;
    constexpr const char* digits = "0123456789abcdef";
    if (text.empty()) return "nothing";
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) (out += "\\x") += {digits[byte >> 4], digits[byte & 15]};
        else out += c;
    }
    return out += text.size() > longest ? "\"..." : "\"";
}

/// The shortest decimal number that reads back as the same double, under every locale.
inline std::string quote(double number) {
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
