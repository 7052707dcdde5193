// Images of digits, 28 x 28: MNIST's, or drawn ones, for examples that are run without MNIST.
#pragma once

#include "drawn_digits.hpp"

#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using Image = std::array<float, 28 * 28>;

struct Digits {
    std::vector<Image> images{};
    std::vector<std::size_t> classes{};
};

/// Training and test digits.
struct DigitData {
    bool is_mnist;
    Digits training, test;
};

/// Reads MNIST's files train-... or t10k-..., plain or .gz. Throws tenon::Error.
inline Digits read_digits(const std::filesystem::path& folder, const std::string& name) {
    const auto file = [&](const std::string& kind) {
        const std::filesystem::path plain = folder / (name + kind);
        return exists(plain) ? plain : folder / (name + kind + ".gz");
    };
    using AnyNet = tenon::Net<tenon::Dense<28 * 28, 10>>;
    const auto samples =
        tenon::read_idx(file("-images-idx3-ubyte"), file("-labels-idx1-ubyte"), 10).samples<AnyNet>();
    Digits digits{samples.inputs};
    for (const auto& one_hot : samples.targets)
        digits.classes.push_back(
            static_cast<std::size_t>(std::ranges::max_element(one_hot) - one_hot.begin()));
    return digits;
}

/// Digits of 8 x 8 pixels, three times as large, in a frame: a net without parameters makes the images.
inline Digits enlarged_digits(std::size_t count, std::uint64_t seed) {
    using namespace tenon;
    constexpr Net<Upsample<Shape<1, 8, 8>, ScaleFactor<3, 3>, Bilinear>, Pad<Shape<1, 24, 24>, Padding<2, 2>>>
        enlarge;
    Digits digits;
    draw_digits(count, seed, [&](std::size_t digit, std::array<float, 64> image) {
        for (float& pixel : image) pixel /= 16;
        digits.images.push_back(enlarge(image));
        digits.classes.push_back(digit);
    });
    return digits;
}

/// MNIST from the folder that the first argument names, by default $TENON_DATA/mnist; without it, drawn
/// digits. Throws tenon::Error.
inline DigitData digits_for(int argument_count, char** arguments) {
    const char* const data = std::getenv("TENON_DATA");
    std::filesystem::path folder;
    if (argument_count > 1) folder = arguments[1];
    else if (data && *data && exists(std::filesystem::path{data} / "mnist"))
        folder = std::filesystem::path{data} / "mnist";
    if (folder.empty()) return {false, enlarged_digits(3000, 1), enlarged_digits(1000, 2)};
    return {true, read_digits(folder, "train"), read_digits(folder, "t10k")};
}
