// A sine for a microcontroller: trains a 1-16-16-1 net and writes it as sine_net.hpp.
//
// tests/microcontroller compiles that header into a program for a Cortex-M, which stores the net in flash.
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;

using Sine = Net<Dense<1, 16, Tanh>, Dense<16, 16, Tanh>, Dense<16, 1>>;

int main() {
    std::vector<Sine::Input> xs;
    std::vector<Sine::Output> ys;
    for (int i = -128; i <= 128; ++i) {
        const float x = 3.14159265f * static_cast<float>(i) / 128;
        xs.push_back({x});
        ys.push_back({std::sin(x)});
    }

    Sine net;
    initialize(net, 1);
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.01}};
    for (int stage = 0; stage < 4; ++stage) { // each with a smaller learning rate
        trainer.fit(xs, ys, {.epochs = 500, .shuffle_seed = stage});
        trainer.optimizer().learning_rate /= 4;
    }

    float largest_error = 0;
    for (std::size_t i = 0; i < xs.size(); ++i)
        largest_error = std::max(largest_error, std::abs(net(xs[i])[0] - ys[i][0]));
    write_header(net, "sine_net.hpp", "sine_net");
    std::printf("sin(x) by %zu parameters: largest error %.4f; written as sine_net.hpp\n",
                Sine::parameter_count, static_cast<double>(largest_error));
    return largest_error < 0.01f ? 0 : 1;
}
