// parse_safetensors: bytes in memory to a net, at run time and by the compiler.
#pragma once

#include <tenon/exchange/read_tensors.hpp>
#include <tenon/misfit/bytes.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

// A constant expression that calls it does not compile, and clang's message shows the sentence's beginning.
[[noreturn, gnu::cold, gnu::noinline]] inline void bytes_do_not_fit_the_net(const Message&) noexcept {
    __builtin_trap();
}
constexpr void require_fit(Message error) noexcept {
    if (!error.empty()) bytes_do_not_fit_the_net(error);
}

} // namespace detail

/// What parse_safetensors returns: the net, or the error: which tensor, what was wanted, what was found.
/// Converts to bool: whether there is no error.
template <class Net> struct ParsedNet {
    Net net;         ///< all zeros if there is an error
    Message error;   ///< empty if all is well
    Message warning; ///< numbers that are not finite; empty if there are none

    constexpr explicit operator bool() const noexcept { return error.empty(); }

    /// The net. If there is an error, a constant expression does not compile, and a program ends.
    constexpr const Net& value() const noexcept {
        detail::require_fit(error);
        return net;
    }
};

/// Reads the parameters of a net from a safetensors file in memory: an array, a span, a string of char,
/// unsigned char or std::byte. Everything is checked before anything is taken; no heap, no exceptions. See
/// ReadOptions for other names.
///     constexpr auto parsed = parse_safetensors<Xor>(bytes);
template <class Net, class Bytes>
    requires detail::ByteRange<Bytes>
constexpr ParsedNet<Net> parse_safetensors(const Bytes& bytes, const ReadOptions& options = {}) noexcept {
    ParsedNet<Net> parsed;
    const ReadReport report = read_tensors(bytes, parsed.net, options);
    parsed.error = report.error;
    parsed.warning = report.warning;
    return parsed;
}

namespace detail {
template <class Net, const auto& Bytes> struct ConstantNet {
    static constexpr ParsedNet<Net> parsed = parse_safetensors<Net>(Bytes);

    /// misfit::says<...> with the characters of the error.
    template <std::size_t... I> static consteval auto words(std::index_sequence<I...>) {
#ifdef __clang__
        return std::type_identity<misfit::says<parsed.error.data()[I]...>>{};
#else
        return std::type_identity<
            misfit::says<misfit::text<sizeof...(I) + 1>{{parsed.error.data()[I]..., '\0'}}>>{};
#endif
    }
};
} // namespace detail

/// The same for a constant: `constexpr Xor net = parse_safetensors<Xor, bytes>();` of an array that has
/// static storage. Bytes that do not fit are a compile error that says what the error would.
template <class Net, const auto& Bytes> consteval Net parse_safetensors() {
    using Constant = detail::ConstantNet<Net, Bytes>;
    if constexpr (!Constant::parsed.error.empty()) {
        using Words = decltype(Constant::words(std::make_index_sequence<Constant::parsed.error.size()>{}));
        static_assert(misfit::bytes_mismatch<typename Words::type>::passes());
    }
    return Constant::parsed.net;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
