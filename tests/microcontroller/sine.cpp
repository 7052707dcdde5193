// Prints the bits of the sine net's outputs, in the same format on a microcontroller (with start.cpp) and on
// the host.
#include "sine_net.hpp"

#include <bit>
#include <cstdint>

#ifdef __arm__
#define NOT_COUNTED [[gnu::section(".printing")]] // not part of the reported flash size
#else
#include <cstdio>
#define NOT_COUNTED
#endif

void print(const char* label, std::uint32_t bits);

[[gnu::noinline]] float sine(float x) { return sine_net({x})[0]; }

NOT_COUNTED void print_outputs() {
    for (int i = -24; i <= 24; ++i)
        print("output", std::bit_cast<std::uint32_t>(sine(0.125f * static_cast<float>(i))));
}

#ifndef __arm__
void print(const char* label, std::uint32_t bits) { std::printf("%s %08x\n", label, bits); }
int main() { print_outputs(); }
#endif
