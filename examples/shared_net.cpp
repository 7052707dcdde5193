// One net, many threads: evaluation is const, so threads share a net without a lock.
#include <tenon/tenon.hpp>

#include <cstddef>
#include <cstdio>
#include <thread>
#include <vector>

using namespace tenon;
using Classifier = Net<Dense<8, 32, Relu>, Dense<32, 4, Softmax>>;

int main() {
    Classifier net;
    initialize(net, 1);
    const Classifier& shared = net;

    std::vector<Classifier::Input> xs(4000);
    Random random{1};
    for (auto& x : xs)
        for (float& value : x) value = static_cast<float>(2 * random.uniform() - 1);
    std::vector<Classifier::Output> alone(xs.size()), together(xs.size());
    shared(xs, alone);

    constexpr std::size_t count = 4;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < count; ++t)
        threads.emplace_back([&, t] { // each takes a part of the samples
            const std::size_t first = t * xs.size() / count, size = (t + 1) * xs.size() / count - first;
            shared(std::span{xs}.subspan(first, size), std::span{together}.subspan(first, size));
        });
    for (std::thread& thread : threads) thread.join();

    const bool same = alone == together;
    std::printf("%zu samples by %zu threads: %s\n", xs.size(), count,
                same ? "the same outputs, bit for bit" : "FAILED: other outputs");
    return same ? 0 : 1;
}
