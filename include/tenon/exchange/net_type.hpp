// The type of a net as a file states it: without Frozen, and for float whatever its numbers are.
#pragma once

#include <tenon/copy_parameters.hpp>
#include <tenon/exchange/message.hpp>
#include <tenon/text/spelling.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class Net> using StatedNet = typename Unfrozen<Net>::type;
template <class Net>
inline constexpr std::size_t net_type_size = [] {
    Counter counter;
    Spelling<StatedNet<Net>, false>::write(counter);
    return counter.size;
}();
template <class Net>
inline constexpr auto net_type_text = [] {
    std::array<char, net_type_size<Net>> text{};
    std::size_t at = 0;
    auto out = [&](std::string_view piece) {
        for (const char c : piece) text[at++] = c;
    };
    Spelling<StatedNet<Net>, false>::write(out);
    return text;
}();
/// Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>
template <class Net>
inline constexpr std::string_view net_type{net_type_text<Net>.data(), net_type_text<Net>.size()};

/// Writes the layer with this index, counted from 0, of a type's text; nothing if there is none.
template <class Text>
constexpr void write_layer_of(Message& message, const Text& type, std::size_t layer) noexcept {
    std::size_t depth = 0, i = 0;
    for (std::size_t at = 0; at < type.size(); ++at) {
        const char c = type[at];
        if (c == '>' && --depth == 0) return;
        if (depth == 1 && c == ',') {
            ++i;
            ++at; // the blank behind it
        } else if (depth > 0 && i == layer) message.visible(c);
        if (c == '<') ++depth;
    }
}

/// The first layer in which two types differ, and both layers: layer 2: wanted Dense<3, 1>, found Dense<3,
/// 2>.
template <class Text> constexpr Message different_types(std::string_view wanted, const Text& found) noexcept {
    std::size_t depth = 0, layer = 0, at = 0;
    for (; at < wanted.size() && at < found.size() && wanted[at] == found[at]; ++at) {
        if (wanted[at] == '<') ++depth;
        else if (wanted[at] == '>') --depth;
        else if (wanted[at] == ',' && depth == 1) ++layer;
    }
    const auto ends_layer = [&](char c) { return depth == 1 && (c == ',' || c == '>'); };
    if (at < wanted.size() && at < found.size() && ends_layer(wanted[at]) && ends_layer(found[at]))
        ++layer; // one has a layer more
    Message message = message_of("the net's type, layer ", layer + 1, ": wanted ");
    const auto write = [&](const auto& type) {
        const std::size_t before = message.size();
        write_layer_of(message, type, layer);
        if (message.size() == before) message("no such layer");
    };
    write(wanted);
    message(", found ");
    write(found);
    return message;
}

} // namespace detail

/// A number for a net's type, 64 bits: equal for nets with the same layers, whatever their numbers are and
/// whether they are Frozen. Types of the user count by their names.
template <class Net> constexpr std::uint64_t fingerprint() noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : detail::net_type<Net>) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
