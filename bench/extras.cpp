// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// What clipping, schedules and metrics cost: steps of mnist, and epochs with a validation set.
#include "harness.hpp"
#include "tenon_net.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace bench;
using Net = TenonNet<mnist>::Net;

constexpr tenon::Adam adam{.learning_rate = adam_rate};
constexpr tenon::Cosine schedule{.steps = 1'000'000};

template <class Optimizer> struct Work {
    Net net;
    tenon::Trainer<Net, tenon::CrossEntropy, Optimizer, 64> trainer;

    explicit Work(Optimizer optimizer)
        : net(TenonNet<mnist>::load(initial_parameters(mnist))),
          trainer(net, tenon::CrossEntropy{}, optimizer) {}
};

void print(const std::string& mode, std::vector<double> times, double unit, const char* name) {
    std::ranges::sort(times);
    print_row("tenon", mnist.name, mode, times[times.size() / 20] * unit, name);
}

/// Microseconds a sample of steps over minibatches of 64. The optimizers take turns, so that a slow moment of
/// the machine does not affect only one.
template <class... Optimizers>
void time_steps(const Options& options, const std::vector<std::string>& modes, Optimizers... optimizers) {
    static const auto xs = inputs<mnist>(1024);
    static const auto ts = targets<mnist>(1024);
    auto works = std::tuple{std::make_unique<Work<Optimizers>>(optimizers)...};
    std::vector<std::vector<double>> times(sizeof...(Optimizers));
    const auto one = [&](auto& work, std::vector<double>& of) {
        of.push_back(elapsed([&] {
                         for (std::size_t first = 0; first < 1024; first += 64)
                             work->trainer.step(std::span{xs}.subspan(first, 64),
                                                std::span{ts}.subspan(first, 64));
                     }) /
                     1024);
    };
    for (double spent = 0; spent < options.seconds * sizeof...(Optimizers) || times[0].size() < 20;)
        spent += elapsed([&] {
            std::size_t i = 0;
            std::apply([&](auto&... work) { (one(work, times[i++]), ...); }, works);
        });
    for (std::size_t i = 0; i < modes.size(); ++i) print("step-64-" + modes[i], times[i], 1e6, "us");
}

/// Milliseconds of an epoch of 60,000 samples with 10,000 for validation, as MNIST has, with these metrics.
void time_epochs(const Options& options) {
    static const auto xs = inputs<mnist>(70000);
    static const auto ts = targets<mnist>(70000);
    const auto work = std::make_unique<Work<tenon::Adam>>(adam);
    const auto epoch = [&](std::vector<double>& of, const auto&... metrics) {
        of.push_back(elapsed([&] {
            work->trainer.fit(std::span{xs}.first(60000), std::span{ts}.first(60000),
                              {.shuffle_seed = 1,
                               .validation = {std::span{xs}.subspan(60000), std::span{ts}.subspan(60000)}},
                              metrics...);
        }));
    };
    using tenon::Accuracy, tenon::TopK, tenon::Precision, tenon::Recall, tenon::F1, tenon::Auc;
    std::vector<double> plain, with_accuracy, with_five, with_auc, with_large_auc;
    for (double spent = 0; spent < 40 * options.seconds || plain.size() < 5;)
        spent += elapsed([&] {
            epoch(plain);
            epoch(with_accuracy, Accuracy{});
            epoch(with_five, Accuracy{}, TopK<3>{}, Precision{}, Recall{}, F1{});
            epoch(with_auc, Auc{});
            epoch(with_large_auc, tenon::AucOf<100'000>{});
        });
    print("validated-epoch", plain, 1e3, "ms");
    print("validated-epoch-accuracy", with_accuracy, 1e3, "ms");
    print("validated-epoch-five-metrics", with_five, 1e3, "ms");
    print("validated-epoch-auc", with_auc, 1e3, "ms");
    print("validated-epoch-auc-of-100000", with_large_auc, 1e3, "ms");
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    if (!options.selects(mnist)) return 0;
    using tenon::ClipNorm, tenon::ClipValue, tenon::Scheduled;
    time_steps(options, {"adam", "clip-norm", "clip-value", "scheduled", "clipped-scheduled"}, adam,
               ClipNorm{adam, 1.0}, ClipValue{adam, 0.01}, Scheduled{adam, schedule},
               Scheduled{ClipNorm{adam, 1.0}, schedule});
    time_epochs(options);
}
