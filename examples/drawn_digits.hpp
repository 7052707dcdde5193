// draw_digits: images of digits like those of optdigits, for examples that are run without that data set.
#pragma once

#include <tenon/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

/// Calls add(digit, image) for `count` digits 0, 1, ... 9, 0, ... of seven segments, at random positions,
/// with noise: 8 x 8 pixels from 0 to 16.
template <class Add> void draw_digits(std::size_t count, std::uint64_t seed, Add add) {
    // Segments from above, clockwise, and the middle one last.
    constexpr std::array<const char*, 10> lit{"1111110", "0110000", "1101101", "1111001", "0110011",
                                              "1011011", "1011111", "1110000", "1111111", "1111011"};
    tenon::Random random{seed};
    for (std::size_t s = 0; s < count; ++s) {
        std::array<float, 64> image;
        for (float& pixel : image) pixel = static_cast<float>(6 * random.uniform());
        const std::size_t digit = s % 10, left = random() % 4, top = random() % 2;
        const auto draw = [&](std::size_t x, std::size_t y) { image[8 * (top + y) + left + x] += 10; };
        for (std::size_t i = 0; i < 3; ++i) {
            if (lit[digit][0] == '1') draw(1 + i / 2, 0);
            if (lit[digit][1] == '1') draw(3, 1 + i / 2);
            if (lit[digit][2] == '1') draw(3, 4 + i / 2);
            if (lit[digit][3] == '1') draw(1 + i / 2, 6);
            if (lit[digit][4] == '1') draw(0, 4 + i / 2);
            if (lit[digit][5] == '1') draw(0, 1 + i / 2);
            if (lit[digit][6] == '1') draw(1 + i / 2, 3);
        }
        add(digit, image);
    }
}
