// A net without files and heap: to bytes for flash, shared memory or a socket, and back; and by the compiler.
#include "gate_net.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

using namespace tenon;

// The bytes of gate_net.safetensors: by #embed where the compiler has it, else an array.
#if defined(__has_embed)
#pragma GCC diagnostic ignored "-Wpedantic" // #embed is C23
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wc23-extensions"
#endif
#if defined(__clang__) && __clang_major__ < 20 // embeds signed bytes
constexpr char file[] = {
#else
constexpr unsigned char file[] = {
#endif
#embed "gate_net.safetensors"
};
#else
constexpr auto file = to_bytes(gate_net);
#endif

// The compiler reads the file. One that does not fit does not compile; the message says why.
constexpr GateNet from_file = parse_safetensors<GateNet, file>();
static_assert(from_file({0, 1})[0] > 0.9f);

int main() {
    // A buffer of a size that the compiler knows
    std::array<std::byte, bytes_size<GateNet>> buffer;
    to_bytes(from_file, buffer);

    const auto received = parse_safetensors<GateNet>(buffer);
    if (!received) {
        std::puts(received.error.c_str());
        return 1;
    }
    std::printf("%zu bytes, output %g\n", buffer.size(), static_cast<double>(received.net({0, 1})[0]));

    // One bit flips on the way.
    buffer[buffer.size() - 5] ^= std::byte{1};
    const auto damaged = parse_safetensors<GateNet>(buffer);
    std::puts(damaged.error.c_str());
    return received.net({0, 1}) == gate_net({0, 1}) && !damaged ? 0 : 1;
}
