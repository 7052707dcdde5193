// load: reads the parameters of a net from a file, whose format follows from its content.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/net.hpp>
#if __has_include(<nlohmann/json.hpp>)
#include <tenon/io/rtneural.hpp>
#endif

#include <filesystem>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether a file begins as an object of JSON does: with white space and {.
inline bool is_json(std::string_view bytes) noexcept {
    const auto first = bytes.find_first_not_of(" \t\r\n");
    return first != bytes.npos && bytes[first] == '{';
}

} // namespace detail

/// Reads the parameters of a net from a file in RTNeural's JSON (rtneural.hpp). Throws Error; the net is then
/// unchanged.
template <class T, class... Layers> void load(NetOf<T, Layers...>& net, const std::filesystem::path& path) {
    const std::string file = path.string(), bytes = detail::read_bytes(path);
    if (!detail::is_json(bytes)) throw Error{file, "RTNeural's JSON", detail::quote(bytes)};
#if __has_include(<nlohmann/json.hpp>)
    detail::load_rtneural(net, file, bytes);
#else
    throw Error{file, "another format, since tenon was built without nlohmann-json", "JSON"};
#endif
}

/// The same, of a new net: auto amp = load<Amp>("amp.json").
template <class Net>
    requires detail::IsNet<Net>
Net load(const std::filesystem::path& path) {
    Net net;
    load(net, path);
    return net;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
