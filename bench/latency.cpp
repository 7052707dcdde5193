// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// The distribution of the time of one evaluation: with everything in the caches, and with nothing in them.
#include "harness.hpp"
#include "tenon_net.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <link.h>
#endif

namespace {

using namespace bench;

/// Reads the time stamp counter after all earlier instructions have completed and before later ones begin; on
/// other CPUs, a clock in nanoseconds.
std::uint64_t now() {
#if defined(__x86_64__)
    std::uint32_t low, high;
    asm volatile("rdtscp\n\tlfence" : "=a"(low), "=d"(high) : : "rcx", "memory");
    return std::uint64_t{high} << 32 | low;
#else
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
#endif
}

double nanoseconds_per_tick() {
    std::uint64_t ticks = 0;
    const double seconds = elapsed([&] {
        const std::uint64_t start = now();
        while ((ticks = now() - start) < 200'000'000) {}
    });
    return seconds * 1e9 / static_cast<double>(ticks);
}

/// A histogram of durations: exact below 512 ticks, in bins narrower than 0.4% above.
class Distribution {
public:
    void add(std::uint64_t ticks) {
        ++counts[bin_of(ticks)];
        ++count;
        largest = std::max(largest, ticks);
    }
    /// The least number of ticks within which at least this fraction of the calls ended.
    std::uint64_t quantile(double fraction) const {
        double remaining = fraction * static_cast<double>(count);
        std::size_t bin = 0;
        while ((remaining -= static_cast<double>(counts[bin])) > 0) ++bin;
        const std::size_t octave = bin < 512 ? 0 : bin / 256 - 1;
        return std::min(largest, ((bin - octave * 256 + 1) << octave) - 1);
    }
    std::uint64_t max() const { return largest; }
    std::size_t calls() const { return count; }

private:
    static std::size_t bin_of(std::uint64_t ticks) {
        const std::size_t octave = ticks < 512 ? 0 : static_cast<std::size_t>(std::bit_width(ticks)) - 9;
        return octave * 256 + (ticks >> octave);
    }
    std::vector<std::uint32_t> counts = std::vector<std::uint32_t>(57 * 256);
    std::uint64_t largest = 0;
    std::size_t count = 0;
};

/// Flushes the program's code and static data from every cache to memory. Returns false if that is not
/// possible here.
bool evict_program() {
#if defined(__x86_64__) && defined(__linux__)
    const auto evict_segments = [](dl_phdr_info* info, std::size_t, void*) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
            const auto& segment = info->dlpi_phdr[i];
            if (segment.p_type != PT_LOAD) continue;
            const auto* begin = reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr);
            for (const char* line = begin; line < begin + segment.p_memsz; line += 64)
                asm volatile("clflush %0" : : "m"(*line));
        }
        return 1; // stop after the first object, the program: an evaluation uses no libraries
    };
    dl_iterate_phdr(evict_segments, nullptr);
    asm volatile("mfence" : : : "memory");
    return true;
#else
    return false;
#endif
}

/// Adds the durations of `calls` calls, each less the clock's `reading`. If cold, flushes the caches before
/// each.
void time_calls(Distribution& durations, std::size_t calls, std::uint64_t reading, bool cold, auto call) {
    for (std::size_t i = 0; i < calls; ++i) {
        if (cold) evict_program();
        const std::uint64_t start = now();
        call(i);
        const std::uint64_t ticks = now() - start;
        durations.add(ticks > reading ? ticks - reading : 0);
    }
}

void print_rows(std::string_view name, std::string_view network, const std::string& state,
                const Distribution& durations, double tick) {
    const auto row = [&](const char* what, std::uint64_t ticks) {
        print_row(name, network, state + what, static_cast<double>(ticks) * tick, "ns");
    };
    row("-p50", durations.quantile(0.5));
    row("-p99", durations.quantile(0.99));
    row("-p99.9", durations.quantile(0.999));
    row("-max", durations.max());
    print_row(name, network, state + "-calls", static_cast<double>(durations.calls()), "calls");
}

/// The clock: nanoseconds per tick, and the ticks that a reading takes, which are subtracted from every
/// duration.
struct Clock {
    double tick = nanoseconds_per_tick();
    std::uint64_t reading;

    explicit Clock(std::size_t calls) {
        Distribution durations;
        time_calls(durations, calls, 0, false, [](std::size_t) {});
        reading = durations.quantile(0.5);
        print_rows("floor", "clock", "warm", durations, tick);
    }
};

template <const Network& N> void time_network(const Clock& clock, std::size_t warm, std::size_t cold) {
    static const auto net = TenonNet<N>::load(initial_parameters(N));
    static const auto xs = [] {
        std::array<Input<N>, 8> samples;
        std::ranges::copy(inputs<N>(samples.size()), samples.begin());
        return samples;
    }();
    const auto evaluate = [](std::size_t i) {
        const Output<N> y = net(xs[i % xs.size()]);
        do_not_optimize(y);
    };
    // A loop in registers, about as long as an evaluation: it shows the delays that the machine causes in any
    // program.
    std::size_t rounds = 1;
    const auto spin = [&rounds](std::size_t) {
        for (std::size_t i = rounds; i > 0; --i) asm volatile("" : "+r"(i));
    };
    const auto median = [&](auto call) {
        Distribution durations;
        time_calls(durations, 20'000, clock.reading, false, call);
        return durations.quantile(0.5);
    };
    while (median(spin) < median(evaluate)) rounds += 1 + rounds / 50;

    const auto measure = [&](const std::string& state, std::size_t calls, bool evict) {
        constexpr std::size_t block = 500;
        Distribution evaluations, spins;
        while (evaluations.calls() < calls) { // in turns, so that both are disturbed alike
            time_calls(evaluations, block, clock.reading, evict, evaluate);
            time_calls(spins, block, clock.reading, evict, spin);
        }
        print_rows("tenon", N.name, state, evaluations, clock.tick);
        print_rows("floor", N.name, state, spins, clock.tick);
    };
    measure("warm", warm, false);
    if (evict_program()) measure("cold", cold, true);
    else std::fprintf(stderr, "bench: no cold rows: they need x86-64 and Linux\n");
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    const double scale = options.seconds / 0.3; // below 1 with --quick
    const auto warm = static_cast<std::size_t>(scale * 10e6), cold = static_cast<std::size_t>(scale * 10e3);
    const Clock clock{warm};
    if (options.selects(xor_net)) time_network<xor_net>(clock, warm, cold);
    if (options.selects(jets)) time_network<jets>(clock, warm, cold);
    if (options.selects(acas)) time_network<acas>(clock, warm, cold);
}
