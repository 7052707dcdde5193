// Checksums of bytes and of a net's parameters: 64 bits, the same on every CPU.
#pragma once

#include <tenon/exchange/json.hpp>
#include <tenon/net.hpp>
#include <tenon/simd/strict.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

inline constexpr std::uint64_t hash_start = 0xcbf29ce484222325, hash_factor = 0x100000001b3;

/// Adds a word to a hash: FNV-1a over words of 64 bits. For each word it is one-to-one in `hash`, so a change
/// of a single word always changes the result.
constexpr std::uint64_t hash_word(std::uint64_t hash, std::uint64_t word) noexcept {
    return (hash ^ word) * hash_factor;
}
/// Mixes the bits, so that they differ in about half of their places. One-to-one.
constexpr std::uint64_t mix(std::uint64_t hash) noexcept {
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
    return hash ^ hash >> 32;
}

/// Bytes by words; the last is filled with zeros.
template <class B> constexpr std::uint64_t hash_bytes(std::uint64_t hash, ByteText<B> text) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(text.bytes[i]));
    };
    std::size_t i = 0;
    for (; i + 8 <= text.count; i += 8) // in one expression: compilers make one load of it
        hash = hash_word(hash, byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24 |
                                   byte(i + 4) << 32 | byte(i + 5) << 40 | byte(i + 6) << 48 |
                                   byte(i + 7) << 56);
    std::uint64_t last = 0;
    for (std::size_t shift = 0; i < text.count; ++i, shift += 8) last |= byte(i) << shift;
    return hash_word(hash_word(hash, last), text.count);
}

/// An array of T as words of 64 bits; without padding, so that the values can be cast to it.
template <std::size_t Count, bool HasHalf> struct Words {
    std::uint64_t whole[Count];
};
template <std::size_t Count> struct [[gnu::packed]] Words<Count, true> {
    std::uint64_t whole[Count];
    std::uint32_t half;
};

/// The hash of an array by words, in a constant expression. A read takes a compiler about a microsecond
/// there, so all values are cast to words at once, in a plain array, and one statement does what eight rounds
/// of the loop would. F is hash_factor: compilers read a parameter of a template faster than a variable.
template <class T, std::size_t Size, std::uint64_t F = hash_factor>
constexpr std::uint64_t hash_at_once(const T (&values)[Size]) noexcept {
    constexpr std::size_t count = Size * sizeof(T) / sizeof(std::uint64_t);
    constexpr bool has_half = Size * sizeof(T) % sizeof(std::uint64_t) != 0;
    const auto words = std::bit_cast<Words<count, has_half>>(values);
    const auto& w = words.whole;
    std::uint64_t h = hash_start;
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        h = ((((h ^ w[i]) * F ^ w[i + 1]) * F ^ w[i + 2]) * F ^ w[i + 3]) * F;
        h = ((((h ^ w[i + 4]) * F ^ w[i + 5]) * F ^ w[i + 6]) * F ^ w[i + 7]) * F;
    }
    for (; i < count; ++i) h = (h ^ w[i]) * F;
    if constexpr (has_half) h = (h ^ words.half) * F;
    return h;
}

} // namespace detail

/// The checksum of a net's parameters, in their order, by their bits: the same on every CPU, also in constant
/// expressions. Two parameters of a float net, or one of a double net, are one word of 64 bits.
template <class T, class... Layers>
constexpr std::uint64_t checksum(const NetOf<T, Layers...>& net) noexcept {
    constexpr std::size_t size = sizeof(net.values_is_an_implementation_detail_) / sizeof(T),
                          per_word = sizeof(std::uint64_t) / sizeof(T);
    if constexpr (std::endian::native == std::endian::little)
        if (std::is_constant_evaluated())
            return detail::mix(detail::hash_at_once(net.values_is_an_implementation_detail_));
    const T* const p = net.values_is_an_implementation_detail_;
    std::uint64_t hash = detail::hash_start;
    for (std::size_t i = 0; i < size; i += per_word) {
        std::uint64_t word = math::to_bits(p[i]);
        if constexpr (per_word == 2)
            if (i + 1 < size) word |= static_cast<std::uint64_t>(math::to_bits(p[i + 1])) << 32;
        hash = detail::hash_word(hash, word);
    }
    return detail::mix(hash);
}

/// Whether checksum(net) is `wanted`. In a static_assert, this takes clang a third of the time of
/// checksum(net) == wanted, whose operands it evaluates for its warnings, too.
template <class T, class... Layers>
constexpr bool has_checksum(const NetOf<T, Layers...>& net, std::uint64_t wanted) noexcept {
    return checksum(net) == wanted;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
