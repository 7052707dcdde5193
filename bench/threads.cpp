// needs: libboost-dev libxsimd-dev, <tenon/threads.hpp>, -pthread
// fit with one thread and with two, which need a CPU each; and what two CPUs can do: two fits at the same
// time that share nothing.
#include "described.hpp"
#include "harness.hpp"

#include <tenon/threads.hpp>

#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace bench;

/// Microseconds of a sample, in one call of fit over so many epochs of 1024 samples: the 5th percentile. All
/// are timed in turns, for what a virtual machine's CPUs can do changes.
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
    const auto fresh = [] { return std::make_unique<Fitted>(); };
    const auto fit = [&](Fitted& fitted, int threads) { // seconds
        return elapsed([&] {
            fitted.trainer.fit(std::span{xs}, std::span{ts},
                               {.epochs = epochs, .batch = batch, .threads = threads});
            keep(fitted.net);
        });
    };
    std::vector<double> one, two, half_of_two_fits;
    for (double spent = 0; spent < 3 * options.seconds || one.size() < 5;)
        spent += elapsed([&] {
            one.push_back(fit(*fresh(), 1));
            two.push_back(fit(*fresh(), 2));
            const auto here = fresh(), there = fresh();
            const double both = elapsed([&] {
                const std::jthread other([&] { fit(*there, 1); });
                fit(*here, 1);
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
