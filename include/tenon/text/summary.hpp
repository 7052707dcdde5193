// summary: the table of a net's layers, as text.
#pragma once

#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>
#include <tenon/text/container_name.hpp>
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

/// A layer's number: 2, or 2.1 for the first layer within layer 2, a container.
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

/// Calls f<Layer>(place) for each layer of a net or another container, and, after each that is a container
/// itself, for the layers within it.
template <class Container, class F> constexpr void for_each_layer_within(F& f, Place place) {
    const auto visit = [&]<class L>(Place here) {
        f.template operator()<L>(here);
        if constexpr (HasLayers<L>) for_each_layer_within<L>(f, here);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (visit.template operator()<typename StackOf<Container>::template Layer<I>>(place.within(I + 1)), ...);
    }(std::make_index_sequence<Container::layer_count>{});
}

template <class L> constexpr std::size_t multiply_adds_of() noexcept {
    std::size_t sum = 0;
    if constexpr (HasLayers<L>)
        for_each_layer<L>([&]<class Inner>(std::size_t) { sum += multiply_adds_of<Inner>(); });
    else if constexpr (requires { L::multiply_adds; }) sum = L::multiply_adds;
    return sum;
}

/// Whether the multiply-adds of a layer are known; a user's layer need not declare them.
template <class L> consteval bool counts_multiply_adds() {
    return HasLayers<L> || requires { L::multiply_adds; };
}

template <class Net> constexpr std::size_t trainable_parameters() noexcept {
    constexpr auto ranges = trainable_ranges<StackOf<Net>>;
    std::size_t sum = 0;
    for (std::size_t r = 0; r < ranges.count; ++r) sum += ranges.ranges[r].end - ranges.ranges[r].first;
    return sum;
}

/// What a row of a summary is about. The numbers of a container are those of its layers, in rows of their
/// own.
enum class Row { layer, container, total, trainable };
template <class L> inline constexpr Row row_of = HasLayers<L> ? Row::container : Row::layer;

/// A cell of a summary: column `column` of layer L, or of the whole net.
template <Row Kind, class L, class T, class Out>
constexpr void write_cell(Out& out, std::size_t column, Place place) noexcept {
    constexpr bool has_numbers = Kind == Row::layer || Kind == Row::total;
    switch (column) {
    case 0:
        return place.write(out);
    case 1:
        if constexpr (Kind == Row::total) out("Total");
        else if constexpr (Kind == Row::trainable) out("Trainable");
        else if constexpr (Kind == Row::container) ContainerName<L>::write(out);
        else Spelling<L, false>::write(out);
        return;
    case 2:
        if constexpr (Kind != Row::trainable) write_shape(out, typename L::OutputShape{});
        return;
    case 3:
        if constexpr (Kind == Row::trainable) write_grouped(out, trainable_parameters<L>());
        else if constexpr (has_numbers) write_grouped(out, L::parameter_count);
        return;
    case 4:
        if constexpr (has_numbers)
            return counts_multiply_adds<L>() ? write_grouped(out, multiply_adds_of<L>()) : out("?");
        return;
    default:
        if constexpr (has_numbers) write_grouped(out, L::parameter_count * sizeof(T));
    }
}

inline constexpr std::array<std::string_view, 6> summary_titles{"",           "Layer",         "Output",
                                                                "Parameters", "Multiply-adds", "Bytes"};

template <class Net, class Out> constexpr void write_summary(Out& out) noexcept {
    using T = typename Net::Scalar;
    constexpr bool trains_all = trainable_parameters<Net>() == Net::parameter_count;
    std::array<std::size_t, summary_titles.size()> widths{};
    const auto measure = [&]<Row Kind, class L>(Place place) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            Counter cell;
            write_cell<Kind, L, T>(cell, column, place);
            widths[column] = std::max({widths[column], cell.size, summary_titles[column].size()});
        }
    };
    const auto line = [&](auto&& cell) {
        std::size_t spaces = 0; // before the next cell that is not empty
        for (std::size_t column = 0; column < widths.size(); ++column) {
            Counter counter;
            cell(counter, column);
            const std::size_t padding = widths[column] - counter.size;
            const bool aligned_right = column > 1; // numbers
            if (column > 0) spaces += 2;
            if (counter.size > 0) {
                write_repeated(out, " ", spaces + (aligned_right ? padding : 0));
                cell(out, column);
                spaces = aligned_right ? 0 : padding;
            } else spaces += padding;
        }
        out("\n");
    };
    const auto row = [&]<Row Kind, class L>(Place place) {
        line([&](auto& to, std::size_t column) { write_cell<Kind, L, T>(to, column, place); });
    };
    const auto for_each_row = [](auto& f) {
        auto of_layer = [&]<class L>(Place place) { f.template operator()<row_of<L>, L>(place); };
        for_each_layer_within<Net>(of_layer, {});
    };
    for_each_row(measure);
    measure.template operator()<Row::total, Net>({});
    if constexpr (!trains_all) measure.template operator()<Row::trainable, Net>({});
    std::size_t total = 2 * (widths.size() - 1);
    for (const std::size_t width : widths) total += width;

    line([](auto& to, std::size_t column) { to(summary_titles[column]); });
    write_repeated(out, "-", total);
    out("\n");
    for_each_row(row);
    write_repeated(out, "-", total);
    out("\n");
    row.template operator()<Row::total, Net>({});
    if constexpr (!trains_all) row.template operator()<Row::trainable, Net>({});
}

template <class Net>
inline constexpr std::size_t summary_size = [] {
    Counter counter;
    write_summary<Net>(counter);
    return counter.size;
}();

} // namespace detail

/// Returns the table of a net's layers, as Keras prints it: output shape, parameters, multiply-adds per
/// sample, and bytes of the parameters. The last line counts the trainable parameters, unless all are. A
/// constant expression; convertible to std::string_view.
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
