// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// The cost of subnormal numbers, without and with flush_denormals.
#include "harness.hpp"
#include "tenon_cell_net.hpp"
#include "tenon_net.hpp"

#include <memory>
#include <optional>

namespace {

using namespace bench;

/// Prints the nanoseconds of a step of Work after `steps` steps: with normal numbers, with values that have
/// decayed into subnormal numbers, and with these flushed.
template <class Work> void time_steps(const Options& options, std::string_view network, int steps) {
    const auto row = [&](const char* mode, bool decays, bool flushed) {
        std::optional<tenon::flush_denormals> guard;
        if (flushed) guard.emplace();
        const auto work = std::make_unique<Work>(decays);
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

/// A state that is fed back through a layer of 64, as in a recurrent net. It decays to zero, or stays of
/// normal size.
class Recurrent {
public:
    explicit Recurrent(bool decays) {
        for (std::size_t i = 0; i < Net::outputs; ++i) net.layer<0>().weight(i, i) = decays ? 0.9f : 1.1f;
        state.fill(1);
    }
    void step() {
        state = net(state);
        do_not_optimize(state);
    }

private:
    using Net = tenon::Net<tenon::Dense<64, 64, tenon::Tanh>>;
    Net net;
    Net::Output state;
};

/// A stream: after a loud signal it is silent, if it decays, and loud all the time otherwise. Biases are
/// zero, as of a net whose output for silence is silence, except for the gate that keeps the memory: it keeps
/// 0.88 of it, so that the memory becomes subnormal and, rounded to nearest, never zero.
template <const CellNetwork& N> class Streamed {
public:
    explicit Streamed(bool decays) {
        constexpr PlacedCell cell = N.layer(0);
        std::vector<float> start = initial_parameters(N);
        for (std::size_t i = 0; i < N.layers(); ++i)
            std::fill_n(start.begin() + static_cast<std::ptrdiff_t>(N.bias(i)), N.layer(i).biases(), 0.f);
        std::fill_n(start.begin() + static_cast<std::ptrdiff_t>(N.bias(0) + cell.outputs), cell.outputs, 2.f);
        TenonCells<N>::load(start, net.parameters());
        for (std::size_t i = 0; i < xs.size(); ++i) step();
        if (decays) std::ranges::fill(xs, Input<N>{});
    }
    void step() {
        const auto y = net.step(state, xs[next]);
        do_not_optimize(y);
        next = (next + 1) % xs.size();
    }

private:
    using Net = typename TenonCells<N>::Net;
    Net net;
    tenon::State<Net> state;
    Aligned<Input<N>> xs = inputs<N>(512);
    std::size_t next = 0;
};

/// Adam, one sample at a time. If it decays, inputs are zero from the second sample on, like those of a
/// sensor that is switched off: then Adam's moments of their weights decay to zero.
class Online {
public:
    explicit Online(bool decays) {
        if (decays) std::fill(xs.begin() + 1, xs.end(), Input<digits>{});
    }
    void step() {
        trainer.step(xs[next], ts[next]);
        do_not_optimize(net);
        if (++next == xs.size()) next = 1;
    }

private:
    using Net = TenonNet<digits>::Net;
    Net net = TenonNet<digits>::load(initial_parameters(digits));
    tenon::Trainer<Net, tenon::CrossEntropy, tenon::Adam, 1> trainer{net, tenon::CrossEntropy{},
                                                                     tenon::Adam{.learning_rate = adam_rate}};
    Aligned<Input<digits>> xs = inputs<digits>(9);
    Aligned<Output<digits>> ts = targets<digits>(9);
    std::size_t next = 0;
};

}

int main(int argc, char** argv) {
    const Options options{argc, argv};
    if (options.selects(lstm20)) time_steps<Streamed<lstm20>>(options, lstm20.name, 2000);
    if (options.selects(gru24)) time_steps<Streamed<gru24>>(options, gru24.name, 2000);
    if (!options.only.empty()) return 0; // the other rows belong to no network
    time_steps<Recurrent>(options, "recurrent", 2000);
    time_steps<Online>(options, "digits", 100'000); // the second moment, 0.999^n, takes 88,000
}
