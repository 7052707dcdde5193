// Writes types as a program does: nets, layers and activations by name, for summaries, headers and files.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/cells/gru.hpp>
#include <tenon/cells/rnn.hpp>
#include <tenon/cells/sequence.hpp>
#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/layer_norm.hpp>
#include <tenon/net.hpp>
#include <tenon/shape.hpp>
#include <tenon/text/template_spelling.hpp>

#include <cstddef>
#include <ratio>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

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

/// name<In, Hidden>, or name<In, Hidden, Option> if that is not the default.
template <bool Qualified, class Option, class Default, class Out>
constexpr void write_cell(Out& out, std::string_view name, std::size_t in, std::size_t hidden) noexcept {
    write_own_name<Qualified>(out, name);
    ArgumentWriter arguments{out};
    arguments.number(in);
    arguments.number(hidden);
    if constexpr (!std::is_same_v<Option, Default>) arguments.template type<Option, Qualified>();
    out(">");
}
template <std::size_t In, std::size_t Hidden, class A, bool Qualified>
struct Spelling<RNN<In, Hidden, A>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_cell<Qualified, A, Tanh>(out, "RNN<", In, Hidden);
    }
};
template <std::size_t In, std::size_t Hidden, class Reset, bool Qualified>
struct Spelling<GRU<In, Hidden, Reset>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_cell<Qualified, Reset, ResetAfter>(out, "GRU<", In, Hidden);
    }
};

/// Within a Sequence, a layer is written as the layer of a step.
template <std::size_t Steps, class L, bool Qualified>
struct Spelling<LayerOverTime<Steps, L>, Qualified> : Spelling<L, Qualified> {};
template <std::size_t Steps, class L, bool Qualified>
struct Spelling<CellOverTime<Steps, L>, Qualified> : Spelling<L, Qualified> {};
template <std::size_t Steps, class L, class Conv, bool Qualified>
struct Spelling<DenseOverTime<Steps, L, Conv>, Qualified> : Spelling<L, Qualified> {};
template <class L, bool Qualified> struct Spelling<FrozenOf<L>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Frozen<");
        Spelling<L, Qualified>::write(out);
        out(">");
    }
};

template <class Values, std::size_t Percent, class Mask, bool Qualified>
struct Spelling<Dropout<Values, Percent, Mask>, Qualified> {
    template <class Out> static constexpr void write(Out& out) noexcept {
        write_own_name<Qualified>(out, "Dropout<");
        ArgumentWriter arguments{out};
        arguments.template type<Values, Qualified>();
        arguments.number(Percent);
        if constexpr (!std::is_same_v<Mask, MaskPerStep>) arguments.template type<Mask, Qualified>();
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
