// Printing in the same format on a microcontroller (with start.cpp) and on the host.
#pragma once

#include <cstdint>

#ifdef __arm__
#define NOT_COUNTED [[gnu::section(".printing")]] // not part of the reported flash size
#else
#include <cstdio>
#define NOT_COUNTED
#endif

void print_outputs();
void print(const char* label, std::uint32_t bits);

#ifndef __arm__
void print(const char* label, std::uint32_t bits) { std::printf("%s %08x\n", label, bits); }
int main() { print_outputs(); }
#endif
