// summary: the table of a net's layers, as text.
#pragma once

#include <tenon/layers/stack.hpp>
#include <tenon/text/spelling.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Text of a fixed length, as a value. A view of it is valid as long as the value exists.
template <std::size_t Size> struct Text {
    std::array<char, Size> characters{};

    constexpr std::string_view view() const noexcept { return {characters.data(), Size}; }
    constexpr operator std::string_view() const noexcept { return view(); }

    /// `std::cout << summary<Net>()`; the program includes the header of its stream.
    template <class Out>
        requires requires(Out& out, std::string_view text) { out << text; }
    friend Out& operator<<(Out& out, const Text& text) {
        out << text.view();
        return out;
    }
};

namespace detail {

template <class Out>
constexpr void write_repeated(Out& out, std::string_view text, std::size_t times) noexcept {
    for (std::size_t i = 0; i < times; ++i) out(text);
}

/// Writes 1234567 as 1,234,567.
template <class Out> constexpr void write_grouped(Out& out, std::size_t number) noexcept {
    if (number < 1000) return write_number(out, number);
    write_grouped(out, number / 1000);
    out(number % 1000 < 10 ? ",00" : number % 1000 < 100 ? ",0" : ",");
    write_number(out, number % 1000);
}

template <class Out, std::size_t... Sizes> constexpr void write_shape(Out& out, Shape<Sizes...>) noexcept {
    bool first = true;
    (((first ? void(first = false) : out(" x ")), write_number(out, Sizes)), ...);
}

/// A layer's number: 2, or 2.1 for the first layer of a nested net that is layer 2.
struct Place {
    std::array<std::size_t, 8> numbers{};
    std::size_t depth = 0;

    constexpr Place within(std::size_t number) const noexcept {
        Place inner = *this;
        if (inner.depth < inner.numbers.size()) inner.numbers[inner.depth++] = number;
        return inner;
    }
    template <class Out> constexpr void write(Out& out) const noexcept {
        for (std::size_t i = 0; i < depth; ++i) {
            if (i > 0) out(".");
            write_number(out, numbers[i]);
        }
    }
};

/// Calls f<Layer>(place) for each layer of a net; for a nested net, for each of its layers instead.
template <class Net, class F> constexpr void for_each_innermost_layer(F& f, Place place) {
    const auto visit = [&]<class L>(Place here) {
        if constexpr (requires { L::layer_count; }) for_each_innermost_layer<L>(f, here);
        else f.template operator()<L>(here);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (visit.template operator()<typename StackOf<Net>::template Layer<I>>(place.within(I + 1)), ...);
    }(std::make_index_sequence<Net::layer_count>{});
}

template <class L> constexpr std::size_t multiply_adds_of() noexcept {
    std::size_t sum = 0;
    if constexpr (requires { L::layer_count; })
        for_each_layer<L>([&]<class Inner>(std::size_t) { sum += multiply_adds_of<Inner>(); });
    else if constexpr (requires { L::multiply_adds; }) sum = L::multiply_adds;
    return sum;
}

/// Whether the multiply-adds of a layer are known; a user's layer need not declare them.
template <class L> consteval bool counts_multiply_adds() {
    return requires { L::layer_count; } || requires { L::multiply_adds; };
}

/// A cell of a summary: column `column` of layer L, or of the whole net in the last row.
template <class L, class T, class Out>
constexpr void write_cell(Out& out, std::size_t column, Place place) noexcept {
    switch (column) {
    case 0:
        return place.write(out);
    case 1:
        return place.depth == 0 ? out("Total") : Spelling<L, false>::write(out);
    case 2:
        return write_shape(out, typename L::OutputShape{});
    case 3:
        return write_grouped(out, L::parameter_count);
    case 4:
        return counts_multiply_adds<L>() ? write_grouped(out, multiply_adds_of<L>()) : out("?");
    default:
        return write_grouped(out, L::parameter_count * sizeof(T));
    }
}

inline constexpr std::array<std::string_view, 6> summary_titles{"",           "Layer",         "Output",
                                                                "Parameters", "Multiply-adds", "Bytes"};

template <class Net, class Out> constexpr void write_summary(Out& out) noexcept {
    using T = typename Net::Scalar;
    std::array<std::size_t, summary_titles.size()> widths{};
    const auto measure = [&]<class L>(Place place) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            Counter cell;
            write_cell<L, T>(cell, column, place);
            widths[column] = std::max({widths[column], cell.size, summary_titles[column].size()});
        }
    };
    const auto line = [&](auto&& cell) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            Counter counter;
            cell(counter, column);
            if (column > 1)
                write_repeated(out, " ", 2 + widths[column] - counter.size); // numbers are right-aligned
            cell(out, column);
            if (column < 2) write_repeated(out, " ", (column == 0 ? 2 : 0) + widths[column] - counter.size);
        }
        out("\n");
    };
    const auto row = [&]<class L>(Place place) {
        line([&](auto& to, std::size_t column) { write_cell<L, T>(to, column, place); });
    };
    for_each_innermost_layer<Net>(measure, {});
    measure.template operator()<Net>({});
    std::size_t total = 2 * (widths.size() - 1);
    for (const std::size_t width : widths) total += width;

    line([](auto& to, std::size_t column) { to(summary_titles[column]); });
    write_repeated(out, "-", total);
    out("\n");
    for_each_innermost_layer<Net>(row, {});
    write_repeated(out, "-", total);
    out("\n");
    row.template operator()<Net>({});
}

template <class Net>
inline constexpr std::size_t summary_size = [] {
    Counter counter;
    write_summary<Net>(counter);
    return counter.size;
}();

} // namespace detail

/// Returns the table of a net's layers, as Keras prints it: output shape, parameters, multiply-adds per
/// sample, and bytes of the parameters. A constant expression; convertible to std::string_view.
///     std::cout << summary<Net<Dense<2, 3, Tanh>, Dense<3, 1>>>();
template <class Net> constexpr Text<detail::summary_size<Net>> summary() noexcept {
    Text<detail::summary_size<Net>> text;
    auto out = [at = text.characters.data()](std::string_view piece) mutable {
        at = std::copy(piece.begin(), piece.end(), at);
    };
    detail::write_summary<Net>(out);
    return text;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
