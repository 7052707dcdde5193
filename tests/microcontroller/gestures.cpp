// Prints the bits of a GRU's outputs for a second of measurements of a shaken hand.
#include "gestures_net.hpp"

#include "board.hpp"

#include <bit>
#include <cstdint>

GesturesNet::Input measured;
GesturesNet::Output output;
tenon::State<GesturesNet> state;

[[gnu::noinline]] void step() { output = gestures_net.step(state, measured); }

NOT_COUNTED void print_outputs() {
    for (int t = 0; t < 50; ++t) {
        const int place = t % 16; // of a triangle of 16 steps
        const float x = 0.125f * static_cast<float>(place < 8 ? place - 4 : 12 - place);
        measured = {x, 0.25f * x, 0.0625f * static_cast<float>(t % 3 - 1), x < 0 ? -x : x};
        step();
        if (t % 7 == 6)
            for (const float y : output) print("output", std::bit_cast<std::uint32_t>(y));
    }
}
