// read_idx: images and labels in IDX, the format of MNIST (yann.lecun.com/exdb/mnist), plain or gzip.
#pragma once

#include <tenon/data/dataset.hpp>
#include <tenon/data/values.hpp>
#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The meaning of the first four bytes of an IDX file: "unsigned bytes, rank 3".
inline std::string idx_kind(std::string_view magic) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(magic[i]));
    };
    static constexpr std::pair<unsigned, const char*> types[] = {
        {0x08, "unsigned bytes"},  {0x09, "signed bytes"}, {0x0b, "16-bit integers"},
        {0x0c, "32-bit integers"}, {0x0d, "float"},        {0x0e, "double"}};
    for (const auto& [code, name] : types)
        if (byte(0) == 0 && byte(1) == 0 && byte(2) == code)
            return std::string{name} + ", rank " + std::to_string(byte(3));
    return "no IDX file (it begins with " + quote(magic) + ')';
}

/// An IDX file of unsigned bytes: 00 00 08 rank, then each size as 4 bytes, most significant first, then the
/// values. Reads and unpacks no more than the header and the values that it states.
template <std::size_t Rank> class Idx {
    UnpackedBytes in_;

public:
    std::array<std::size_t, Rank> shape{};

    explicit Idx(const std::filesystem::path& path) : in_(path) {
        constexpr std::size_t header_size = 4 + 4 * Rank;
        const std::string header = in_.read(header_size);
        constexpr char magic[] = {0, 0, 8, Rank};
        const std::string_view start = std::string_view{header}.substr(0, 4);
        if (start.size() == 4 && start != std::string_view{magic, 4})
            throw Error{file(), idx_kind({magic, 4}), idx_kind(start)};
        if (header.size() < header_size)
            throw Error{file(), "an IDX header of " + std::to_string(header_size) + " bytes",
                        std::to_string(header.size())};
        for (std::size_t d = 0; d < Rank; ++d)
            for (std::size_t i = 4 + 4 * d; i < 8 + 4 * d; ++i)
                shape[d] = shape[d] << 8 | static_cast<std::uint8_t>(header[i]);
        if (std::ranges::count(shape, std::size_t{0})) throw Error{file(), "at least one value", sizes()};
    }

    const std::string& file() const noexcept { return in_.file(); }

    std::vector<std::uint8_t> values() {
        std::size_t count = 1;
        const std::size_t max_count = std::numeric_limits<std::size_t>::max() - 1;
        for (const std::size_t size : shape) count = size > max_count / count ? max_count : count * size;
        const std::string bytes = in_.read(count);
        const std::string wanted = sizes() + " bytes after the header";
        if (bytes.size() < count) throw Error{file(), wanted, std::to_string(bytes.size())};
        if (!in_.read(1).empty()) throw Error{file(), wanted, "more"};
        return {bytes.begin(), bytes.end()};
    }

private:
    std::string sizes() const {
        std::string text;
        for (const std::size_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
        return text;
    }
};

} // namespace detail

/// Reads images, with pixels from 0 to 1 (bytes / 255), and their labels, one-hot over `classes` columns (at
/// most 256; 0: the largest label + 1). Throws Error if a file cannot be read, has another format, or is
/// longer or shorter than its header states, if the numbers of images and labels differ, or if a label is not
/// below `classes`.
inline Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                        std::size_t classes = 0) {
    detail::Idx<3> pixels{images};
    detail::Idx<1> label{labels};
    const auto [rows, height, width] = pixels.shape;
    constexpr std::size_t max_classes = 256;
    if (classes > max_classes)
        throw Error{label.file(), "at most 256 classes, since a label is one byte", std::to_string(classes)};
    if (label.shape[0] != rows)
        throw Error{label.file(),
                    std::to_string(rows) + " labels (as many as images in " + pixels.file() + ')',
                    std::to_string(label.shape[0])};
    const std::vector<std::uint8_t> numbers = label.values();
    const std::size_t largest = std::ranges::max(numbers), end = classes ? classes : largest + 1;
    const auto beyond = std::ranges::find_if(numbers, [&](std::size_t number) { return number >= end; });
    if (beyond != numbers.end())
        throw Error{label.file() + ", label " + std::to_string(beyond - numbers.begin()),
                    "a class from 0 to " + std::to_string(end - 1), std::to_string(*beyond)};

    Dataset data;
    data.source = pixels.file();
    data.input_width = height * width;
    data.target_width = end;
    data.inputs = Values::pixels(pixels.values());
    std::vector<double> one_hot(rows * data.target_width);
    for (std::size_t row = 0; row < rows; ++row) one_hot[row * data.target_width + numbers[row]] = 1;
    data.targets = std::move(one_hot);
    for (std::size_t c = 0; c < data.target_width; ++c) data.classes.push_back(std::to_string(c));
    return data;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
