// Whole files in memory: plain bytes, and gzip where zlib is installed (link with -lz to unpack).
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#if __has_include(<zlib.h>)
#include <zlib.h>
#endif

namespace tenon::inline TENON_ABI {

/// All bytes of a file, pipes included.
inline std::string read_bytes(const std::filesystem::path& path) {
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    std::string bytes;
    std::vector<char> chunk(std::size_t{1} << 16);
    while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0)
        bytes.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (!in.eof()) {
        const std::string reason = errno ? std::generic_category().message(errno) : "a read error";
        throw Error{path.string(), "a file that can be read", reason};
    }
    return bytes;
}

/// gzip is told by its first two bytes (RFC 1952), whatever the file is called.
inline bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

#if __has_include(<zlib.h>)
/// What a gzip file of one or more members holds; the checksums are verified. `file` is named in errors.
inline std::string unpack_gzip(std::string packed, const std::string& file) {
    struct Inflate : z_stream {
        Inflate() : z_stream{} {
            constexpr int gzip_only = 16;
            if (inflateInit2(this, MAX_WBITS + gzip_only) != Z_OK) throw std::bad_alloc{};
        }
        Inflate(const Inflate&) = delete;
        Inflate& operator=(const Inflate&) = delete;
        ~Inflate() { inflateEnd(this); }
    } stream;

    std::string bytes;
    std::vector<char> chunk(std::size_t{1} << 16);
    std::size_t fed = 0;
    for (int status = Z_OK; status != Z_STREAM_END;) {
        if (stream.avail_in == 0) {
            stream.next_in = reinterpret_cast<Bytef*>(packed.data() + fed);
            stream.avail_in = static_cast<uInt>(std::min(packed.size() - fed, std::size_t{1} << 30));
            fed += stream.avail_in;
        }
        stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
        stream.avail_out = static_cast<uInt>(chunk.size());
        status = inflate(&stream, Z_NO_FLUSH);
        bytes.append(chunk.data(), chunk.size() - stream.avail_out);
        if (status == Z_BUF_ERROR) throw Error{file, "whole gzip data", "that it ends too early"};
        if (status == Z_MEM_ERROR) throw std::bad_alloc{};
        if (status != Z_OK && status != Z_STREAM_END)
            throw Error{file, "whole gzip data", stream.msg ? stream.msg : "data that is corrupt"};
        const bool another_member = stream.avail_in > 0 || fed < packed.size();
        if (status == Z_STREAM_END && another_member) status = inflateReset(&stream);
    }
    return bytes;
}
#else
inline std::string unpack_gzip(std::string, const std::string& file) {
    throw Error{file, "a plain file, since tenon was built without zlib", "gzip data"};
}
#endif

/// All bytes of a file, unpacked where it is gzip.
inline std::string read_unpacked(const std::filesystem::path& path) {
    std::string bytes = read_bytes(path);
    return is_gzip(bytes) ? unpack_gzip(std::move(bytes), path.string()) : bytes;
}

} // namespace tenon
