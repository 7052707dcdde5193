// to_bytes: a net as a safetensors file in memory, without heap.
#pragma once

#include <tenon/exchange/net_type.hpp>
#include <tenon/exchange/read_tensors.hpp>
#include <tenon/exchange/safetensors_file.hpp>
#include <tenon/exchange/tensor_names.hpp>
#include <tenon/misfit/bytes.hpp>
#include <tenon/net.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// What is written beside the net: how tensors are called, in which format numbers are, and how many test
/// vectors there are.
struct FilePlan {
    Numbering numbering = Numbering::layers;
    std::span<const Renamed> names{};
    std::size_t number_size = 0; ///< 4 or 8 bytes
    std::size_t vectors = 0;
};

/// Writes the header of a file without its padding. The digits of the checksum are zeros.
template <class Net, class Out> constexpr void write_file_header(Out& out, const FilePlan& plan) noexcept {
    out("{\"__metadata__\":{\"");
    out(checksum_key);
    out("\":\"0000000000000000\",\"");
    out(net_key);
    out("\":\"");
    out(net_type<Net>);
    out("\",\"");
    out(version_key);
    out("\":\"" TENON_VERSION "\",\"format\":\"pt\"}");
    std::size_t begin = 0;
    const auto entry = [&](auto write_name, auto write_shape, std::size_t size) {
        out(",\"");
        write_name();
        out(plan.number_size == 4 ? "\":{\"dtype\":\"F32\",\"shape\":["
                                  : "\":{\"dtype\":\"F64\",\"shape\":[");
        write_shape();
        out("],\"data_offsets\":[");
        write_number(out, begin);
        out(",");
        write_number(out, begin += size * plan.number_size);
        out("]}");
    };
    for (std::size_t i = 0; i < net_tensors<Net>.size(); ++i) {
        const Tensor& tensor = net_tensors<Net>[i];
        entry([&] { write_json(out, file_name<Net>(plan.numbering, plan.names, i)); },
              [&] {
                  for (std::size_t axis = 0; axis < tensor.rank; ++axis) {
                      if (axis > 0) out(",");
                      write_number(out, tensor.shape[axis]);
                  }
              },
              tensor.size());
    }
    const auto vectors = [&](std::string_view name, std::size_t width) {
        if (plan.vectors == 0) return;
        entry([&] { out(name); },
              [&] {
                  write_number(out, plan.vectors);
                  out(",");
                  write_number(out, width);
              },
              plan.vectors * width);
    };
    vectors("x", Net::inputs);
    vectors("y", Net::outputs);
    out("}");
}
/// A name in JSON.
template <class Out> constexpr void write_json(Out& out, const FileName& name) noexcept {
    auto escaped = [&](std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const char& c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20) {
                out("\\u00");
                out(digits.substr(byte >> 4, 1));
                out(digits.substr(byte & 15, 1));
                continue;
            }
            if (c == '"' || c == '\\') out("\\");
            out(text_of(c));
        }
    };
    name.write(escaped);
}

/// The size of a header with padding, so that the data begin at a multiple of 8 bytes.
template <class Net> constexpr std::size_t padded_header_size(const FilePlan& plan) noexcept {
    Counter counter;
    write_file_header<Net>(counter, plan);
    return (counter.size + 7) / 8 * 8;
}
template <class Net> constexpr std::size_t file_size(const FilePlan& plan) noexcept {
    return 8 + padded_header_size<Net>(plan) +
           (file_numbers<Net> + plan.vectors * (Net::inputs + Net::outputs)) * plan.number_size;
}

/// Writes numbers in the plan's format, one after another.
template <class B> struct NumberWriter {
    B* at;
    std::size_t number_size;

    template <class T> constexpr void operator()(T value) noexcept {
        if (number_size == 4) write_bits(at, math::to_bits(static_cast<float>(value)));
        else write_bits(at, math::to_bits(static_cast<double>(value)));
        at += number_size;
    }
};

/// Writes a whole file of file_size(plan) bytes. `vectors(write)` calls write with each number of x, then of
/// y.
template <class Net, class B, class Vectors>
constexpr void write_net(const Net& net, B* bytes, const FilePlan& plan, Vectors vectors) noexcept {
    const std::size_t header = padded_header_size<Net>(plan);
    write_bits(bytes, static_cast<std::uint64_t>(header));
    std::size_t at = 8;
    auto out = [&](std::string_view text) {
        for (const char c : text) bytes[at++] = static_cast<B>(c);
    };
    write_file_header<Net>(out, plan);
    while (at < 8 + header) bytes[at++] = static_cast<B>(' ');

    NumberWriter<B> write{bytes + at, plan.number_size};
    const auto parameters = net.parameters();
    for (const FileTensor& tensor : net_tensors<Net>)
        for_each_element(tensor, [&](std::size_t p, std::size_t) {
            write(tensor.is_added ? typename Net::Scalar(0) : parameters[p]);
        });
    vectors(write);

    const ByteText<B> all{bytes, file_size<Net>(plan)};
    constexpr std::size_t digits = 8 + std::string_view{"{\"__metadata__\":{\""}.size() +
                                   checksum_key.size() + std::string_view{"\":\""}.size();
    const std::size_t behind = digits + checksum_digits;
    std::uint64_t hash = hash_bytes(hash_start, all.substr(0, digits));
    hash = mix(hash_bytes(hash, all.substr(behind, all.size() - behind)));
    for (std::size_t i = 0; i < checksum_digits; ++i, hash <<= 4)
        bytes[digits + i] = static_cast<B>("0123456789abcdef"[hash >> 60]);
}

template <class Net> inline constexpr FilePlan own_plan{.number_size = sizeof(typename Net::Scalar)};

} // namespace detail

/// The size of to_bytes(net), a constant.
template <class Net> inline constexpr std::size_t bytes_size = detail::file_size<Net>(detail::own_plan<Net>);

/// Writes the net to the front of `out` as a safetensors file, with the net's type and a checksum: for flash,
/// shared memory and sockets. Numbers are those of the net, F32 or F64, little-endian; out needs no
/// alignment. parse_safetensors and read_tensors read it. Returns bytes_size<Net>, or 0 if `out` is smaller:
/// nothing is then written.
template <class T, class... Layers, class B, std::size_t Size>
    requires detail::ByteType<B>
constexpr std::size_t to_bytes(const NetOf<T, Layers...>& net, std::span<B, Size> out) noexcept {
    using Net = NetOf<T, Layers...>;
    static_assert(
        misfit::span_too_small<misfit::net_takes_bytes<bytes_size<Net>>, misfit::but_given<Size>>::passes());
    if (out.size() < bytes_size<Net>) return 0;
    detail::write_net(net, out.data(), detail::own_plan<Net>, [](auto&) {});
    return bytes_size<Net>;
}
/// The same into an array.
template <class T, class... Layers, class B, std::size_t Size>
    requires detail::ByteType<B>
constexpr std::size_t to_bytes(const NetOf<T, Layers...>& net, std::array<B, Size>& out) noexcept {
    return to_bytes(net, std::span<B, Size>{out});
}
/// The bytes as a value.
template <class T, class... Layers>
constexpr std::array<std::byte, bytes_size<NetOf<T, Layers...>>> to_bytes(
    const NetOf<T, Layers...>& net) noexcept {
    std::array<std::byte, bytes_size<NetOf<T, Layers...>>> bytes{};
    to_bytes(net, bytes);
    return bytes;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
