// main() of an implementation of networks over time, which are compared with cell_reference.hpp.
//
// An implementation is a struct with a `name` and up to three templates; what it lacks is left out:
//   Stream<N>    (parameters)  void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys)
//                              the next steps of one stream
//                (optional)    Output<N> one(const Input<N>& x), the next step
//   Streams<N>   (parameters)  void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys)
//                              the next step of stream_count streams
//   Train<J>     as in harness.hpp: a sample is a sequence, step after step
#pragma once

#include "cell_reference.hpp"
#include "harness.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bench {

/// True if the outputs of a stream, step after step, agree with the reference's within 2e-5, relative to the
/// largest.
template <class Peer, const CellNetwork& N>
bool stream_matches(const std::string& mode, std::span<const Input<N>> xs, std::span<const Output<N>> ys) {
    CellReference reference{{N, xs.size()}, initial_parameters(N)};
    const auto expected = reference.forward({xs.front().data(), xs.size() * N.inputs()});
    double error = 0, largest = 1;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double y = static_cast<double>(ys[i / N.outputs()][i % N.outputs()]);
        const double difference = std::abs(y - expected[i]);
        error = std::isnan(difference) ? 1 : std::max(error, difference);
        largest = std::max(largest, std::abs(expected[i]));
    }
    return error <= 2e-5 * largest || report_error<Peer>(N, mode, error);
}

/// Times a step of one stream, in calls of run_steps steps, and in calls of one step if Stream has `one`.
template <class Peer, const CellNetwork& N> void time_stream(const Options& options) {
    if constexpr (requires { typename Peer::template Stream<N>; }) {
        if (!options.selects(N)) return;
        auto stream = std::make_unique<typename Peer::template Stream<N>>(initial_parameters(N));
        const auto xs = inputs<N>(4 * run_steps); // more than the past of a wavenet's convolution
        Aligned<Output<N>> ys(xs.size());
        const auto run = [&](std::size_t first = 0) {
            (*stream)(std::span{xs}.subspan(first, run_steps), std::span{ys}.subspan(first, run_steps));
            do_not_optimize(ys.front());
        };
        do_not_optimize(*stream);
        for (std::size_t first = 0; first < xs.size(); first += run_steps) run(first);
        if (!stream_matches<Peer, N>("step", xs, ys)) return;
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            return elapsed([&] {
                for (std::size_t i = 0; i < count; ++i) run();
            });
        });
        print_row(Peer::name, N.name, "step", seconds * 1e9 / run_steps, "ns");
        if constexpr (requires { stream->one(xs[0]); }) {
            const double one_by_one = fifth_percentile_time(options.seconds, [&](std::size_t count) {
                return elapsed([&] {
                    for (std::size_t i = 0; i < count; ++i) {
                        for (std::size_t t = 0; t < run_steps; ++t) ys[t] = stream->one(xs[t]);
                        do_not_optimize(ys.front());
                    }
                });
            });
            print_row(Peer::name, N.name, "single-step", one_by_one * 1e9 / run_steps, "ns");
        }
    }
}

/// Times a step of stream_count streams.
template <class Peer, const CellNetwork& N> void time_streams(const Options& options) {
    if constexpr (requires { typename Peer::template Streams<N>; }) {
        if (!options.selects(N)) return;
        constexpr std::size_t steps = 8;
        auto streams = std::make_unique<typename Peer::template Streams<N>>(initial_parameters(N));
        const auto xs = inputs<N>(steps * stream_count);
        Aligned<Output<N>> ys(steps * stream_count);
        const auto run = [&] {
            for (std::size_t t = 0; t < steps; ++t)
                (*streams)(std::span{xs}.subspan(t * stream_count, stream_count),
                           std::span{ys}.subspan(t * stream_count, stream_count));
            do_not_optimize(ys.front());
        };
        do_not_optimize(*streams);
        run();
        for (std::size_t s = 0; s < stream_count; ++s) {
            Aligned<Input<N>> x(steps);
            Aligned<Output<N>> y(steps);
            for (std::size_t t = 0; t < steps; ++t) {
                x[t] = xs[t * stream_count + s];
                y[t] = ys[t * stream_count + s];
            }
            if (!stream_matches<Peer, N>(streams_mode(), x, y)) return;
        }
        const double seconds = fifth_percentile_time(options.seconds, [&](std::size_t count) {
            return elapsed([&] {
                for (std::size_t i = 0; i < count; ++i) run();
            });
        });
        print_row(Peer::name, N.name, streams_mode(), seconds * 1e9 / (steps * stream_count), "ns");
    }
}

template <class Peer, auto&... One, auto&... Many, auto&... Train>
void run_cells(const Options& options, List<One...>, List<Many...>, List<Train...>) {
    (time_stream<Peer, One>(options), ...);
    (time_streams<Peer, Many>(options), ...);
    (time_training<Peer, Train>(options), ...);
}

/// main() of an implementation of networks over time.
template <class Peer> int run_cells(int argc, char** argv) {
    run_cells<Peer>(Options{argc, argv}, OneStream{}, ManyStreams{}, CellTraining{});
    return 0;
}

}
