// needs: libboost-dev libxsimd-dev, <tenon/threads.hpp>, -pthread
// fit with one thread and with two, which need two CPUs; and what two CPUs can do: two fits at the same time
// that share nothing.
#include "harness.hpp"
#include "tenon_net.hpp"

#include <tenon/threads.hpp>

#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace bench;

/// Prints microseconds per sample, each the 5th percentile of calls of fit over `epochs` epochs of 1024
/// samples. The three kinds of call take turns, because the speed of a virtual machine's CPUs changes.
template <const Network& N> void time_fit(const Options& options, std::size_t batch, std::size_t epochs) {
    if (!options.selects(N)) return;
    using Net = typename TenonNet<N>::Net;
    using Loss = std::conditional_t<N.last == softmax, tenon::CrossEntropy, tenon::HalfSquaredError>;
    using Trainer = tenon::Trainer<Net, Loss, tenon::Adam, 64>;
    constexpr std::size_t samples = 1024;
    const auto xs = inputs<N>(samples);
    const auto ts = targets<N>(samples);
    struct NetAndTrainer {
        Net net = TenonNet<N>::load(initial_parameters(N));
        Trainer trainer{net, Loss{}, tenon::Adam{.learning_rate = adam_rate}};
    };
    const auto untrained = [] { return std::make_unique<NetAndTrainer>(); };
    const auto fit = [&](NetAndTrainer& job, int threads) { // returns seconds
        return elapsed([&] {
            job.trainer.fit(std::span{xs}, std::span{ts},
                            {.epochs = epochs, .batch = batch, .threads = threads});
            do_not_optimize(job.net);
        });
    };
    std::vector<double> one, two, half_of_two_fits;
    for (double spent = 0; spent < 3 * options.seconds || one.size() < 5;)
        spent += elapsed([&] {
            one.push_back(fit(*untrained(), 1));
            two.push_back(fit(*untrained(), 2));
            const auto first = untrained(), second = untrained();
            const double both = elapsed([&] {
                const std::jthread other([&] { fit(*second, 1); });
                fit(*first, 1);
            });
            half_of_two_fits.push_back(both / 2);
        });
    const std::string mode = "fit-" + std::to_string(batch) + "-adam-threads-";
    const auto print = [&](const char* name, const char* threads, const std::vector<double>& times) {
        print_row(name, N.name, mode + threads,
                  fifth_percentile(times) * 1e6 / static_cast<double>(samples * epochs), "us");
    };
    print("tenon", "1", one);
    print("tenon", "2", two);
    print("floor", "2", half_of_two_fits);
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
