// Trains with several threads: the same net, bit for bit, in less time.
#include <tenon/tenon.hpp>
#include <tenon/threads.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

using namespace tenon;
using Ripple = Net<Dense<16, 128, Tanh>, Dense<128, 128, Tanh>, Dense<128, 1>>;

int main() {
    std::vector<Ripple::Input> xs(4096);
    std::vector<Ripple::Output> ts(xs.size());
    Random random{1};
    for (std::size_t s = 0; s < xs.size(); ++s) {
        float sum = 0;
        for (float& x : xs[s]) {
            x = static_cast<float>(2 * random.uniform() - 1);
            sum += x;
        }
        ts[s] = {std::sin(sum)};
    }

    Ripple nets[2];
    for (int threads : {1, 2}) {
        Ripple& net = nets[threads - 1];
        initialize(net, 1);
        Trainer trainer{net, MeanSquaredError{}, Adam{}, batch_size<64>};
        const auto start = std::chrono::steady_clock::now();
        trainer.fit(xs, ts, {.epochs = 20, .batch = 256, .shuffle_seed = 7, .threads = threads});
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        std::printf("%d thread%s: %.3f s\n", threads, threads > 1 ? "s" : "", taken.count());
    }
    const bool same = std::ranges::equal(nets[0].parameters(), nets[1].parameters());
    const float loss = evaluate(nets[1], MeanSquaredError{}, xs, ts);
    std::printf("%s, loss %.3f\n", same ? "the same net, bit for bit" : "FAILED: different nets",
                static_cast<double>(loss));
    return same && loss < 0.1f ? 0 : 1;
}
