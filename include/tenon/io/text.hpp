// Text files and the numbers in them, read alike under every locale.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tenon::inline TENON_ABI {

/// A text file without the byte order mark that Excel puts before UTF-8. It is not unpacked, so that programs
/// that read only text need no zlib.
inline std::string read_text(const std::filesystem::path& path) {
    std::string text = read_bytes(path);
    if (is_gzip(text)) throw Error{path.string(), "plain text", "gzip data (unpack it first)"};
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    return text;
}

/// The number that is the whole of `text` ("1.5abc" is none). `Number` is as std::from_chars takes it, save
/// that a leading plus is allowed.
template <class Number> std::optional<Number> parse_number(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The finite float that is the whole of `text`, correctly rounded; what is too small becomes 0 or subnormal.
/// No value for nan and inf: they are known by their letters, which holds under -ffast-math too.
inline std::optional<float> parse_float(std::string_view text) {
    const auto first = text.find_first_not_of("+-");
    if (first == text.npos || text[first] > '9') return std::nullopt;
    if (const auto value = parse_number<float>(text)) return value;
    const auto value = parse_number<double>(text); // from_chars says "out of range" of what is too small, too
    return value && -1 < *value && *value < 1 ? std::optional{static_cast<float>(*value)} : std::nullopt;
}

} // namespace tenon
