// write_file: writes a whole file; an old file stays as it is until the new one is complete.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <unistd.h>
#endif

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether a written file must be on the disk when write_file returns, so that it survives a power failure.
enum class Durability { usual, synced };

/// Waits until what was written to a folder, or to an open file, is on the disk. Does nothing without POSIX.
inline bool sync_file([[maybe_unused]] std::FILE* file) {
#if __has_include(<unistd.h>)
    return std::fflush(file) == 0 && fsync(fileno(file)) == 0;
#else
    return std::fflush(file) == 0;
#endif
}
/// Errors are ignored: the renamed file is complete, and some file systems cannot sync a folder.
inline void sync_folder([[maybe_unused]] const std::filesystem::path& folder) {
#if __has_include(<unistd.h>)
    const int opened = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) return;
    static_cast<void>(fsync(opened));
    close(opened);
#endif
}

/// A new file with a unique name in the folder of `path`. The destructor removes it, unless it was renamed.
class TemporaryFile {
    std::filesystem::path path_;
    std::FILE* file_ = nullptr;

public:
    explicit TemporaryFile(const std::filesystem::path& path) {
        auto number = std::chrono::system_clock::now().time_since_epoch().count();
        do {
            path_ = path.parent_path() / (".tenon-" + std::to_string(number++) + ".part");
            errno = 0;
            file_ = std::fopen(path_.string().c_str(), "wbx"); // x: never opens an existing file
        } while (!file_ && errno == EEXIST);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (file_) std::fclose(file_);
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove(path_, ignored);
    }

    bool is_open() const noexcept { return file_ != nullptr; }
    const std::filesystem::path& path() const noexcept { return path_; }

    bool write(std::string_view text, Durability durability) {
        errno = 0;
        const bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size() &&
                             (durability == Durability::usual || sync_file(file_));
        const int reason = errno;
        const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
        if (!written) errno = reason;
        return written && closed;
    }

    std::error_code rename_to(const std::filesystem::path& path) {
        std::error_code error;
        std::filesystem::rename(path_, path, error);
        if (!error) path_.clear();
        return error;
    }
};

/// Follows symbolic links to the last target, which need not exist. Returns the path itself if it is no link.
inline std::filesystem::path without_links(std::filesystem::path path) {
    for (int links = 0; links < 40 && std::filesystem::is_symlink(std::filesystem::symlink_status(path));
         ++links)
        path = path.parent_path() / std::filesystem::read_symlink(path);
    return path;
}

/// Writes `text` to a new file beside the old one, and renames it: a reader sees the whole old text or the
/// whole new one. A symbolic link stays, and its target is replaced. The file keeps its mode. A path that is
/// no regular file, such as /dev/stdout, is written to directly. Throws Error; the old file is then
/// unchanged, and no other file is left beside it.
inline void write_file(const std::filesystem::path& path, std::string_view text,
                       Durability durability = Durability::usual) {
    namespace fs = std::filesystem;
    const auto failed = [&](const std::string& reason) {
        return Error{path.string(), "a file that can be written", reason};
    };
    const auto last_error = [] {
        return errno ? std::generic_category().message(errno) : std::string{"a write error"};
    };
    try {
        const fs::file_status old = fs::status(path);
        const bool replaces = fs::is_regular_file(old);
        if (fs::exists(old)) {
            errno = 0;
            std::ofstream out{path, std::ios::binary | std::ios::app}; // changes nothing yet
            if (!out) throw failed(last_error());
            if (!replaces) {
                out.write(text.data(), static_cast<std::streamsize>(text.size()));
                out.close();
                if (!out) throw failed(last_error());
                return;
            }
        }
        const fs::path target = without_links(path);
        TemporaryFile file{target};
        if (!file.is_open()) throw failed(last_error());
        if (replaces) fs::permissions(file.path(), old.permissions());
        if (!file.write(text, durability)) throw failed(last_error());
        if (const std::error_code error = file.rename_to(target)) throw failed(error.message());
        if (durability == Durability::synced) sync_folder(target.parent_path());
    } catch (const fs::filesystem_error& error) {
        throw failed(error.code().message());
    }
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
