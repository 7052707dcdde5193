// Prints the bits of the sine net's outputs.
#include "sine_net.hpp"

#include "board.hpp"

#include <bit>
#include <cstdint>

[[gnu::noinline]] float sine(float x) { return sine_net({x})[0]; }

NOT_COUNTED void print_outputs() {
    for (int i = -24; i <= 24; ++i)
        print("output", std::bit_cast<std::uint32_t>(sine(0.125f * static_cast<float>(i))));
}
