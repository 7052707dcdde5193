// Characters of text: which are parts of names, the index of one, and the digits of numbers.
#pragma once

#include <tenon/version.hpp>

#include <cstddef>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

constexpr bool is_word_character(char c) noexcept {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A character as text. The size is no int: with one, g++ takes a fiftieth of the time to include xsimd to
/// find out that it is no end of a range.
constexpr std::string_view text_of(const char& c) noexcept { return {&c, std::size_t{1}}; }

/// An output that only counts characters.
struct Counter {
    std::size_t size = 0;
    constexpr void operator()(std::string_view text) noexcept { size += text.size(); }
};

template <class Out> constexpr void write_number(Out& out, std::size_t number) noexcept {
    if (number >= 10) write_number(out, number / 10);
    const char digit = static_cast<char>('0' + number % 10);
    out(text_of(digit));
}

/// The index of the first c in text, or text.size(). std::string_view::find would call memchr of the C
/// library.
constexpr std::size_t index_of(std::string_view text, char c) noexcept {
    std::size_t i = 0;
    while (i < text.size() && text[i] != c) ++i;
    return i;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
