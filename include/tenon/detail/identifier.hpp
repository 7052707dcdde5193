// Which words may name a variable in a program.
#pragma once

#include <tenon/version.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tenon::inline TENON_ABI::detail {

/// The words of C++20 that cannot be names, and main.
inline constexpr std::string_view keywords[] = {
    "alignas",      "alignof",      "and",           "and_eq",
    "asm",          "auto",         "bitand",        "bitor",
    "bool",         "break",        "case",          "catch",
    "char",         "char16_t",     "char32_t",      "char8_t",
    "class",        "co_await",     "co_return",     "co_yield",
    "compl",        "concept",      "const",         "const_cast",
    "consteval",    "constexpr",    "constinit",     "continue",
    "decltype",     "default",      "delete",        "do",
    "double",       "dynamic_cast", "else",          "enum",
    "explicit",     "export",       "extern",        "false",
    "float",        "for",          "friend",        "goto",
    "if",           "inline",       "int",           "long",
    "main",         "mutable",      "namespace",     "new",
    "noexcept",     "not",          "not_eq",        "nullptr",
    "operator",     "or",           "or_eq",         "private",
    "protected",    "public",       "register",      "reinterpret_cast",
    "requires",     "return",       "short",         "signed",
    "sizeof",       "static",       "static_assert", "static_cast",
    "struct",       "switch",       "template",      "this",
    "thread_local", "throw",        "true",          "try",
    "typedef",      "typeid",       "typename",      "union",
    "unsigned",     "using",        "virtual",       "void",
    "volatile",     "wchar_t",      "while",         "xor",
    "xor_eq"};

constexpr bool is_word_character(char c) noexcept {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether a program may name a global variable so: no keyword, and none of the names kept for compilers.
constexpr bool is_identifier(std::string_view name) noexcept {
    return !name.empty() && std::ranges::all_of(name, is_word_character) &&
           (name[0] < '0' || name[0] > '9') && name[0] != '_' && name.find("__") == name.npos &&
           std::ranges::find(keywords, name) == std::end(keywords);
}

} // namespace tenon
