// Text files and the numbers in them, with the same result under every locale.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Reads a text file, without the byte order mark that Excel writes before UTF-8. gzip is not unpacked, so
/// that programs that read only text need no zlib. Throws Error.
inline std::string read_text(const std::filesystem::path& path) {
    std::string text = read_bytes(path);
    if (is_gzip(text)) throw Error{path.string(), "plain text", "gzip data (unpack it first)"};
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    return text;
}

/// The integer that `text` consists of; none for "15abc". A leading plus is allowed.
template <std::integral Number> std::optional<Number> parse_number(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A text read as a decimal number: none, finite, or not representable as a finite double (1e400, inf, nan).
struct Numeral {
    enum { none, finite, not_finite } kind = none;
    double value = 0;
};

/// Whether the absolute value of a decimal number other than 0 is below 1. It tells numbers that are too
/// small from those that are too large: std::from_chars returns "out of range" for both.
inline bool is_below_one(std::string_view number) {
    const auto exponent_at = number.find_first_of("eE");
    const std::string_view mantissa = number.substr(0, exponent_at);
    const auto point = static_cast<long long>(std::min(mantissa.find('.'), mantissa.size()));
    const auto digit = static_cast<long long>(mantissa.find_first_of("123456789"));
    const long long leading =
        digit < point ? point - digit - 1 : point - digit; // the power of the first digit
    if (exponent_at == number.npos) return leading < 0;
    const std::string_view exponent = number.substr(exponent_at + 1);
    const auto power = parse_number<int>(exponent);
    return power ? leading + *power < 0 : exponent.starts_with('-');
}

/// The number that `text` consists of, correctly rounded; numbers that are too small become 0 or subnormal. A
/// leading plus is allowed. inf and nan are detected by their letters, which works under -ffinite-math-only
/// too.
inline Numeral parse_numeral(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) return {};
    const char first = text[text.starts_with('-') ? 1 : 0];
    if (first > '9') return {Numeral::not_finite};
    if (error == std::errc{}) return {Numeral::finite, value};
    if (is_below_one(text)) return {Numeral::finite, std::copysign(0., text.starts_with('-') ? -1. : 1.)};
    return {Numeral::not_finite};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
