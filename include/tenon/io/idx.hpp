// Images and labels in IDX, the format of MNIST (yann.lecun.com/exdb/mnist), plain or gzip.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/dataset.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tenon::inline TENON_ABI {

namespace detail {

/// An IDX file of unsigned bytes: 00 00 08 rank, then each size as 4 bytes, largest first, then the values.
template <std::size_t Rank> struct Idx {
    std::string file;
    std::string bytes;
    std::array<std::size_t, Rank> shape{};

    static constexpr std::size_t header = 4 + 4 * Rank;

    explicit Idx(const std::filesystem::path& path) : file(path.string()), bytes(read_unpacked(path)) {
        constexpr char magic[] = {0, 0, 8, Rank};
        const std::string_view start = std::string_view{bytes}.substr(0, 4);
        if (bytes.size() >= 4 && start != std::string_view{magic, 4})
            throw Error{file, "IDX magic " + hex({magic, 4}), hex(start)};
        if (bytes.size() < header)
            throw Error{file, "an IDX header of " + std::to_string(header) + " bytes",
                        std::to_string(bytes.size())};
        std::string sizes;
        for (std::size_t d = 0; d < Rank; ++d) {
            for (std::size_t i = 4 + 4 * d; i < 8 + 4 * d; ++i)
                shape[d] = shape[d] << 8 | static_cast<std::uint8_t>(bytes[i]);
            sizes += (d ? " x " : "") + std::to_string(shape[d]);
        }
        if (std::ranges::count(shape, std::size_t{0})) throw Error{file, "at least one value", sizes};

        // The sizes may be anything: no product of them is taken that the file does not hold.
        std::size_t rest = bytes.size() - header;
        const std::string found = std::to_string(rest);
        bool fits = true;
        for (const std::size_t size : shape) {
            fits = fits && rest % size == 0;
            rest /= size;
        }
        if (!fits || rest != 1) throw Error{file, sizes + " bytes after the header", found};
    }

    std::uint8_t value(std::size_t i) const { return static_cast<std::uint8_t>(bytes[header + i]); }

    static std::string hex(std::string_view text) {
        std::string out;
        for (const char c : text)
            for (const int shift : {4, 0})
                out += "0123456789abcdef"[static_cast<std::uint8_t>(c) >> shift & 15];
        return out;
    }
};

} // namespace detail

/// Images with pixels from 0 to 1 (bytes / 255) and labels one-hot over `classes` columns; 0 stands for the
/// largest label + 1. The number of images and labels must agree.
inline Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                        std::size_t classes = 0) {
    const detail::Idx<3> pixels{images};
    const detail::Idx<1> label{labels};
    const auto [rows, height, width] = pixels.shape;
    if (label.shape[0] != rows)
        throw Error{label.file, std::to_string(rows) + " labels (as many as images in " + pixels.file + ')',
                    std::to_string(label.shape[0])};
    std::size_t largest = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        if (classes && label.value(row) >= classes)
            throw Error{label.file + ", label " + std::to_string(row),
                        "a class from 0 to " + std::to_string(classes - 1), std::to_string(label.value(row))};
        largest = std::max<std::size_t>(largest, label.value(row));
    }

    Dataset data{pixels.file, height * width, classes ? classes : largest + 1, {}, {}, {}};
    data.inputs.resize(rows * data.input_width);
    for (std::size_t i = 0; i < data.inputs.size(); ++i) data.inputs[i] = pixels.value(i) / 255.f;
    data.targets.resize(rows * data.target_width);
    for (std::size_t row = 0; row < rows; ++row) data.targets[row * data.target_width + label.value(row)] = 1;
    for (std::size_t c = 0; c < data.target_width; ++c) data.classes.push_back(std::to_string(c));
    return data;
}

} // namespace tenon
