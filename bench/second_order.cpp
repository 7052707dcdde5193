// needs: libboost-dev libxsimd-dev, <tenon/second_order.hpp>
// LevenbergMarquardt on the problems that tests/reference/second_order.py times with SciPy's least_squares:
// the same nets, starts and samples.
#include <tenon/second_order.hpp>

#include "../tests/reference/second_order.hpp"
#include "harness.hpp"

#include <cmath>
#include <ctime>
#include <numbers>
#include <vector>

namespace {

namespace start = reference::second_order;
using tenon::Dense, tenon::NetOf, tenon::Tanh;

/// Milliseconds of CPU time of a fit: the least of several.
template <class Net>
void time_fit(const bench::Options& options, const std::string& mode, const auto& parameters, const auto& xs,
              const auto& ts, const tenon::FullBatchOptions& fit_options) {
    static Net net;
    static tenon::LevenbergMarquardt fitter{net};
    tenon::FullBatchReport report;
    double least = HUGE_VAL, spent = 0;
    for (int runs = 0; runs < 5 || spent < 3e3 * options.seconds; ++runs) {
        for (std::size_t i = 0; i < Net::parameter_count; ++i) net.parameters()[i] = parameters[i];
        const std::clock_t begin = std::clock();
        report = fitter.fit(xs, ts, fit_options);
        const double milliseconds = 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        least = std::min(least, milliseconds);
        spent += milliseconds;
    }
    if (report.converged()) bench::print_row("tenon", "second-order", mode, least, "ms");
    else std::fprintf(stderr, "bench: LevenbergMarquardt does not converge, %s: no row\n", mode.c_str());
    std::fprintf(stderr, "bench: %s: %zu steps, %zu evaluations, mean squared error %.3g\n", mode.c_str(),
                 report.steps, report.evaluations, report.loss);
}

void time_sine(const bench::Options& options, std::size_t samples) {
    using Sine = NetOf<double, Dense<1, 16, Tanh>, Dense<16, 16, Tanh>, Dense<16, 1>>;
    std::vector<Sine::Input> xs(samples);
    std::vector<Sine::Output> ts(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        const double step = 2 * std::numbers::pi / static_cast<double>(samples - 1); // as numpy.linspace
        xs[i][0] = static_cast<double>(i) * step - std::numbers::pi;
        ts[i][0] = std::sin(xs[i][0]);
    }
    time_fit<Sine>(options, "sine-" + std::to_string(samples), start::sine_start, xs, ts,
                   {.steps = 300, .target_loss = 1e-8});
}

}

int main(int argc, char** argv) {
    const bench::Options options{argc, argv};
    if (!options.only.empty()) return 0;
    time_fit<NetOf<double, Dense<2, 3, Tanh>, Dense<3, 2>>>(options, "2-3-2", start::start, start::x,
                                                            start::t, {});
    time_sine(options, 200);
    time_sine(options, 400);
}
