// Writes types as a program does: templates over types and sizes, and the user's types.
#pragma once

#include <tenon/shape.hpp>
#include <tenon/text/characters.hpp>
#include <tenon/text/type_name.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

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
template <class Out> ArgumentWriter(Out&) -> ArgumentWriter<Out>;

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

/// A template over sizes and types: Sequence<28, LSTM<28, 64>>, CausalConv<1, 8, Kernel<3>, Tanh>.
template <template <std::size_t, class...> class Template, std::size_t Size, class... Arguments,
          bool Qualified>
    requires(sizeof...(Arguments) > 0 && !HasOwnName<Template<Size, Arguments...>>)
struct Spelling<Template<Size, Arguments...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Template<Size, Arguments...>, Qualified>(out);
        out("<");
        ArgumentWriter arguments{out};
        arguments.number(Size);
        (arguments.template type<Arguments, Qualified>(), ...);
        out(">");
    }
};
template <template <std::size_t, std::size_t, class...> class Template, std::size_t In, std::size_t Units,
          class... Arguments, bool Qualified>
    requires(sizeof...(Arguments) > 0 && !HasOwnName<Template<In, Units, Arguments...>>)
struct Spelling<Template<In, Units, Arguments...>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_template_name<Template<In, Units, Arguments...>, Qualified>(out);
        out("<");
        ArgumentWriter arguments{out};
        arguments.number(In);
        arguments.number(Units);
        (arguments.template type<Arguments, Qualified>(), ...);
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

} // namespace tenon

#include <tenon/config/epilogue.hpp>
