// The net that thyroid.cpp trained, as a constant of another program.
//
// It needs no file and no set-up. Compares its outputs with those that thyroid.cpp wrote, bit for bit, and
// measures the time of an evaluation.
#include "thyroid.hpp"
#include "thyroid_net.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>

// The compiler can evaluate it, too.
static_assert(thyroid_net({})[0] + thyroid_net({})[1] + thyroid_net({})[2] > 0.99f);

int main() try {
    const auto predictions = read_predictions<ThyroidNet>("thyroid_predictions.bin");
    std::size_t different = 0;
    for (const auto& [input, output] : predictions) {
        const ThyroidNet::Output own = thyroid_net(input);
        if (std::memcmp(&own, &output, sizeof own) != 0) ++different;
    }
    if (different > 0 || predictions.empty()) {
        std::printf("%zu of %zu outputs are not those of the net that was trained\n", different,
                    predictions.size());
        return 1;
    }
    std::printf("%zu outputs, bit for bit those of the net that was trained\n", predictions.size());

    float sum = 0;
    double least = 1e9;
    for (int round = 0; round < 20; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (const auto& prediction : predictions) sum += thyroid_net(prediction.input)[0];
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        least = std::min(least, taken.count() / static_cast<double>(predictions.size()));
    }
    std::printf("one evaluation takes %.0f ns (%zu parameters, %zu bytes in the program)\n", least,
                ThyroidNet::parameter_count, sizeof thyroid_net);
    return sum > 0 ? 0 : 1;
} catch (const tenon::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
