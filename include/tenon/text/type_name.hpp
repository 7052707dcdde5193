// A type's name by the compiler.
#pragma once

#include <tenon/text/characters.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

// The return type is no alias, because g++ appends the meaning of every alias after the name of T.
template <class T> consteval const char* pretty_function() { return __PRETTY_FUNCTION__; }

/// T's name by the compiler: g++ writes "... [with T = X]", clang "... [T = X]".
template <class T> consteval std::string_view compiler_type_name() {
    std::string_view name = pretty_function<T>();
    name.remove_prefix(name.find("T = ") + 4);
    return name.substr(0, name.rfind(']'));
}

/// Writes `name` without the namespaces that a program omits: the inline and the nameless ones, and, unless
/// `qualified`, tenon.
template <class Out>
constexpr void write_without_namespaces(Out& out, std::string_view name, bool qualified) noexcept {
#define TENON_TEXT_OF(macro) TENON_TEXT_OF_EXPANDED(macro)
#define TENON_TEXT_OF_EXPANDED(text) #text
    constexpr std::string_view inner = TENON_TEXT_OF(TENON_ABI) "::";
#undef TENON_TEXT_OF_EXPANDED
#undef TENON_TEXT_OF
    const std::string_view omitted[] = {inner, "{anonymous}::", "(anonymous namespace)::", "tenon::"};
    for (std::size_t i = 0; i < name.size();) {
        std::size_t skipped = 0;
        for (const std::string_view& space : omitted)
            if ((i == 0 || !is_word_character(name[i - 1])) && name.substr(i).starts_with(space) &&
                !(qualified && &space == &omitted[3]))
                skipped = space.size();
        if (skipped == 0) out(name.substr(i, 1));
        i += skipped == 0 ? 1 : skipped;
    }
}

/// Writes the name of T, an instance of a template, without the template's arguments.
template <class T, bool Qualified, class Out> constexpr void write_template_name(Out& out) noexcept {
    std::string_view name = compiler_type_name<T>();
    std::size_t end = name.size(), open = 0;
    do {
        --end;
        if (name[end] == '>') ++open;
        else if (name[end] == '<') --open;
    } while (open > 0 || name[end] != '<');
    write_without_namespaces(out, name.substr(0, end), Qualified);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
