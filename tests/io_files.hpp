// Files for the tests of tenon/io: written ones in a temporary folder, and real ones in TENON_DATA.
#pragma once

#include <tenon/data/dataset.hpp>
#include <tenon/io/error.hpp>

#include "catch.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

/// A temporary folder, removed by the destructor.
class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("tenon-" + std::to_string(getpid()) + "-" + std::to_string(++count))) {
        std::filesystem::create_directories(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path write(const std::string& name, std::string_view bytes) const {
        std::ofstream{path_ / name, std::ios::binary} << bytes;
        return path_ / name;
    }
    std::filesystem::path path() const { return path_; }

private:
    std::filesystem::path path_;
    static inline int count = 0;
};

/// The message of the Error that `read` must throw.
template <class Read> std::string message_of(Read read) {
    try {
        read();
    } catch (const tenon::Error& error) {
        return error.what();
    }
    return "no error";
}

/// Whether a dataset's sizes agree, whatever its values are.
inline bool is_consistent(const tenon::Dataset& data) {
    return data.size() > 0 && data.inputs.size() == data.size() * data.input_width &&
           data.targets.size() == data.size() * data.target_width;
}

/// Checks that `read` throws Error or returns a consistent dataset, for every prefix of `bytes`, and for
/// `bytes` with a byte replaced, inserted or removed. Returns the number of refused files.
template <class Read> int check_damaged(const Folder& folder, const std::string& bytes, Read read) {
    int refused = 0;
    const auto check = [&](const std::string& damaged) {
        const auto path = folder.write("damaged", damaged);
        try {
            if (!is_consistent(read(path))) FAIL("an inconsistent dataset");
        } catch (const tenon::Error& error) {
            ++refused;
            if (std::string_view{error.what()}.find("damaged") == std::string_view::npos) FAIL(error.what());
        }
    };
    for (std::size_t size = 0; size < bytes.size(); ++size) check(bytes.substr(0, size));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const char byte :
             {'\0', '\1', '\x7f', '\x80', '\xff', ' ', '\n', '\r', '"', ',', '.', '-', '+', '9', 'e', 'n'}) {
            std::string damaged = bytes;
            damaged[at] = byte;
            check(damaged);
            check(std::string{bytes}.insert(at, 1, byte));
        }
        check(std::string{bytes}.erase(at, 1));
    }
    return refused;
}

/// A file of the real data; an empty path, and a warning, if TENON_DATA does not contain it.
inline std::filesystem::path real_data(const std::string& name) {
    const char* folder = std::getenv("TENON_DATA");
    if (folder && std::filesystem::exists(std::filesystem::path{folder} / name))
        return std::filesystem::path{folder} / name;
    WARN("skipped: no " << name << " in the folder that TENON_DATA names");
    return {};
}
