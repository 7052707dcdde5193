// Reads the bytes of files, plain or gzip. Unpacking requires zlib at compile time, and -lz.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#if __has_include(<zlib.h>)
#include <zlib.h>
#endif

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Reads a file, or a pipe, from its beginning to its end.
class FileBytes {
    std::string file_;
    std::ifstream in_;

public:
    explicit FileBytes(const std::filesystem::path& path) : file_(path.string()) {
        errno = 0;
        in_.open(path, std::ios::binary);
        if (!in_) throw failed();
    }

    const std::string& file() const noexcept { return file_; }

    /// Returns the next bytes: `count` of them, or fewer at the end of the file.
    std::string read(std::size_t count) {
        constexpr std::size_t chunk = std::size_t{1} << 16;
        std::string bytes;
        while (bytes.size() < count && !in_.eof()) { // memory grows with the file, not with `count`
            const std::size_t before = bytes.size(), more = std::min(count - before, chunk);
            bytes.resize(before + more);
            errno = 0;
            in_.read(bytes.data() + before, static_cast<std::streamsize>(more));
            bytes.resize(before + static_cast<std::size_t>(in_.gcount()));
            if (!in_ && !in_.eof()) throw failed();
        }
        return bytes;
    }

private:
    Error failed() const {
        return {file_, "a file that can be read",
                errno ? std::generic_category().message(errno) : "a read error"};
    }
};

/// All bytes of a file. Throws Error if it cannot be read.
inline std::string read_bytes(const std::filesystem::path& path) {
    return FileBytes{path}.read(static_cast<std::size_t>(-1));
}

/// Whether data is gzip: decided by the first two bytes (RFC 1952), not by the file's name.
inline bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

#if __has_include(<zlib.h>)
/// Unpacks the members of a gzip file, one after another, and verifies their checksums. Zeros after a member
/// are padding, as for gzip.
class Gunzip {
    struct Inflate : z_stream {
        Inflate() : z_stream{} {
            constexpr int gzip_only = 16;
            if (inflateInit2(this, MAX_WBITS + gzip_only) != Z_OK) throw std::bad_alloc{};
        }
        Inflate(const Inflate&) = delete;
        Inflate& operator=(const Inflate&) = delete;
        ~Inflate() { inflateEnd(this); }
    };

    FileBytes& in_;
    std::string packed_;
    Inflate stream_;
    bool in_member_ = true;

public:
    Gunzip(FileBytes& in, std::string first) : in_(in), packed_(std::move(first)) { feed(); }

    /// Returns the next bytes: `count` of them, or fewer at the end of the file.
    std::string read(std::size_t count) {
        constexpr std::size_t chunk = std::size_t{1} << 16;
        std::string bytes;
        while (bytes.size() < count && (in_member_ || next_member())) {
            const std::size_t before = bytes.size();
            bytes.resize(before + std::min(count - before, chunk));
            stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + before);
            stream_.avail_out = static_cast<uInt>(bytes.size() - before);
            const bool fed = stream_.avail_in > 0 || refill();
            const int status = inflate(&stream_, Z_NO_FLUSH);
            bytes.erase(bytes.size() - stream_.avail_out);
            if (status == Z_MEM_ERROR) throw std::bad_alloc{};
            if (status == Z_BUF_ERROR || (status == Z_OK && !fed))
                throw Error{in_.file(), "complete gzip data", "truncated data"};
            if (status != Z_OK && status != Z_STREAM_END)
                throw Error{in_.file(), "complete gzip data", stream_.msg ? stream_.msg : "corrupt data"};
            in_member_ = status != Z_STREAM_END;
        }
        return bytes;
    }

private:
    void feed() {
        stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
        stream_.avail_in = static_cast<uInt>(packed_.size());
    }
    bool refill() {
        packed_ = in_.read(std::size_t{1} << 16);
        feed();
        return !packed_.empty();
    }

    /// Skips zeros and begins the next member. Returns false at the end of the file.
    bool next_member() {
        do {
            while (stream_.avail_in > 0 && *stream_.next_in == 0) {
                ++stream_.next_in;
                --stream_.avail_in;
            }
        } while (stream_.avail_in == 0 && refill());
        if (stream_.avail_in == 0) return false;
        if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc{};
        return in_member_ = true;
    }
};
#else
class Gunzip {
public:
    Gunzip(FileBytes& in, const std::string&) {
        throw Error{in.file(), "a plain file, since tenon was built without zlib", "gzip data"};
    }
    std::string read(std::size_t) { return {}; }
};
#endif

/// Reads a file's bytes, unpacked if it is gzip. Unpacks no more than is read.
class UnpackedBytes {
    FileBytes in_;
    std::string start_;
    std::optional<Gunzip> gunzip_;

public:
    explicit UnpackedBytes(const std::filesystem::path& path) : in_(path), start_(in_.read(2)) {
        if (is_gzip(start_)) gunzip_.emplace(in_, std::exchange(start_, {}));
    }

    const std::string& file() const noexcept { return in_.file(); }

    /// Returns the next bytes: `count` of them, or fewer at the end of the file.
    std::string read(std::size_t count) {
        if (gunzip_) return gunzip_->read(count);
        std::string bytes = std::exchange(start_, start_.substr(std::min(count, start_.size())));
        bytes.resize(std::min(count, bytes.size()));
        return bytes += in_.read(count - bytes.size());
    }
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
