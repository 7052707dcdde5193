// needs: libboost-dev libxsimd-dev, <tenon/threads.hpp>, -pthread
// fit with one thread and with two, which need a CPU each; and what two CPUs can do: two fits at the same
// time that share nothing.
#include "described.hpp"
#include "harness.hpp"

#include <tenon/threads.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace bench;

/// Microseconds of a sample, in one call of fit over so many epochs of 1024 samples: the 5th percentile. All
/// are timed in turns, for the CPUs of a virtual machine are sometimes two cores and sometimes one.
template <const Network& N> void time_fit(const Options& options, std::size_t batch, std::size_t epochs) {
    if (!options.wanted(N)) return;
    using Net = typename Described<N>::Net;
    using Loss = std::conditional_t<N.last == softmax, tenon::CrossEntropy, tenon::HalfSquaredError>;
    using Learner = tenon::Trainer<Net, Loss, tenon::Adam, 64>;
    constexpr std::size_t samples = 1024;
    const auto xs = inputs<N>(samples);
    const auto ts = targets<N>(samples);
    struct Fitted {
        Net net = Described<N>::load(initial(N));
        Learner trainer{net, Loss{}, tenon::Adam{.learning_rate = adam_rate}};
    };
    const auto fit = [&](Fitted& fitted, int threads) {
        fitted.trainer.fit(std::span{xs}, std::span{ts},
                           {.epochs = epochs, .batch = batch, .threads = threads});
        keep(fitted.net);
    };
    std::array<std::vector<double>, 3> times; // one thread, two threads, half of two fits
    for (double spent = 0; spent < 3 * options.seconds || times[0].size() < 5;)
        spent += elapsed([&] {
            for (const int threads : {1, 2}) {
                const auto fitted = std::make_unique<Fitted>();
                times[static_cast<std::size_t>(threads) - 1].push_back(
                    elapsed([&] { fit(*fitted, threads); }));
            }
            const auto here = std::make_unique<Fitted>(), there = std::make_unique<Fitted>();
            times[2].push_back(elapsed([&] {
                                   const std::jthread other([&] { fit(*there, 1); });
                                   fit(*here, 1);
                               }) /
                               2);
        });
    const std::string mode = "fit-" + std::to_string(batch) + "-adam-threads-";
    const auto print = [&](const char* name, const char* threads, std::vector<double>& all) {
        std::ranges::sort(all);
        print_row(name, N.name, mode + threads,
                  all[all.size() / 20] * 1e6 / static_cast<double>(samples * epochs), "us");
    };
    print("tenon", "1", times[0]);
    print("tenon", "2", times[1]);
    print("floor", "2", times[2]);
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
