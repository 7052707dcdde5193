// Reads CSV from text in a test.
#pragma once

#include <tenon/data/csv.hpp>

#include "io_files.hpp"

#include <string>
#include <string_view>
#include <vector>

using Numbers = std::vector<double>;
using Names = std::vector<std::string>;

inline tenon::Dataset read(std::string_view text, const tenon::CsvOptions& options = {}) {
    const Folder folder;
    return tenon::read_csv(folder.write("a.csv", text), options);
}

/// The message of the Error, after the file's name.
inline std::string error_of(std::string_view text, const tenon::CsvOptions& options = {}) {
    const Folder folder;
    const auto path = folder.write("a.csv", text);
    const std::string message = message_of([&] { tenon::read_csv(path, options); });
    REQUIRE(message.starts_with(path.string()));
    return message.substr(path.string().size());
}
