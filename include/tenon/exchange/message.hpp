// Message: a sentence about bytes that do not fit, as a value without heap.
#pragma once

#include <tenon/text/characters.hpp>
#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Text of up to 399 characters; longer text is cut and ends in "...". Trivially copyable. A view of it is
/// valid as long as the value exists.
class Message {
    static constexpr std::size_t capacity = 399;
    std::array<char, capacity + 1> characters_{};
    std::size_t size_ = 0;

public:
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr const char* data() const noexcept { return characters_.data(); }
    constexpr const char* c_str() const noexcept { return characters_.data(); }
    constexpr std::string_view view() const noexcept { return {characters_.data(), size_}; }
    constexpr operator std::string_view() const noexcept { return view(); }

    friend constexpr bool operator==(const Message& message, std::string_view text) noexcept {
        return message.view() == text;
    }
    friend constexpr bool operator==(const Message& a, const Message& b) noexcept {
        return a.view() == b.view();
    }
    template <class Out>
        requires requires(Out& out, std::string_view text) { out << text; }
    friend Out& operator<<(Out& out, const Message& message) {
        out << message.view();
        return out;
    }

    /// Appends text.
    constexpr void operator()(std::string_view text) noexcept {
        for (const char c : text) {
            if (size_ == capacity) {
                for (std::size_t i = capacity - 3; i < capacity; ++i) characters_[i] = '.';
                return;
            }
            characters_[size_++] = c;
        }
    }
    /// A literal, whose length the compiler knows: without strlen.
    template <std::size_t N> constexpr void operator()(const char (&text)[N]) noexcept {
        (*this)(std::string_view{text, N - 1});
    }
    constexpr void operator()(std::size_t number) noexcept { detail::write_number(*this, number); }

    /// Appends a character of a file, a control character in hexadecimal.
    constexpr void visible(char c) noexcept {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) return (*this)(detail::text_of(c));
        (*this)("\\x");
        (*this)(digits.substr(byte >> 4, 1));
        (*this)(digits.substr(byte & 15, 1));
    }

    /// Appends part of a file in quotes, on one line, cut after 60 bytes.
    template <class Text> constexpr void quote(const Text& text) noexcept {
        constexpr std::size_t max_size = 60;
        (*this)("\"");
        for (std::size_t i = 0; i < text.size() && i < max_size; ++i) visible(text[i]);
        (*this)(text.size() > max_size ? "\"..." : "\"");
    }
};

namespace detail {

/// A message of pieces: text and numbers.
template <class... Pieces> constexpr Message message_of(const Pieces&... pieces) noexcept {
    Message message;
    (message(pieces), ...);
    return message;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
