// Second order: a sine to a mean squared error of 1e-8 by LevenbergMarquardt, beside Lbfgs and Adam.
#include <tenon/second_order.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace tenon;

using Sine = NetOf<double, Dense<1, 16, Tanh>, Dense<16, 16, Tanh>, Dense<16, 1>>;

static Sine net;
static LevenbergMarquardt fitter{net};
static Lbfgs quasi_newton{net, MeanSquaredError{}, history_size<20>};
static Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 1e-3}, batch_size<32>};

static double milliseconds(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

int main(int argc, char** argv) {
    std::vector<Sine::Input> xs(200);
    std::vector<Sine::Output> ts(200);
    for (std::size_t i = 0; i < xs.size(); ++i) {
        const double x = 3.141592653589793 * (static_cast<double>(i) / 99.5 - 1);
        xs[i] = {x};
        ts[i] = {std::sin(x)};
    }

    std::puts("LevenbergMarquardt, down to 1e-6:");
    initialize(net, 1);
    fitter.fit(xs, ts, {.steps = 200}, [](const FullBatchReport& now) noexcept {
        std::printf("step %zu: %g\n", now.steps, now.loss);
        return now.loss > 1e-6;
    });

    initialize(net, 1);
    auto begin = std::chrono::steady_clock::now();
    const FullBatchReport report = fitter.fit(xs, ts, {.steps = 200, .target_loss = 1e-8});
    std::printf("LevenbergMarquardt: mean squared error %.2g after %zu steps, %.0f ms\n", report.loss,
                report.steps, milliseconds(begin));
    double largest_error = 0; // between the samples, too
    for (double x = -3.14; x <= 3.14; x += 0.001)
        largest_error = std::max(largest_error, std::abs(net({x})[0] - std::sin(x)));
    std::printf("largest error from -pi to pi: %.2g\n", largest_error);
    const bool fitted = report.outcome == FullBatchOutcome::loss_reached && largest_error < 2e-3;

    if (argc > 1 && std::strcmp(argv[1], "compare") == 0) {
        initialize(net, 1);
        begin = std::chrono::steady_clock::now();
        const FullBatchReport quasi = quasi_newton.fit(xs, ts, {.steps = 20'000, .target_loss = 1e-8});
        std::printf("Lbfgs: %.2g after %zu steps, %.0f ms\n", quasi.loss, quasi.steps, milliseconds(begin));

        initialize(net, 1);
        begin = std::chrono::steady_clock::now();
        double loss = 1;
        std::size_t steps = 0;
        for (double rate : {1e-3, 3e-4, 1e-4, 3e-5}) { // by turns of 20 000 epochs of 200 samples
            trainer.optimizer().learning_rate = rate;
            for (int i = 0; i < 20'000 && loss > 1e-8; ++i, ++steps)
                loss = trainer.step(std::span<const Sine::Input>(xs), std::span<const Sine::Output>(ts));
        }
        std::printf("Adam, full batches: %.2g after %zu steps, %.0f ms\n", loss, steps, milliseconds(begin));

        initialize(net, 1);
        begin = std::chrono::steady_clock::now();
        trainer.optimizer().learning_rate = 1e-2;
        std::size_t epochs = 0;
        for (loss = 1; epochs < 20'000 && loss > 1e-8; epochs += 100) {
            trainer.fit(xs, ts, {.epochs = 100, .batch = 32, .shuffle_seed = epochs});
            trainer.optimizer().learning_rate *= 0.97;
            loss = evaluate(net, MeanSquaredError{}, xs, ts);
        }
        std::printf("Adam, minibatches of 32: %.2g after %zu steps, %.0f ms\n", loss, epochs * 7,
                    milliseconds(begin));
    }
    return fitted ? EXIT_SUCCESS : EXIT_FAILURE;
}
