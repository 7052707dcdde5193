// A program that contains a net of PyTorch's: moons_net.hpp is written by tenon-import. It reads the test
// vectors that train.py has written, and ends with 0 if the net gives PyTorch's outputs.
#include "moons_net.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

// The net is a constant: the compiler, too, can evaluate it.
static_assert(moons_net({0, 1})[0] > moons_net({0, 1})[1], "the upper moon is class 0");

int main(int, char** arguments) {
    std::ifstream file{arguments[1]};
    MoonsNet::Input x;
    MoonsNet::Output wanted;
    double difference = 0;
    int samples = 0;
    while (file >> x[0] >> x[1] >> wanted[0] >> wanted[1]) {
        const MoonsNet::Output y = moons_net(x);
        for (std::size_t i = 0; i < y.size(); ++i)
            difference =
                std::max(difference, std::abs(static_cast<double>(y[i]) - static_cast<double>(wanted[i])) /
                                         std::max(1., std::abs(static_cast<double>(wanted[i]))));
        ++samples;
    }
    std::printf("tenon: %d samples, largest difference from PyTorch %.2g\n", samples, difference);
    return samples > 0 && difference <= 1e-6 ? 0 : 1;
}
