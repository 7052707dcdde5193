// Answers of the sine net as their bits, printed alike by a microcontroller (with start.cpp) and by the host.
#include "sine_net.hpp"

#include <bit>
#include <cstdint>

#ifdef __arm__
#define APART [[gnu::section(".printing")]] // what does not count as the net's flash
#else
#include <cstdio>
#define APART
#endif

void print(const char* label, std::uint32_t bits);

[[gnu::noinline]] float answer(float x) { return sine_net({x})[0]; } // what counts

APART void ask() {
    for (int i = -24; i <= 24; ++i)
        print("answer", std::bit_cast<std::uint32_t>(answer(0.125f * static_cast<float>(i))));
}

#ifndef __arm__
void print(const char* label, std::uint32_t bits) { std::printf("%s %08x\n", label, bits); }
int main() { ask(); }
#endif
