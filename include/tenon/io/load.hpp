// load: reads the parameters of a net from a file, whose format follows from its content.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/rtneural.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/net.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether a file begins as an object of JSON does: with white space and {. A damaged safetensors file may,
/// too, but its first 8 bytes are the size of a header, of which the last are 0.
inline bool is_json(std::string_view bytes) noexcept {
    const auto first = bytes.find_first_not_of(" \t\r\n");
    return first != bytes.npos && bytes[first] == '{' && bytes.substr(0, 8).find('\0') == bytes.npos;
}

} // namespace detail

/// Reads the parameters of a net from a safetensors file, or from RTNeural's JSON (rtneural.hpp). Every
/// tensor is checked for name, shape and number format before any is taken: if it throws Error, which names
/// file, tensor, wanted and found, the net is as before.
template <class T, class... Layers>
LoadReport load(NetOf<T, Layers...>& net, const std::filesystem::path& path,
                const LoadOptions& options = {}) {
    const std::string bytes = detail::read_bytes(path);
    const bool is_json = !detail::is_safetensors(bytes) && detail::is_json(bytes);
    if (!is_json) return detail::load_safetensors(net, path, bytes, options);
    detail::load_rtneural(net, path.string(), bytes);
    return {};
}

/// The same, of a new net: auto net = load<Xor>("xor.safetensors").
template <class Net>
    requires detail::IsNet<Net>
Net load(const std::filesystem::path& path, const LoadOptions& options = {}) {
    Net net;
    load(net, path, options);
    return net;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
