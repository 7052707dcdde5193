// A net is replaced while another thread uses it: the user never waits, and never sees half of two nets.
#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/tenon.hpp>

#include "triple_buffer.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

using namespace tenon;
using Gain = Net<Dense<16, 16, Identity, false>, Dense<16, 1>>;

/// Gives `gain` times the sum of the inputs; every parameter but the bias depends on it.
Gain with_gain(float gain) {
    Gain net;
    for (std::size_t o = 0; o < 16; ++o)
        for (std::size_t i = 0; i < 16; ++i) net.layer<0>().weight(o, i) = gain;
    for (std::size_t i = 0; i < 16; ++i) net.layer<1>().weight(0, i) = 1 / (16 * gain) * gain;
    return net;
}

int main() {
    const auto path = std::filesystem::temp_directory_path() / "tenon_swap_net.safetensors";
    TripleBuffer<Gain> nets{with_gain(1)};
    std::atomic<bool> is_running{true}, is_wrong{false};
    std::atomic<float> last_gain{1};

    // What must not wait: an audio callback, a controller.
    std::thread user{[&] {
        Gain::Input x;
        x.fill(0.25f);
        float gain = 1;
        while (is_running) {
            const Gain& net = nets.newest();
            const float y = net(x)[0]; // 16 inputs of 0.25: 4 times the gain
            if (y != net.layer<0>().weight(3, 5) * 4 || y < gain * 4) is_wrong = true;
            gain = net.layer<0>().weight(15, 15);
            last_gain = gain;
        }
    }};

    // Each file is checked as a whole before it is used; a file that does not fit changes nothing.
    for (int version = 2; version <= 64; version *= 2) {
        save(with_gain(static_cast<float>(version)), path);
        nets.write(load<Gain>(path));
        while (last_gain < static_cast<float>(version)) std::this_thread::yield();
    }
    is_running = false;
    user.join();
    std::filesystem::remove(path);
    std::printf("%s after 6 nets, the last with gain %g\n", is_wrong ? "FAILED" : "no output of a mixture",
                static_cast<double>(last_gain.load()));
    return is_wrong || last_gain != 64 ? 1 : 0;
}
