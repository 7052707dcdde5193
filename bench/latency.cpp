// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// How long an answer takes, call by call: with everything in the caches, and with nothing there.
#include "described.hpp"
#include "harness.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <link.h>
#endif

namespace {

using namespace bench;

/// The time stamp counter, when all before has ended and nothing after has begun; elsewhere nanoseconds.
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

double nanoseconds_of_a_tick() {
    std::uint64_t ticks = 0;
    const double seconds = elapsed([&] {
        const std::uint64_t start = now();
        while ((ticks = now() - start) < 200'000'000) {}
    });
    return seconds * 1e9 / static_cast<double>(ticks);
}

/// How often each duration was seen: exact below 512 ticks, in steps of less than 0.4% above.
class Distribution {
public:
    void add(std::uint64_t ticks) {
        ++seen[place(ticks)];
        ++count;
        largest = std::max(largest, ticks);
    }
    /// The least number of ticks in which so large a part of the calls, or more, have ended.
    std::uint64_t quantile(double part) const {
        double missing = part * static_cast<double>(count);
        std::size_t bin = 0;
        while ((missing -= static_cast<double>(seen[bin])) > 0) ++bin;
        const std::size_t octave = bin < 512 ? 0 : bin / 256 - 1;
        return std::min(largest, ((bin - octave * 256 + 1) << octave) - 1);
    }
    std::uint64_t max() const { return largest; }
    std::size_t calls() const { return count; }

private:
    static std::size_t place(std::uint64_t ticks) {
        const std::size_t octave = ticks < 512 ? 0 : static_cast<std::size_t>(std::bit_width(ticks)) - 9;
        return octave * 256 + (ticks >> octave);
    }
    std::vector<std::uint32_t> seen = std::vector<std::uint32_t>(57 * 256);
    std::uint64_t largest = 0;
    std::size_t count = 0;
};

/// Writes all of the program, code and static data, back to memory and out of every cache; false where that
/// cannot be done.
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
        return 1; // the first object is the program; libraries are not needed for an answer
    };
    dl_iterate_phdr(evict_segments, nullptr);
    asm volatile("mfence" : : : "memory");
    return true;
#else
    return false;
#endif
}

/// What calls cost, less the clock's own part.
void time_calls(Distribution& durations, std::size_t calls, std::uint64_t clock, bool cold, auto call) {
    for (std::size_t i = 0; i < calls; ++i) {
        if (cold) evict_program();
        const std::uint64_t start = now();
        call(i);
        const std::uint64_t ticks = now() - start;
        durations.add(ticks > clock ? ticks - clock : 0);
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

/// The clock's tick, and how many of them a reading takes, which is taken off every duration.
struct Clock {
    double tick = nanoseconds_of_a_tick();
    std::uint64_t reading;

    explicit Clock(std::size_t calls) {
        Distribution durations;
        time_calls(durations, calls, 0, false, [](std::size_t) {});
        reading = durations.quantile(0.5);
        print_rows("floor", "clock", "warm", durations, tick);
    }
};

template <const Network& N> void time_network(const Clock& clock, std::size_t warm, std::size_t cold) {
    static const auto net = Described<N>::load(initial(N));
    static const auto xs = [] {
        std::array<Input<N>, 8> some;
        std::ranges::copy(inputs<N>(some.size()), some.begin());
        return some;
    }();
    const auto answer = [](std::size_t i) {
        const Output<N> y = net(xs[i % xs.size()]);
        keep(y);
    };
    // As long as an answer, on registers alone: what the machine does to any program.
    std::size_t rounds = 1;
    const auto spin = [&rounds](std::size_t) {
        for (std::size_t i = rounds; i > 0; --i) asm volatile("" : "+r"(i));
    };
    const auto median = [&](auto call) {
        Distribution durations;
        time_calls(durations, 20'000, clock.reading, false, call);
        return durations.quantile(0.5);
    };
    while (median(spin) < median(answer)) rounds += 1 + rounds / 50;

    const auto measure = [&](const std::string& state, std::size_t calls, bool evict) {
        constexpr std::size_t block = 500;
        Distribution answers, spins;
        while (answers.calls() < calls) { // in turns, so that both meet the same disturbances
            time_calls(answers, block, clock.reading, evict, answer);
            time_calls(spins, block, clock.reading, evict, spin);
        }
        print_rows("tenon", N.name, state, answers, clock.tick);
        print_rows("floor", N.name, state, spins, clock.tick);
    };
    measure("warm", warm, false);
    if (evict_program()) measure("cold", cold, true);
    else std::fprintf(stderr, "bench: no cold rows: they need x86-64 and Linux\n");
}

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    const double part = options.seconds / 0.3; // less where it is to be quick
    const auto warm = static_cast<std::size_t>(part * 10e6), cold = static_cast<std::size_t>(part * 10e3);
    const Clock clock{warm};
    const auto time = [&]<const Network & N>(List<N>) {
        if (options.wanted(N)) time_network<N>(clock, warm, cold);
    };
    time(List<xor_net>{});
    time(List<jets>{});
    time(List<acas>{});
}
