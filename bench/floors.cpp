// needs: the compiler, <unistd.h>
// The machine's limits with the registers that the compiler may use: the peak rate of multiply-adds, the
// bandwidth of loads from each cache, and the lower bounds of each network's times that follow from them.
#include "cells.hpp"
#include "harness.hpp"
#include "images.hpp"

#include <unistd.h>

namespace {

using namespace bench;

#if defined(__AVX512F__)
constexpr std::size_t register_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t register_bytes = 32;
#else
constexpr std::size_t register_bytes = 16;
#endif
using Register [[gnu::vector_size(register_bytes)]] = float;

constexpr std::string_view name = "floor";

/// Multiply-adds per second. Twelve independent chains hide a latency of four or five cycles at two
/// multiply-adds per cycle.
double multiply_add_rate(double budget) {
    constexpr std::size_t chains = 12, lanes = register_bytes / sizeof(float);
    Register a[chains] = {}, x = Register{} + 0.5f, y = Register{} + 1.f;
    do_not_optimize(a);
    do_not_optimize(x);
    do_not_optimize(y);
    const double seconds = fifth_percentile_time(budget, [&](std::size_t count) {
        return elapsed([&] {
            for (std::size_t i = 0; i < count; ++i)
                for (Register& sum : a) sum = sum * x + y;
            do_not_optimize(a);
        });
    });
    return chains * lanes / seconds;
}

/// Bytes loaded per second, from a buffer of `bytes` bytes that is read again and again.
double load_rate(double budget, std::size_t bytes) {
    constexpr std::size_t unrolled = 16;
    const Aligned<Register> data(bytes / register_bytes / unrolled * unrolled);
    const double seconds = fifth_percentile_time(budget, [&](std::size_t count) {
        return elapsed([&] {
            for (std::size_t i = 0; i < count; ++i)
                for (const Register* p = data.data(); p != data.data() + data.size(); p += unrolled)
                    for (std::size_t j = 0; j < unrolled; ++j) asm volatile("" : : "v"(p[j]));
        });
    });
    return static_cast<double>(data.size() * register_bytes) / seconds;
}

struct Cache {
    const char* mode;
    std::size_t bytes;
    double rate;
};

/// Sizes of the caches, as the system reports them or usual ones, and their load rates. Half of a cache is
/// read; of the third at most 8 times the size of the second.
std::vector<Cache> caches(double budget) {
    const auto size = [](int which, std::size_t usual) {
        const long reported = sysconf(which);
        return reported > 0 ? static_cast<std::size_t>(reported) : usual;
    };
    const std::size_t first = size(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
    const std::size_t second = size(_SC_LEVEL2_CACHE_SIZE, 512 << 10);
    const std::size_t third = size(_SC_LEVEL3_CACHE_SIZE, 8 << 20);
    return {{"load-l1", first, load_rate(budget, first / 2)},
            {"load-l2", second, load_rate(budget, second / 2)},
            {"load-l3", third, load_rate(budget, std::min(third / 2, second * 8))}};
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    const double rate = multiply_add_rate(options.seconds);
    print_row(name, "machine", "fma-peak", 2e-9 * rate, "GFLOP/s");
    const std::vector<Cache> levels = caches(options.seconds);
    for (const Cache& cache : levels) print_row(name, "machine", cache.mode, 1e-9 * cache.rate, "GB/s");

    const auto loads = [&](const auto& network) { // seconds to load the parameters
        const std::size_t bytes = network.parameters() * sizeof(float);
        const auto fits = [&](const Cache& cache) { return bytes <= cache.bytes; };
        auto level = std::ranges::find_if(levels, fits);
        if (level == levels.end()) --level;
        return static_cast<double>(bytes) / level->rate;
    };
    const auto forward = [&](const auto& network) {
        return static_cast<double>(network.multiply_adds()) / rate;
    };
    const auto step = [&](const auto& job) { // seconds per sample; dx of the first layer is not computed
        return static_cast<double>(3 * job.network.multiply_adds() - job.network.first_multiply_adds()) /
               rate;
    };
    const auto row = [&](const auto& network, const std::string& mode, double value, const char* unit) {
        if (options.selects(network)) print_row(name, network.name, mode, value, unit);
    };
    const auto batch = [&](const auto& network) { row(network, batch_mode(), 1e9 * forward(network), "ns"); };
    const auto training = [&](const auto& job) { row(job.network, job.mode(), 1e6 * step(job), "us"); };

    for_each(OneSample{}, [&](const Network& network) { row(network, "one", 1e9 * loads(network), "ns"); });
    for_each(Batched{}, batch);
    for_each(Training{}, training);
    for_each(Epochs{},
             [&](const Job& job) { row(job.network, job.epoch_mode(), epoch_samples * step(job), "s"); });
    for_each(ImagesOneSample{}, [&](const ImageNetwork& network) { // each weight is used many times
        row(network, "one", 1e9 * std::max(loads(network), forward(network)), "ns");
    });
    for_each(ImagesBatched{}, batch);
    for_each(ImagesTraining{}, training);
    for_each(OneStream{}, [&](const CellNetwork& network) { // convolutions may use a weight for many steps
        const double load = network.layer(0).recurrent() ? loads(network) : 0;
        row(network, "step", 1e9 * std::max(load, forward(network)), "ns");
    });
    for_each(ManyStreams{},
             [&](const CellNetwork& network) { row(network, streams_mode(), 1e9 * forward(network), "ns"); });
    for_each(CellTraining{}, training);
}
