// Messages of protocol buffers, written. Their wire format is 30 lines, while the library of protobuf is
// large, has to be linked, and must match the compiler of the schema in its version.
#pragma once

#include <tenon/version.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The least significant byte first, on every CPU.
template <class T> void append_little_endian(std::string& to, T value) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(T) == sizeof(Bits));
    const Bits bits = std::bit_cast<Bits>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>(bits >> 8 * i & 0xff);
}

/// A message: fields of a number and a value, one after another
/// (https://protobuf.dev/programming-guides/encoding). A field given again is repeated.
class Protobuf {
    std::string bytes_;

public:
    /// A field of the wire type varint: int32, int64, bool, enum. Not negative.
    Protobuf& number(unsigned field, std::uint64_t value) & {
        varint(field << 3 | 0u);
        varint(value);
        return *this;
    }
    /// A field float.
    Protobuf& real(unsigned field, float value) & {
        varint(field << 3 | 5u);
        append_little_endian(bytes_, value);
        return *this;
    }
    /// A field string or bytes, or a message within this one.
    Protobuf& text(unsigned field, std::string_view value) & {
        varint(field << 3 | 2u);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    Protobuf& message(unsigned field, const Protobuf& value) & { return text(field, value.bytes_); }

    const std::string& bytes() const noexcept { return bytes_; }

private:
    void varint(std::uint64_t value) {
        for (; value > 0x7f; value >>= 7) bytes_ += static_cast<char>(0x80 | (value & 0x7f));
        bytes_ += static_cast<char>(value);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
