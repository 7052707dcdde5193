// Checks an implementation against the reference, times it, and prints its rows.
//
// An implementation is a struct with a `name` and up to three templates; what it lacks is left out:
//   One<N>       (parameters)  Output<N> operator()(const Input<N>& x)
//   Batch<N>     (parameters)  void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys)
//   Train<J>     (parameters)  void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts)
//                              void read(std::span<float> parameters)
//                              void epoch(all xs, all ts, std::uint64_t seed), if it has one of its own
#pragma once

#include "reference.hpp"
#include "samples.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

/// `program [--quick] [--only NETWORK]`
struct Options {
    double seconds = 0.3; // for each row
    std::string_view only;

    Options(int argc, char** argv) {
        for (int i = 1; i < argc; ++i) {
            if (std::string_view{argv[i]} == "--quick") seconds = 0.04;
            if (std::string_view{argv[i]} == "--only" && i + 1 < argc) only = argv[++i];
        }
    }
    bool selects(const auto& network) const { return only.empty() || only == network.name; }
};

inline void print_row(std::string_view name, std::string_view network, const std::string& mode, double value,
                      const char* unit) {
    std::printf("%.*s,%.*s,%s,%.4g,%s\n", static_cast<int>(name.size()), name.data(),
                static_cast<int>(network.size()), network.data(), mode.c_str(), value, unit);
    std::fflush(stdout);
}

/// Makes the compiler assume that value is read and that all memory may have changed.
template <class T> void do_not_optimize(const T& value) { asm volatile("" : : "r"(&value) : "memory"); }

template <class Work> double elapsed(Work work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double fifth_percentile(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 20];
}

/// Seconds of one call: the 5th percentile of repetitions of about 0.2 ms each. `repetition(count)` makes
/// count calls and returns their seconds.
template <class Repetition> double fifth_percentile_time(double budget, Repetition repetition) {
    std::size_t count = 1;
    while (repetition(count) < 2e-4) count *= 2;
    std::vector<double> times;
    for (double spent = 0; spent < budget || times.size() < 5;)
        spent += elapsed([&] { times.push_back(repetition(count) / static_cast<double>(count)); });
    return fifth_percentile(std::move(times));
}

template <class Peer> bool report_error(const auto& network, const std::string& mode, double error) {
    std::fprintf(stderr, "bench: %s differs from the reference by %g on %s, %s: no row\n",
                 std::string{Peer::name}.c_str(), error, std::string{network.name}.c_str(), mode.c_str());
    return false;
}

/// True if every output agrees with the reference's within 2e-5, relative to the largest. output_of(s)
/// returns sample s's.
template <class Peer, const auto& N, class OutputOf>
bool outputs_match(const std::string& mode, const Aligned<Input<N>>& xs, OutputOf output_of) {
    auto reference = reference_of(N, initial_parameters(N));
    double error = 0, largest = 1;
    for (std::size_t s = 0; s < xs.size(); ++s) {
        const Output<N> y = output_of(s);
        const auto expected = reference.forward(xs[s]);
        for (std::size_t o = 0; o < y.size(); ++o) {
            const double difference = std::abs(static_cast<double>(y[o]) - expected[o]);
            error = std::isnan(difference) ? 1 : std::max(error, difference);
            largest = std::max(largest, std::abs(expected[o]));
        }
    }
    return error <= 2e-5 * largest || report_error<Peer>(N, mode, error);
}

/// True if the parameter change after three updates agrees with the reference's within 1e-3 (Euclidean norm).
template <class Peer, const auto& J, class Inputs, class Targets>
bool training_matches(const Inputs& xs, const Targets& ts) {
    constexpr const auto& N = J.network;
    const std::vector<float> start = initial_parameters(N);
    auto reference = reference_of(N, start);
    auto trainer = std::make_unique<typename Peer::template Train<J>>(start);
    for (std::size_t step = 0; step < 3; ++step) {
        const std::size_t first = step * J.batch % J.samples;
        trainer->step(std::span{xs}.subspan(first, J.batch), std::span{ts}.subspan(first, J.batch));
        reference.step(J.optimizer, flat(xs).subspan(first * N.inputs(), J.batch * N.inputs()),
                       flat(ts).subspan(first * N.outputs(), J.batch * N.outputs()));
    }
    std::vector<float> trained(N.parameters());
    trainer->read(trained);
    double error = 0, change = 0;
    for (std::size_t i = 0; i < start.size(); ++i) {
        const double expected = reference.parameters()[i];
        error += std::pow(static_cast<double>(trained[i]) - expected, 2);
        change += std::pow(expected - static_cast<double>(start[i]), 2);
    }
    return error <= 1e-6 * change || report_error<Peer>(N, J.mode(), std::sqrt(error / change));
}

