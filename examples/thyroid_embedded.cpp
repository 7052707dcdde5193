// The net that thyroid.cpp trained, as a constant of another program.
//
// No file is read to have it, nothing is set up. Checks its answers against those that thyroid.cpp gave, bit
// for bit, and takes the time of one.
#include "thyroid.hpp"
#include "thyroid_net.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>

// The compiler can ask it, too.
static_assert(thyroid_net({})[0] + thyroid_net({})[1] + thyroid_net({})[2] > 0.99f);

int main() try {
    const auto answers = read_answers<ThyroidNet>("thyroid_answers.bin");
    std::size_t different = 0;
    for (const auto& [input, output] : answers) {
        const ThyroidNet::Output own = thyroid_net(input);
        if (std::memcmp(&own, &output, sizeof own) != 0) ++different;
    }
    if (different > 0 || answers.empty()) {
        std::printf("%zu of %zu answers are not those of the net that was trained\n", different,
                    answers.size());
        return 1;
    }
    std::printf("%zu answers, bit for bit those of the net that was trained\n", answers.size());

    float sum = 0;
    double least = 1e9;
    for (int round = 0; round < 20; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (const auto& answer : answers) sum += thyroid_net(answer.input)[0];
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        least = std::min(least, taken.count() / static_cast<double>(answers.size()));
    }
    std::printf("one answer takes %.0f ns (%zu parameters, %zu bytes in the program)\n", least,
                ThyroidNet::parameter_count, sizeof thyroid_net);
    return sum > 0 ? 0 : 1;
} catch (const tenon::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
