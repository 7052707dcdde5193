// needs: libboost-dev libxsimd-dev, <tenon/threads.hpp>, -pthread
// fit with one thread and with two, which need a CPU each.
#include "described.hpp"
#include "harness.hpp"

#include <tenon/threads.hpp>

#include <memory>
#include <type_traits>

namespace {

using namespace bench;

/// Microseconds of a sample, in one call of fit over so many epochs of 1024 samples.
template <const Network& N> void time_fit(const Options& options, std::size_t batch, std::size_t epochs) {
    if (!options.wanted(N)) return;
    using Net = typename Described<N>::Net;
    using Loss = std::conditional_t<N.last == softmax, tenon::CrossEntropy, tenon::HalfSquaredError>;
    using Learner = tenon::Trainer<Net, Loss, tenon::Adam, 64>;
    constexpr std::size_t samples = 1024;
    const auto xs = inputs<N>(samples);
    const auto ts = targets<N>(samples);
    for (const int threads : {1, 2}) {
        const double seconds = quickest(options.seconds, [&](std::size_t count) {
            auto net = std::make_unique<Net>(Described<N>::load(initial(N)));
            auto trainer = std::make_unique<Learner>(*net, Loss{}, tenon::Adam{.learning_rate = adam_rate});
            return elapsed([&] {
                trainer->fit(std::span{xs}, std::span{ts},
                             {.epochs = count * epochs, .batch = batch, .threads = threads});
                keep(*net);
            });
        });
        print_row("tenon", N.name,
                  "fit-" + std::to_string(batch) + "-adam-threads-" + std::to_string(threads),
                  seconds * 1e6 / static_cast<double>(samples * epochs), "us");
    }
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    time_fit<mnist>(options, 128, 2);
    time_fit<mnist>(options, 256, 2);
    time_fit<jets>(options, 128, 20);
    time_fit<digits>(options, 32, 20);
    time_fit<xor_net>(options, 128, 20);
}
