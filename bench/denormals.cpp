// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// What subnormal numbers cost, and what flush_denormals leaves of it.
#include "described.hpp"
#include "harness.hpp"

#include <memory>
#include <optional>

namespace {

using namespace bench;

/// Nanoseconds of a step of Work{silent}, where so many steps have led to.
template <class Work> void time_steps(const Options& options, std::string_view network, int steps) {
    const auto row = [&](const char* mode, bool silent, bool guarded) {
        std::optional<tenon::flush_denormals> guard;
        if (guarded) guard.emplace();
        const auto work = std::make_unique<Work>(silent);
        for (int step = 0; step < steps; ++step) work->step();
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            return elapsed([&] {
                for (std::size_t i = 0; i < count; ++i) work->step();
            });
        });
        print_row("tenon", network, mode, seconds * 1e9, "ns");
    };
    row("denormals-none", false, false);
    row("denormals", true, false);
    row("denormals-flushed", true, true);
}

/// A state that is fed back through a layer of 64, as in a recurrent net; it fades away, or holds.
class Recurrent {
public:
    explicit Recurrent(bool fades) {
        for (std::size_t i = 0; i < Net::outputs; ++i) net.layer<0>().weight(i, i) = fades ? 0.9f : 1.1f;
        state.fill(1);
    }
    void step() {
        state = net(state);
        keep(state);
    }

private:
    using Net = tenon::Net<tenon::Dense<64, 64, tenon::Tanh>>;
    Net net;
    Net::Output state;
};

/// Adam, one sample at a time, with inputs that are zero from the second sample on, as of a sensor that is
/// switched off: the moments of their weights fade away.
class Online {
public:
    explicit Online(bool silent) {
        if (silent) std::fill(xs.begin() + 1, xs.end(), Input<digits>{});
    }
    void step() {
        trainer.step(xs[next], ts[next]);
        keep(net);
        if (++next == xs.size()) next = 1;
    }

private:
    using Net = Described<digits>::Net;
    Net net = Described<digits>::load(initial(digits));
    tenon::Trainer<Net, tenon::CrossEntropy, tenon::Adam, 1> trainer{net, tenon::CrossEntropy{},
                                                                     tenon::Adam{.learning_rate = adam_rate}};
    Aligned<Input<digits>> xs = inputs<digits>(9);
    Aligned<Output<digits>> ts = targets<digits>(9);
    std::size_t next = 0;
};

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    if (!options.only.empty()) return 0; // these are no networks' rows
    time_steps<Recurrent>(options, "recurrent", 2000);
    time_steps<Online>(options, "digits", 100'000); // 0.999^n, the second moment, takes 88,000
}
