// The characters of C++ names.
#pragma once

#include <tenon/version.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

constexpr bool is_word_character(char c) noexcept {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
