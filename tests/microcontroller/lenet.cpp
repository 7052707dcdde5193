// Prints the bits of LeNet-5's outputs for three digits of seven segments.
#include "lenet_net.hpp"

#include "board.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

LenetNet::Input image; // of the caller: the net reads it in place
LenetNet::Output output;

[[gnu::noinline]] void evaluate() { output = lenet_net(image); }

/// A bar that covers whole squares of 3 x 3 pixels.
NOT_COUNTED void draw(std::size_t left, std::size_t top, std::size_t width, std::size_t height) {
    for (std::size_t row = 5 + 3 * top; row < 5 + 3 * (top + height); ++row)
        for (std::size_t column = 8 + 3 * left; column < 8 + 3 * (left + width); ++column)
            image[28 * row + column] = 0.8125f;
}

/// The segments are bits, clockwise from the upper one, and the middle one last.
NOT_COUNTED void draw_digit(unsigned segments) {
    for (float& pixel : image) pixel = 0.1875f;
    if (segments & 1) draw(1, 0, 2, 1);
    if (segments & 2) draw(3, 1, 1, 2);
    if (segments & 4) draw(3, 4, 1, 2);
    if (segments & 8) draw(1, 6, 2, 1);
    if (segments & 16) draw(0, 4, 1, 2);
    if (segments & 32) draw(0, 1, 1, 2);
    if (segments & 64) draw(1, 3, 2, 1);
}

NOT_COUNTED void print_outputs() {
    constexpr unsigned one = 6, four = 102, eight = 127;
    for (const unsigned segments : {one, four, eight}) {
        draw_digit(segments);
        evaluate();
        for (const float y : output) print("output", std::bit_cast<std::uint32_t>(y));
    }
}
