// Text of CSV files that are written: fields and numbers.
#pragma once

#include <tenon/math/math.hpp>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A field of a CSV file (RFC 4180).
inline std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return std::string{text};
    std::string field = "\"";
    for (const char c : text) field += c == '"' ? std::string{"\"\""} : std::string{c};
    return field += '"';
}

/// The shortest number that is read back as the same double, under every locale; nothing for NaN.
inline std::string csv_number(double value) {
    if (math::is_nan(value)) return {};
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
