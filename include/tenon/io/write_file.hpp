// Whole files written, so that an old file stays as it is until the new one is complete.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace tenon::inline TENON_ABI {

/// Writes `text` beside the file, as file.part, and renames it. Throws Error, with the old file untouched.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::path part = path;
    part += ".part";
    const auto failed = [&](const std::string& reason) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        return Error{path.string(), "a file that can be written", reason};
    };
    errno = 0;
    std::ofstream out{part, std::ios::binary};
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) throw failed(errno ? std::generic_category().message(errno) : "a write error");
    std::error_code error;
    std::filesystem::rename(part, path, error);
    if (error) throw failed(error.message());
}

} // namespace tenon
