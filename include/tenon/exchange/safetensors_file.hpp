// SafetensorsFile: the bytes of a safetensors file, and its entries one after another.
#pragma once

#include <tenon/exchange/checksum.hpp>
#include <tenon/exchange/json.hpp>
#include <tenon/exchange/message.hpp>
#include <tenon/exchange/number_format.hpp>
#include <tenon/exchange/tensor_entry.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The keys of tenon in __metadata__. The checksum is that of all other bytes of the file.
inline constexpr std::string_view net_key = "tenon.net", version_key = "tenon.version",
                                  checksum_key = "tenon.checksum";
inline constexpr std::size_t checksum_digits = 16;

/// Reads the entries of a header in their order: `while (file.next(entry))`, then `file.error`. The format:
/// 8 bytes with the size of the header, little-endian, the header in JSON, and the data of the tensors.
/// Nothing is kept but positions, so any file is read in time that is proportional to its size.
template <class B> class SafetensorsFile {
    ByteText<B> bytes_;
    std::uint64_t header_size_ = 0;
    JsonReader<B> json_{ByteText<B>{}};
    bool is_first_ = true, has_metadata_ = false;
    std::uint64_t edges_ = 0;

public:
    Message error;
    JsonString<B> net, version, checksum; ///< of __metadata__
    bool has_net = false, has_version = false, has_checksum = false;

    constexpr explicit SafetensorsFile(ByteText<B> bytes) noexcept : bytes_(bytes) { open(); }

    /// The bytes of the tensors.
    constexpr const B* data() const noexcept { return bytes_.bytes + 8 + header_size_; }
    constexpr std::size_t data_size() const noexcept {
        return bytes_.size() - 8 - static_cast<std::size_t>(header_size_);
    }

    /// Reads the next tensor. Returns false after the last, or if there is an error.
    constexpr bool next(TensorEntry<B>& entry) noexcept {
        for (;;) {
            if (!error.empty()) return false;
            if (json_.take('}')) {
                if (!json_.at_end()) expect("the end of the header");
                return false;
            }
            if (!is_first_ && !json_.take(',')) return expect("a comma or }"), false;
            is_first_ = false;
            JsonString<B> key;
            if (!json_.take(key)) return expect("a name in quotes"), false;
            if (!json_.take(':') || !json_.take('{')) return expect(": and {"), false;
            if (key == "__metadata__") {
                read_metadata();
                continue;
            }
            entry = {};
            entry.name = key;
            return read_tensor(entry);
        }
    }

    /// Whether the tensors that were read follow one another without gaps, and fill the data: the positions
    /// at which one begins, and the end of the data, are those at which one ends, and 0. Both are compared as
    /// sums of hashes, without a table.
    constexpr bool is_filled() const noexcept { return edges_ + mix(data_size()) == mix(0); }

    /// The checksum of all bytes but the digits of the checksum.
    constexpr std::uint64_t computed_checksum() const noexcept {
        const std::size_t at = static_cast<std::size_t>(checksum.escaped().bytes - bytes_.bytes),
                          behind = at + checksum.escaped().size();
        const std::uint64_t head = hash_bytes(hash_start, bytes_.substr(0, at));
        return mix(hash_bytes(head, bytes_.substr(behind, bytes_.size() - behind)));
    }

    /// The message that entry is not as wanted: name: wanted ..., found ...
    template <class... Pieces>
    constexpr void fail_at(const JsonString<B>& name, const Pieces&... pieces) noexcept {
        error = {};
        name.escaped().size() == 0 ? error("tensor \"\"") : write_name(name);
        error(": ");
        (error(pieces), ...);
    }
    template <class... Pieces> constexpr void fail(const Pieces&... pieces) noexcept {
        error = message_of(pieces...);
    }

private:
    constexpr void open() noexcept {
        constexpr std::uint64_t max_header = 100'000'000; // that of the safetensors package
        if (bytes_.size() < 8)
            return fail("wanted a safetensors file, which has at least 8 bytes, found ", bytes_.size());
        header_size_ = read_bits<std::uint64_t>(bytes_.bytes);
        if (header_size_ > max_header || header_size_ > bytes_.size() - 8) {
            if (bytes_[0] == '{')
                return fail("wanted a safetensors file, found other text that begins with {");
            if (bytes_.size() > 8 && bytes_[8] != '{')
                return fail("wanted a safetensors file, found another format");
            return fail("wanted a header of at most ",
                        bytes_.size() - 8 < max_header ? bytes_.size() - 8
                                                       : static_cast<std::size_t>(max_header),
                        " bytes, found that it has ", static_cast<std::size_t>(header_size_));
        }
        json_ = JsonReader<B>{bytes_.substr(8, static_cast<std::size_t>(header_size_))};
        if (header_size_ == 0 || bytes_[8] != '{' || !json_.take('{')) return expect("{");
    }

    constexpr void expect(std::string_view wanted) noexcept {
        fail("header, byte ", json_.position(), ": wanted ", wanted, ", found ");
        const std::size_t at = 8 + json_.position();
        const bool at_end = json_.position() >= header_size_;
        if (at_end) error("its end");
        else error.quote(bytes_.substr(at, 1));
    }
    /// Names of ordinary characters are written without quotes.
    constexpr void write_name(const JsonString<B>& name) noexcept {
        bool is_plain = name.escaped().size() <= 60;
        for (std::size_t i = 0; i < name.escaped().size() && is_plain; ++i)
            is_plain = is_word_character(name.escaped()[i]) || name.escaped()[i] == '.';
        if (!is_plain) return error.quote(name.escaped());
        for (std::size_t i = 0; i < name.escaped().size(); ++i) {
            const char c = name.escaped()[i];
            error(text_of(c));
        }
    }

    constexpr void read_metadata() noexcept {
        if (has_metadata_) return fail("__metadata__: wanted one, found two");
        has_metadata_ = true;
        bool first = true;
        while (!json_.take('}')) {
            JsonString<B> key, value;
            if (!first && !json_.take(',')) return expect("a comma or }");
            first = false;
            if (!json_.take(key)) return expect("a name in quotes");
            if (!json_.take(':') || !json_.take(value)) return expect("a colon and text in quotes");
            const auto keep = [&](std::string_view name, JsonString<B>& to, bool& has) {
                if (!(key == name)) return;
                if (has) return fail("__metadata__, ", name, ": wanted one, found two");
                to = value;
                has = true;
            };
            keep(net_key, net, has_net);
            keep(version_key, version, has_version);
            keep(checksum_key, checksum, has_checksum);
            if (!error.empty()) return;
        }
    }

    constexpr bool read_tensor(TensorEntry<B>& entry) noexcept {
        bool has_format = false, has_shape = false, has_data = false, first = true;
        while (!json_.take('}')) {
            JsonString<B> key;
            if (!first && !json_.take(',')) return expect("a comma or }"), false;
            first = false;
            if (!json_.take(key)) return expect("a name in quotes"), false;
            if (!json_.take(':')) return expect("a colon"), false;
            bool* has = key == "dtype"          ? &has_format
                        : key == "shape"        ? &has_shape
                        : key == "data_offsets" ? &has_data
                                                : nullptr;
            if (!has || *has) {
                fail_at(entry.name, "wanted dtype, shape and data_offsets, each once, found ");
                error.quote(key.escaped());
                return false;
            }
            *has = true;
            if (!(has == &has_format  ? read_format(entry)
                  : has == &has_shape ? read_shape(entry)
                                      : read_offsets(entry)))
                return false;
        }
        if (!has_format || !has_shape || !has_data) {
            constexpr std::string_view keys[] = {"dtype", "shape", "data_offsets"};
            fail_at(entry.name, "wanted dtype, shape and data_offsets, found no ",
                    keys[!has_format  ? 0
                         : !has_shape ? 1
                                      : 2]);
            return false;
        }
        return check_size(entry);
    }

    constexpr bool read_format(TensorEntry<B>& entry) noexcept {
        JsonString<B> name;
        if (!json_.take(name)) return expect("a number format in quotes"), false;
        for (const NamedFormat& format : number_formats)
            if (name == format.name) {
                entry.format = format;
                return true;
            }
        fail_at(entry.name, "wanted a number format of safetensors such as F32, found ");
        error.quote(name.escaped());
        return false;
    }
    constexpr bool read_shape(TensorEntry<B>& entry) noexcept {
        if (!json_.take('[')) return expect("["), false;
        bool is_too_large = false;
        while (!json_.take(']')) {
            if (entry.rank > 0 && !json_.take(',')) return expect("a comma or ]"), false;
            std::uint64_t size = 0;
            if (!json_.take(size)) return expect("a whole number below 2^64"), false;
            if (entry.rank < entry.max_rank) entry.shape[entry.rank] = size;
            ++entry.rank;
            is_too_large = is_too_large || (size > 0 && entry.size > ~std::uint64_t{0} / 8 / size);
            if (!is_too_large) entry.size *= size;
        }
        if (!is_too_large) return true;
        fail_at(entry.name, "wanted a shape of less than 2^61 numbers, found ");
        entry.write_shape(error);
        return false;
    }
    constexpr bool read_offsets(TensorEntry<B>& entry) noexcept {
        if (!json_.take('[') || !json_.take(entry.begin) || !json_.take(',') || !json_.take(entry.end) ||
            !json_.take(']'))
            return expect("two whole numbers below 2^64 in brackets"), false;
        return true;
    }
    constexpr bool check_size(TensorEntry<B>& entry) noexcept {
        const auto text = [](std::uint64_t number) { return static_cast<std::size_t>(number); };
        if (entry.begin > entry.end || entry.end > data_size()) {
            fail_at(entry.name, "wanted bytes within the ", data_size(), " bytes of data, found [",
                    text(entry.begin), ", ", text(entry.end), "]");
            return false;
        }
        if (entry.end - entry.begin != entry.size * entry.format.size) {
            fail_at(entry.name, "wanted ", text(entry.size * entry.format.size), " bytes for ",
                    entry.format.name, " of shape ");
            entry.write_shape(error);
            error(", found ");
            error(text(entry.end - entry.begin));
            return false;
        }
        if (entry.begin != entry.end) edges_ += mix(entry.begin) - mix(entry.end);
        return true;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
