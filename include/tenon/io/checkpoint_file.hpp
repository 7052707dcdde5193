// The format of checkpoints: named parts with a header and a checksum.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

// A checkpoint. Numbers have the byte order and the layout of the machine that writes it.
//   8 bytes   tenonckp
//   uint32    0x01020304: the byte order
//   uint32    version of the format: 1
//   uint64    size of the file in bytes
//   parts, each:
//     uint32  size of its name, then the name
//     uint64  size of its contents, then the contents
//   uint32    CRC-32 (that of gzip) of all bytes before it
// Parts in this order: net, loss, optimizer, batch_size (texts: the types of the trainer); parameters
// (numbers), settings (the optimizer), state (of the optimizer), steps (seed and number of steps, if a layer
// uses them), progress (of fit); best (numbers), if it was given.
inline constexpr std::string_view checkpoint_magic = "tenonckp";
inline constexpr std::uint32_t checkpoint_byte_order = 0x01020304, checkpoint_version = 1;
inline constexpr std::size_t checkpoint_header = 24;

/// CRC-32 of gzip: polynomial 0xedb88320, reflected.
inline std::uint32_t crc32_of(std::string_view bytes) noexcept {
    static constexpr std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> all{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t crc = i;
            for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
            all[i] = crc;
        }
        return all;
    }();
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
    return ~crc;
}

class CheckpointWriter {
public:
    CheckpointWriter() {
        bytes_ = checkpoint_magic;
        number(checkpoint_byte_order);
        number(checkpoint_version);
        number(std::uint64_t{0}); // the size, set by finish
    }

    void part(std::string_view name, std::string_view contents) {
        number(static_cast<std::uint32_t>(name.size()));
        bytes_ += name;
        number(std::uint64_t{contents.size()});
        bytes_ += contents;
    }
    void text(std::string_view name, const std::string& value) { part(name, value); }

    /// Returns the file.
    std::string finish() {
        const std::uint64_t size = bytes_.size() + sizeof(std::uint32_t);
        std::memcpy(bytes_.data() + checkpoint_header - sizeof size, &size, sizeof size);
        number(crc32_of(bytes_));
        return bytes_;
    }

private:
    template <class Number> void number(Number value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        bytes_.append(bytes, sizeof value);
    }

    std::string bytes_;
};

/// Reads the parts one after another. Every function throws Error if the file is not as it should be.
class CheckpointReader {
public:
    /// Checks header, size and checksum. Refers to `bytes`.
    CheckpointReader(std::string file, std::string_view bytes) : file_(std::move(file)), left_(bytes) {
        if (!bytes.starts_with(checkpoint_magic))
            throw refused("a checkpoint, which begins with tenonckp", quote(bytes.substr(0, 8)));
        if (bytes.size() < checkpoint_header + sizeof(std::uint32_t))
            throw refused("a checkpoint with a header of 24 bytes", size_of(bytes.size()));
        left_.remove_prefix(checkpoint_magic.size());
        if (const auto order = number<std::uint32_t>(); order != checkpoint_byte_order)
            throw refused("a checkpoint in the byte order of this machine", "another byte order");
        if (const auto version = number<std::uint32_t>(); version != checkpoint_version)
            throw refused("version 1 of checkpoints", "version " + std::to_string(version));
        if (const auto size = number<std::uint64_t>(); size != bytes.size())
            throw refused("a checkpoint of " + size_of(size), size_of(bytes.size()));
        left_.remove_suffix(sizeof(std::uint32_t));
        std::uint32_t stored;
        std::memcpy(&stored, bytes.data() + bytes.size() - sizeof stored, sizeof stored);
        if (stored != crc32_of(bytes.substr(0, bytes.size() - sizeof stored)))
            throw refused("a checkpoint that is as it was written", "another checksum: it is damaged");
    }

    bool at_end() const noexcept { return left_.empty(); }

    /// The contents of the next part, which must have this name and size.
    std::string_view part(std::string_view name, std::size_t size) {
        const std::string_view contents = next(name);
        if (contents.size() != size)
            throw refused(std::string{name} + " of " + size_of(size), size_of(contents.size()));
        return contents;
    }
    /// The next part must be this text.
    void require(std::string_view name, const std::string& wanted) {
        const std::string_view found = next(name);
        if (found != wanted) throw refused("the " + std::string{name} + ' ' + wanted, short_text(found));
    }

    Error refused(const std::string& wanted, const std::string& found) const {
        return {file_, wanted, found};
    }

private:
    static std::string size_of(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

    /// For a message: types may be long, and a damaged file may contain anything.
    static std::string short_text(std::string_view text) {
        std::string out;
        for (const char c : text.substr(0, 300)) out += c >= ' ' && c <= '~' ? c : '?';
        return text.size() > 300 ? out + "..." : out.empty() ? "nothing" : out;
    }

    template <class Number> Number number() {
        Number value;
        if (left_.size() < sizeof value) throw refused("a complete checkpoint", "its end within a part");
        std::memcpy(&value, &left_.front(), sizeof value);
        left_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view take(std::uint64_t size) {
        if (left_.size() < size) throw refused("a complete checkpoint", "its end within a part");
        const std::string_view part = left_.substr(0, static_cast<std::size_t>(size));
        left_.remove_prefix(part.size());
        return part;
    }
    std::string_view next(std::string_view name) {
        if (at_end()) throw refused("the part " + std::string{name}, "the end of the file");
        const std::string_view found = take(number<std::uint32_t>());
        if (found != name) throw refused("the part " + std::string{name}, quote(found));
        return take(number<std::uint64_t>());
    }

    std::string file_;
    std::string_view left_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