/// Times one sample at a time. The bits of an output choose the next input, so that no call can begin before
/// the previous one has ended.
template <class Peer, const auto& N> void time_one(const Options& options) {
    if constexpr (requires { typename Peer::template One<N>; }) {
        if (!options.selects(N)) return;
        auto net = std::make_unique<typename Peer::template One<N>>(initial_parameters(N));
        const auto xs = inputs<N>(8);
        do_not_optimize(*net);
        if (!outputs_match<Peer, N>("one", xs, [&](std::size_t s) { return (*net)(xs[s]); })) return;
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            return elapsed([&] {
                const Input<N>* x = &xs.front();
                for (std::size_t i = 0; i < count; ++i) {
                    const Output<N> y = (*net)(*x);
                    do_not_optimize(y);
                    x = &xs[std::bit_cast<std::uint32_t>(y.back()) % 8];
                }
            });
        });
        print_row(Peer::name, N.name, "one", seconds * 1e9, "ns");
    }
}

/// Times a batch of batch_samples samples, in one call.
template <class Peer, const auto& N> void time_batch(const Options& options) {
    if constexpr (requires { typename Peer::template Batch<N>; }) {
        if (!options.selects(N)) return;
        auto net = std::make_unique<typename Peer::template Batch<N>>(initial_parameters(N));
        const auto xs = inputs<N>(batch_samples);
        Aligned<Output<N>> ys(batch_samples);
        const auto run = [&] {
            (*net)(std::span{xs}, std::span{ys});
            do_not_optimize(ys.front());
        };
        run();
        if (!outputs_match<Peer, N>(batch_mode(), xs, [&](std::size_t s) { return ys[s]; })) return;
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            return elapsed([&] {
                for (std::size_t i = 0; i < count; ++i) run();
            });
        });
        print_row(Peer::name, N.name, batch_mode(), seconds * 1e9 / batch_samples, "ns");
    }
}

/// Times training steps. Every repetition begins with an untrained net, because a net that has converged
/// would be another job, and with one step to warm up.
template <class Peer, const auto& J> void time_training(const Options& options) {
    if constexpr (requires { typename Peer::template Train<J>; }) {
        constexpr const auto& N = J.network;
        if (!options.selects(N)) return;
        const auto xs = inputs<N>(J.samples);
        const auto ts = targets<N>(J.samples);
        if (!training_matches<Peer, J>(xs, ts)) return;
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            auto trainer = std::make_unique<typename Peer::template Train<J>>(initial_parameters(N));
            std::size_t first = 0;
            const auto step = [&] {
                trainer->step(std::span{xs}.subspan(first, J.batch), std::span{ts}.subspan(first, J.batch));
                do_not_optimize(*trainer);
                first += J.batch;
                if (first + J.batch > J.samples) first = 0;
            };
            step();
            return elapsed([&] {
                for (std::size_t i = 0; i < count; ++i) step();
            });
        });
        print_row(Peer::name, N.name, J.mode(), seconds * 1e6 / static_cast<double>(J.batch), "us");
    }
}

/// Times one epoch: the fastest of those made in ten times a row's seconds. Calls the implementation's
/// epoch() if it has one; otherwise makes whole minibatches of shuffled samples and calls step().
template <class Peer, const auto& J> void time_epoch(const Options& options) {
    if constexpr (requires { typename Peer::template Train<J>; }) {
        constexpr const auto& N = J.network;
        if (!options.selects(N)) return;
        const auto xs = inputs<N>(epoch_samples);
        const auto ts = targets<N>(epoch_samples);
        if (!training_matches<Peer, J>(xs, ts)) return;
        auto trainer = std::make_unique<typename Peer::template Train<J>>(initial_parameters(N));
        std::vector<std::size_t> order(epoch_samples);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::mt19937 random{3};
        auto x = inputs<N>(J.batch);
        auto t = targets<N>(J.batch);
        const auto epoch = [&] {
            if constexpr (requires { trainer->epoch(std::span{xs}, std::span{ts}, random()); })
                trainer->epoch(std::span{xs}, std::span{ts}, random());
            else {
                std::ranges::shuffle(order, random);
                for (std::size_t first = 0; first + J.batch <= epoch_samples; first += J.batch) {
                    for (std::size_t s = 0; s < J.batch; ++s) {
                        x[s] = xs[order[first + s]];
                        t[s] = ts[order[first + s]];
                    }
                    trainer->step(std::span{x}, std::span{t});
                }
            }
            do_not_optimize(*trainer);
        };
        double best = elapsed(epoch);
        for (double spent = best; spent < 10 * options.seconds;) {
            const double seconds = elapsed(epoch);
            best = std::min(best, seconds);
            spent += seconds;
        }
        print_row(Peer::name, N.name, J.epoch_mode(), best, "s");
    }
}

template <class Peer, auto&... One, auto&... Batch, auto&... Train, auto&... Epoch>
void run(const Options& options, List<One...>, List<Batch...>, List<Train...>, List<Epoch...>) {
    (time_one<Peer, One>(options), ...);
    (time_batch<Peer, Batch>(options), ...);
    (time_training<Peer, Train>(options), ...);
    (time_epoch<Peer, Epoch>(options), ...);
}

/// main() of an implementation's program.
template <class Peer> int run(int argc, char** argv) {
    run<Peer>(Options{argc, argv}, OneSample{}, Batched{}, Training{}, Epochs{});
    return 0;
}

}
