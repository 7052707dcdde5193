// Writes types as a program does: nets, layers and activations by name, for summaries, headers and files.
#pragma once

#include <tenon/layers/activate.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/net.hpp>
#include <tenon/text/identifier.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// An output that only counts characters.
struct Counter {
    std::size_t size = 0;
    constexpr void operator()(std::string_view text) noexcept { size += text.size(); }
};

template <class Out> constexpr void write_number(Out& out, std::size_t number) noexcept {
    if (number >= 10) write_number(out, number / 10);
    const char digit = static_cast<char>('0' + number % 10);
    out(std::string_view{&digit, 1});
}

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

/// Writes T's name: a net from its layers, tenon's own types by their names; a user's type by its `static
/// constexpr std::string_view name`, or by the compiler's name for it. If `Qualified`, each name of tenon
/// begins with tenon::, as in a program without a using directive.
template <class T, bool Qualified> struct Spelling {
    template <class Out> static constexpr void write(Out& out) noexcept {
        if constexpr (requires {
                          { T::name } -> std::convertible_to<std::string_view>;
                      })
            out(std::string_view{T::name});
        else write_without_namespaces(out, compiler_type_name<T>(), Qualified);
    }
};

template <bool Qualified, class Out> constexpr void write_own_name(Out& out, std::string_view name) noexcept {
    if (Qualified) out("tenon::");
    out(name);
}

/// An activation with constants, such as LeakyReluWith<std::ratio<1, 10>>: the same text with every compiler.
template <template <class...> class A, std::intmax_t... Over, std::intmax_t... Under, bool Qualified>
    requires(sizeof...(Over) > 0)
struct Spelling<A<std::ratio<Over, Under>...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        constexpr std::string_view name = compiler_type_name<A<std::ratio<Over, Under>...>>();
        write_without_namespaces(out, name.substr(0, name.find('<')), Qualified);
        bool first = true;
        ((out(first ? "<" : ", "), first = false, write_ratio(out, Over, Under)), ...);
        out(">");
    }
    template <class Out>
    static constexpr void write_ratio(Out& out, std::intmax_t over, std::intmax_t under) noexcept {
        out("std::ratio<");
        write_signed(out, over);
        if (under != 1) {
            out(", ");
            write_signed(out, under);
        }
        out(">");
    }
    template <class Out> static constexpr void write_signed(Out& out, std::intmax_t number) noexcept {
        if (number < 0) out("-");
        write_number(out, static_cast<std::size_t>(number < 0 ? -number : number));
    }
};

template <std::size_t In, std::size_t Units, class A, bool Bias, bool Qualified>
struct Spelling<Dense<In, Units, A, Bias>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Dense<");
        write_number(out, In);
        out(", ");
        write_number(out, Units);
        if constexpr (!std::is_same_v<A, Identity> || !Bias) {
            out(", ");
            Spelling<A, Qualified>::write(out);
        }
        out(Bias ? ">" : ", false>");
    }
};

template <class Values, class A, bool Qualified> struct Spelling<Activate<Values, A>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Activate<");
        Spelling<Values, Qualified>::write(out);
        out(", ");
        Spelling<A, Qualified>::write(out);
        out(">");
    }
};

template <class T, class... Layers, bool Qualified> struct Spelling<NetOf<T, Layers...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        const bool plain = std::is_same_v<T, float>;
        write_own_name<Qualified>(out, plain ? "Net<" : "NetOf<double");
        bool first = plain;
        (((first ? void(first = false) : out(", ")), Spelling<Layers, Qualified>::write(out)), ...);
        out(">");
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
