// Writes types as a program does: nets, layers and activations by name, for summaries, headers and files.
#pragma once

#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/layer_norm.hpp>
#include <tenon/net.hpp>
#include <tenon/shape.hpp>
#include <tenon/text/characters.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string_view>
#include <type_traits>

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

template <class T>
concept HasOwnName = requires {
    { T::name } -> std::convertible_to<std::string_view>;
};

/// Writes T's name: a template over types or sizes from its arguments, so that the text is the same with
/// every compiler; a user's type by its `static constexpr std::string_view name`, or by the compiler's name
/// for it. If `Qualified`, each name of tenon begins with tenon::, as in a program without a using directive.
template <class T, bool Qualified> struct Spelling {
    template <class Out> static constexpr void write(Out& out) noexcept {
        if constexpr (HasOwnName<T>) out(std::string_view{T::name});
        else write_without_namespaces(out, compiler_type_name<T>(), Qualified);
    }
};

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

/// Writes the arguments of a template, one after another, separated by commas.
template <class Out> class ArgumentWriter {
public:
    constexpr explicit ArgumentWriter(Out& out) noexcept : out_(out) {}

    template <class T, bool Qualified> constexpr void type() noexcept {
        separate();
        Spelling<T, Qualified>::write(out_);
    }
    constexpr void number(std::size_t value) noexcept {
        separate();
        write_number(out_, value);
    }
    constexpr void text(std::string_view value) noexcept {
        separate();
        out_(value);
    }

private:
    constexpr void separate() noexcept {
        if (!is_first_) out_(", ");
        is_first_ = false;
    }

    Out& out_;
    bool is_first_ = true;
};

/// A template over types: Residual<Dense<2, 2>, Dense<2, 2>>, LeakyReluWith<std::ratio<1, 10>>.
template <template <class...> class Template, class... Arguments, bool Qualified>
    requires(sizeof...(Arguments) > 0 && !HasOwnName<Template<Arguments...>>)
struct Spelling<Template<Arguments...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Template<Arguments...>, Qualified>(out);
        out("<");
        ArgumentWriter arguments{out};
        (arguments.template type<Arguments, Qualified>(), ...);
        out(">");
    }
};

template <std::intmax_t Over, std::intmax_t Under, bool Qualified>
struct Spelling<std::ratio<Over, Under>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        out("std::ratio<");
        write_signed(out, Over);
        if (Under != 1) {
            out(", ");
            write_signed(out, Under);
        }
        out(">");
    }
    template <class Out> static constexpr void write_signed(Out& out, std::intmax_t number) noexcept {
        if (number < 0) out("-");
        write_number(out, static_cast<std::size_t>(number < 0 ? -number : number));
    }
};

template <bool Qualified, class Out> constexpr void write_own_name(Out& out, std::string_view name) noexcept {
    if (Qualified) out("tenon::");
    out(name);
}

template <std::size_t... Sizes, bool Qualified> struct Spelling<Shape<Sizes...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Shape<");
        ArgumentWriter arguments{out};
        (arguments.number(Sizes), ...);
        out(">");
    }
};

/// A template over sizes: Kernel<2, 2>.
template <template <std::size_t...> class Template, std::size_t... Sizes, bool Qualified>
    requires(sizeof...(Sizes) > 0 && !HasOwnName<Template<Sizes...>>)
struct Spelling<Template<Sizes...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Template<Sizes...>, Qualified>(out);
        out("<");
        ArgumentWriter arguments{out};
        (arguments.number(Sizes), ...);
        out(">");
    }
};

/// A convolution: Conv2D<Shape<1, 28, 28>, 8, Kernel<5, 5>, Relu>.
template <template <class, std::size_t, class, class...> class Template, class Values, std::size_t Channels,
          class Size, class... Options, bool Qualified>
    requires(!HasOwnName<Template<Values, Channels, Size, Options...>>)
struct Spelling<Template<Values, Channels, Size, Options...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Template<Values, Channels, Size, Options...>, Qualified>(out);
        out("<");
        ArgumentWriter arguments{out};
        arguments.template type<Values, Qualified>();
        arguments.number(Channels);
        arguments.template type<Size, Qualified>();
        (arguments.template type<Options, Qualified>(), ...);
        out(">");
    }
};

// Layers. Arguments that have their default value, and are followed by no other, are left out.

template <std::size_t In, std::size_t Units, class A, bool Bias, bool Qualified>
struct Spelling<Dense<In, Units, A, Bias>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Dense<");
        ArgumentWriter arguments{out};
        arguments.number(In);
        arguments.number(Units);
        if constexpr (!std::is_same_v<A, Identity> || !Bias) arguments.template type<A, Qualified>();
        if (!Bias) arguments.text("false");
        out(">");
    }
};

template <class Values, std::size_t Percent, bool Qualified>
struct Spelling<Dropout<Values, Percent>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Dropout<");
        ArgumentWriter arguments{out};
        arguments.template type<Values, Qualified>();
        arguments.number(Percent);
        out(">");
    }
};

template <class Values, class Momentum, class Epsilon, bool Affine, bool Qualified>
struct Spelling<BatchNorm<Values, Momentum, Epsilon, Affine>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        constexpr bool has_epsilon = !Affine || !std::is_same_v<Epsilon, std::ratio<1, 100000>>;
        write_own_name<Qualified>(out, "BatchNorm<");
        ArgumentWriter arguments{out};
        arguments.template type<Values, Qualified>();
        if constexpr (has_epsilon || !std::is_same_v<Momentum, std::ratio<1, 10>>)
            arguments.template type<Momentum, Qualified>();
        if constexpr (has_epsilon) arguments.template type<Epsilon, Qualified>();
        if (!Affine) arguments.text("false");
        out(">");
    }
};

template <class Values, class Epsilon, bool Affine, bool Qualified>
struct Spelling<LayerNorm<Values, Epsilon, Affine>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "LayerNorm<");
        ArgumentWriter arguments{out};
        arguments.template type<Values, Qualified>();
        if constexpr (!Affine || !std::is_same_v<Epsilon, std::ratio<1, 100000>>)
            arguments.template type<Epsilon, Qualified>();
        if (!Affine) arguments.text("false");
        out(">");
    }
};

template <class T, class... Layers, bool Qualified> struct Spelling<NetOf<T, Layers...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        constexpr bool is_float = std::is_same_v<T, float>;
        write_own_name<Qualified>(out, is_float ? "Net<" : "NetOf<");
        ArgumentWriter arguments{out};
        if (!is_float) arguments.text("double");
        (arguments.template type<Layers, Qualified>(), ...);
        out(">");
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
