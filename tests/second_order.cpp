// LevenbergMarquardt and Lbfgs against SciPy, PyTorch and NumPy; the Jacobian; what they do with bad input.
#include <tenon/second_order.hpp>

#include "catch.hpp"
#include "reference/second_order.hpp"
#include "support.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <vector>

using namespace tenon;
namespace wanted = reference::second_order;

namespace {

using Small = NetOf<double, Dense<2, 3, Tanh>, Dense<3, 2>>;
using Sine = NetOf<double, Dense<1, 16, Tanh>, Dense<16, 16, Tanh>, Dense<16, 1>>;

template <class Net> void set(Net& net, const auto& parameters) {
    for (std::size_t i = 0; i < Net::parameter_count; ++i)
        net.parameters()[i] = static_cast<typename Net::Scalar>(parameters[i]);
}

template <class Net> struct SineSamples {
    std::vector<typename Net::Input> xs = std::vector<typename Net::Input>(200);
    std::vector<typename Net::Output> ts = std::vector<typename Net::Output>(200);
    SineSamples() {
        for (std::size_t i = 0; i < 200; ++i) {
            const double x = 3.141592653589793 * (static_cast<double>(i) / 99.5 - 1);
            xs[i][0] = static_cast<typename Net::Scalar>(x);
            ts[i][0] = static_cast<typename Net::Scalar>(std::sin(x));
        }
    }
};

/// The rows [J r] of all samples.
template <class Net>
std::vector<std::vector<double>> rows_of(const Net& net, const auto& xs, const auto& ts) {
    constexpr std::size_t columns = detail::trained_count<Net>, pitch = columns + 3;
    const auto jacobian = std::make_unique<detail::Jacobian<Net>>();
    constexpr std::size_t capacity = 2 * detail::Jacobian<Net>::block;
    std::vector<double> memory(capacity * pitch);
    std::vector<std::vector<double>> rows;
    const auto* const parameters = net.values_is_an_implementation_detail_;
    jacobian->run(parameters, xs, ts, detail::JacobianRows<double, pitch, false>{memory.data()}, capacity,
                  [&](std::size_t count) {
                      for (const double* row = memory.data(); count > 0; row += pitch, --count)
                          rows.emplace_back(row, row + columns + 1);
                  });

    // The same, bit for bit, in columns.
    constexpr std::size_t width = 200;
    REQUIRE(rows.size() <= width);
    std::vector<double> transposed((columns + 1) * width);
    jacobian->run(parameters, xs, ts, detail::JacobianRows<double, width, true>{transposed.data()},
                  rows.size() + detail::Jacobian<Net>::block, [](std::size_t) {});
    std::size_t different = 0;
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c <= columns; ++c) different += rows[r][c] != transposed[c * width + r];
    CHECK(different == 0);
    return rows;
}

/// Largest |J - central differences|, over all samples, outputs and trained parameters. `order` are the rows'
/// samples and outputs.
template <class Net> double jacobian_error(std::size_t samples) {
    Net net;
    initialize(net, 3);
    for (double& p : net.parameters()) p += 0.01;
    const auto xs = random_samples<typename Net::Input>(samples, 5);
    const auto ts = random_samples<typename Net::Output>(samples, 7);
    const auto rows = rows_of(net, std::span(xs), std::span(ts));
    REQUIRE(rows.size() == samples * Net::outputs);
    double largest = 0;
    std::vector<bool> seen(samples * Net::outputs);
    for (const auto& row : rows) {
        // A row is of the sample and output whose residual it ends with.
        std::size_t s = 0, o = 0;
        for (std::size_t i = 0; i < samples * Net::outputs; ++i)
            if (std::abs(net(xs[i / Net::outputs])[i % Net::outputs] -
                         ts[i / Net::outputs][i % Net::outputs] - row.back()) < 1e-14 &&
                !seen[i]) {
                s = i / Net::outputs, o = i % Net::outputs;
                seen[i] = true;
                break;
            }
        std::size_t column = 0;
        constexpr auto trained = detail::StackOf<Net>::trainable_ranges;
        for (std::size_t r = 0; r < trained.count; ++r)
            for (std::size_t p = trained.ranges[r].first; p < trained.ranges[r].end; ++p) {
                const double before = net.parameters()[p], h = 1e-5;
                net.parameters()[p] = before + h;
                const double high = net(xs[s])[o];
                net.parameters()[p] = before - h;
                const double low = net(xs[s])[o];
                net.parameters()[p] = before;
                largest = std::max(largest, std::abs((high - low) / (2 * h) - row[column++]));
            }
        REQUIRE(column + 1 == row.size());
    }
    for (const bool found : seen) REQUIRE(found);
    return largest;
}

constexpr std::array<std::array<double, 1>, 5> line_xs{{{-1.}, {-0.5}, {0.}, {0.5}, {1.}}},
    line_ts{{{0.1}, {0.2}, {0.5}, {0.8}, {0.9}}};
using Tiny = NetOf<double, Dense<1, 1, Tanh>, Dense<1, 1>>;

template <class Fitter> constexpr double fit_tiny(std::size_t steps) {
    Tiny net;
    net.parameters()[0] = 1, net.parameters()[2] = 0.5;
    Fitter fitter(net, MeanSquaredError{});
    return fitter.fit(line_xs, line_ts, {.steps = steps}).loss;
}

} // namespace

TEST_CASE("both optimizers train in constant expressions, within g++'s default limits") {
    static_assert(fit_tiny<LevenbergMarquardt<Tiny>>(8) < 1e-20);
    constexpr double by_compiler = fit_tiny<LevenbergMarquardt<Tiny>>(3);
    CHECK(fit_tiny<LevenbergMarquardt<Tiny>>(3) == Approx(by_compiler).epsilon(1e-10).margin(0));
    using Quasi = Lbfgs<Tiny, MeanSquaredError, 4>;
    constexpr double by_compiler_too = fit_tiny<Quasi>(12);
    static_assert(by_compiler_too < 1e-3);
    CHECK(fit_tiny<Quasi>(12) == Approx(by_compiler_too).epsilon(1e-6).margin(0));
}

TEST_CASE("the Jacobian is SciPy's and that of central differences, for every kind of layer") {
    Small net;
    set(net, wanted::start);
    const auto rows = rows_of(net, std::span(wanted::x).first<2>(), std::span(wanted::t).first<2>());
    REQUIRE(rows.size() == 4);
    // by blocks, first all rows of output 0
    for (const auto& [row, of_scipy] : {std::pair{0, 0}, {1, 2}, {2, 1}, {3, 3}})
        CHECK(largest_error(wanted::jacobian[static_cast<std::size_t>(of_scipy)],
                            rows[static_cast<std::size_t>(row)], 1) < 1e-14);

    CHECK(jacobian_error<Small>(70) < 1e-8);
    CHECK(jacobian_error<NetOf<double, Dense<3, 5, Gelu>, Activate<Shape<5>, Tanh>, Dense<5, 3, Softmax>>>(
              33) < 1e-8);
    CHECK(jacobian_error<NetOf<double, Dense<1, 4, Tanh, false>, Dense<4, 9, Sigmoid>, Dense<9, 1>>>(3) <
          1e-8);
    CHECK(jacobian_error<NetOf<double, Frozen<Dense<2, 4, Tanh>>, Dense<4, 4, Tanh>,
                               Frozen<Dense<4, 3, Tanh>>, Dense<3, 2>>>(9) < 1e-8);
    // layers that are passed through sample by sample
    CHECK(jacobian_error<NetOf<double, Dense<2, 4>, LayerNorm<Shape<4>>, Residual<Dense<4, 4, Tanh>>,
                               Frozen<Dense<4, 3, Tanh>>, PRelu<Shape<3>>, Dense<3, 2>>>(40) < 1e-8);
}

TEST_CASE("the Cholesky factor of J^T J reproduces it at every size") {
    const auto check = []<std::size_t N, class T>(std::integral_constant<std::size_t, N>, T tolerance,
                                                  std::size_t size) {
        using Matrix = detail::GramMatrix<T, N>;
        const auto matrix = std::make_unique<Matrix>();
        const auto factor = std::make_unique<detail::CholeskyFactor<T, N>>();
        constexpr std::size_t pitch = Matrix::pitch;
        std::vector<T> rows(3 * pitch), d(pitch), x(pitch), b(pitch);
        for (std::size_t s = 0; s < 3; ++s) fill_random(std::span(rows).subspan(s * pitch, size + 1), s + 1);
        fill_random(d, 9, 0.5, 2);
        matrix->accumulate(rows.data(), 2, size + 1, false);
        matrix->accumulate(rows.data() + 2 * pitch, 1, size + 1, true);
        matrix->scale(d.data(), size + 1);
        REQUIRE(factor->factor(*matrix, T(0.25), size));
        factor->solve(x.data());
        const auto element = [&](std::size_t i, std::size_t j) {
            double a = 0;
            for (std::size_t s = 0; s < 3; ++s)
                a += double(rows[s * pitch + i]) * double(rows[s * pitch + j]);
            return a * double(d[i]) * double(d[j]) + (i == j ? 0.25 : 0.);
        };
        const auto error = [&](const std::vector<T>& solution, auto right_side) {
            double largest = 0;
            for (std::size_t i = 0; i < size; ++i) {
                double sum = -right_side(i);
                for (std::size_t j = 0; j < size; ++j) sum += element(i, j) * double(solution[j]);
                largest = std::max(largest, std::abs(sum));
            }
            return largest;
        };
        CHECK(error(x, [&](std::size_t i) { return element(i, size); }) < double(tolerance));
        fill_random(b, 11);
        std::vector<T> w = b;
        factor->solve_transposed(w.data());
        double square = 0; // b^T A^-1 b
        for (std::size_t i = 0; i < size; ++i) square += double(w[i]) * double(w[i]);
        factor->solve_upper(w.data());
        CHECK(error(w, [&](std::size_t i) { return double(b[i]); }) < double(tolerance));
        for (std::size_t i = 0; i < size; ++i) square -= double(w[i]) * double(b[i]);
        CHECK(std::abs(square) < double(tolerance));
    };
    [&]<std::size_t... N>(std::index_sequence<N...>) {
        (check(std::integral_constant<std::size_t, N + 1>{}, 1e-12, N + 1), ...);
        (check(std::integral_constant<std::size_t, N + 1>{}, 1e-3f, N + 1), ...);
    }(std::make_index_sequence<2 * detail::widest<double> + 1>{});
    for (std::size_t size = 1; size <= 67; ++size) { // of the same matrix
        check(std::integral_constant<std::size_t, 67>{}, 1e-11, size);
        check(std::integral_constant<std::size_t, 67>{}, 1e-2f, size);
    }
}

TEST_CASE("LevenbergMarquardt finds the minimum that SciPy's least_squares finds from the same start") {
    Small net;
    set(net, wanted::start);
    LevenbergMarquardt fitter{net};
    const FullBatchReport report = fitter.fit(wanted::x, wanted::t);
    CHECK(report.converged());
    CHECK(report.steps < 20);
    CHECK(report.loss == Approx(wanted::minimum_loss).epsilon(1e-8).margin(0));
    CHECK(report.loss == Approx(evaluate(net, MeanSquaredError{}, wanted::x, wanted::t)).epsilon(1e-14));
    CHECK(largest_error(net.parameters(), wanted::minimum, 1) < 1e-6);
    CHECK(report.gradient < 1e-8);

    Small half; // the same minimum: the loss is the same but for a factor
    set(half, wanted::start);
    LevenbergMarquardt half_fitter{half, HalfSquaredError{}};
    CHECK(half_fitter.fit(wanted::x, wanted::t).loss == Approx(wanted::minimum_loss).epsilon(1e-8));
    CHECK(largest_error(half.parameters(), wanted::minimum, 1) < 1e-6);
}

TEST_CASE(
    "LevenbergMarquardt trains a net of 321 parameters to 1e-8 in a hundred steps, from several starts") {
    const SineSamples<Sine> samples;
    const auto net = std::make_unique<Sine>();
    const auto fitter = std::make_unique<LevenbergMarquardt<Sine>>(*net);
    for (std::uint64_t seed = 0; seed <= 3; ++seed) { // 200 residuals: J^T J is singular
        if (seed == 0) set(*net, wanted::sine_start);
        else initialize(*net, seed);
        const FullBatchReport report =
            fitter->fit(samples.xs, samples.ts, {.steps = 120, .target_loss = 1e-8});
        CHECK(report.outcome == FullBatchOutcome::loss_reached);
        CHECK(evaluate(*net, MeanSquaredError{}, samples.xs, samples.ts) <= 1e-8);
        CHECK(report.evaluations < 2 * report.steps + 10);
    }
}

TEST_CASE("with fewer residuals than parameters, the smaller matrix gives the same steps") {
    // Samples that are written twice say the same, but are more residuals than there are parameters.
    using Wide = NetOf<double, Dense<2, 9, Tanh>, Dense<9, 2>>; // 47 parameters
    const auto xs = random_samples<Wide::Input>(17, 5), ts = random_samples<Wide::Output>(17, 6);
    auto twice_xs = xs, twice_ts = ts;
    twice_xs.insert(twice_xs.end(), xs.begin(), xs.end());
    twice_ts.insert(twice_ts.end(), ts.begin(), ts.end());
    for (const std::size_t steps : {1u, 2u, 3u}) {
        Wide few, many;
        initialize(few, 1);
        many = few;
        LevenbergMarquardt fitter{few}, other{many};
        const FullBatchReport report = fitter.fit(xs, ts, {.steps = steps});
        const FullBatchReport twice = other.fit(twice_xs, twice_ts, {.steps = steps});
        CHECK(report.loss == Approx(twice.loss).epsilon(1e-8));
        CHECK(report.gradient == Approx(twice.gradient).epsilon(1e-8));
        CHECK(largest_error(few.parameters(), many.parameters(), 1) < 1e-8);
    }
    Wide net;
    initialize(net, 1);
    LevenbergMarquardt fitter{net};
    CHECK(fitter.fit(xs, ts, {.steps = 200, .target_loss = 1e-20}).outcome == FullBatchOutcome::loss_reached);
}

TEST_CASE("the secular model knows the length of the step for other lambdas") {
    // A = diag(d): |q(l)|^2 = sum g^2 / (d + l)^2
    const auto model = [](const auto& d, double lambda) {
        std::array<double, 4> moments{};
        for (const double d_i : d)
            for (std::size_t m = 0; m < 4; ++m)
                moments[m] += std::pow(d_i + lambda, -2 - static_cast<double>(m));
        return detail::SecularModel<double>(lambda, std::sqrt(moments[0]), moments[1] / moments[0],
                                            moments[2] / moments[0], moments[3] / moments[0]);
    };
    const auto length = [](const auto& d, double lambda) {
        double square = 0;
        for (const double d_i : d) square += 1 / (d_i + lambda) / (d_i + lambda);
        return std::sqrt(square);
    };
    const std::array<double, 1> one{2};
    const std::array<double, 2> two{1e-4, 1};
    const std::array<double, 4> four{1e-6, 1e-3, 0.3, 1};
    for (const double wanted_lambda : {1e-5, 1e-3, 0.02, 0.5, 30.}) {
        const auto found = [&](const auto& d, double from) {
            const double l = model(d, from).lambda_for(length(d, wanted_lambda), 1e-9, 1e9);
            return length(d, l) / length(d, wanted_lambda);
        };
        CHECK(found(one, 0.1) == Approx(1).epsilon(0.011));
        CHECK(found(two, 0.1) == Approx(1).epsilon(0.011));
        CHECK(found(four, wanted_lambda / 5) == Approx(1).epsilon(0.1));
        CHECK(found(four, wanted_lambda * 5) == Approx(1).epsilon(0.1));
    }
    CHECK(model(one, 0.1).lambda_for(10, 0.01, 1e9) == Approx(0.01).epsilon(0.01)); // never so long
    CHECK(model(one, 0.1).lambda_for(1e-3, 0.01, 10) == Approx(10).epsilon(0.01));  // only beyond
}

TEST_CASE("in floats LevenbergMarquardt ends near the minimum, and never worse than at the start") {
    using Float = Net<Dense<2, 3, Tanh>, Dense<3, 2>>;
    Float net;
    set(net, wanted::start);
    std::vector<Float::Input> xs;
    std::vector<Float::Output> ts;
    for (std::size_t s = 0; s < wanted::x.size(); ++s) {
        xs.push_back({float(wanted::x[s][0]), float(wanted::x[s][1])});
        ts.push_back({float(wanted::t[s][0]), float(wanted::t[s][1])});
    }
    LevenbergMarquardt fitter{net};
    const FullBatchReport report = fitter.fit(xs, ts);
    CHECK(report.converged());
    CHECK(report.loss == Approx(wanted::minimum_loss).epsilon(1e-5));
    const FullBatchReport again = fitter.fit(xs, ts);
    CHECK(again.loss <= report.loss);
}

TEST_CASE("Lbfgs makes the steps of PyTorch's LBFGS with strong Wolfe conditions") {
    std::size_t kept = 0;
    for (const std::size_t steps : {1u, 2u, 5u, 10u, 30u}) {
        Small net;
        set(net, wanted::start);
        Lbfgs fitter{net, MeanSquaredError{}, history_size<4>};
        const FullBatchReport report =
            fitter.fit(wanted::x, wanted::t,
                       {.steps = steps, .gradient_tolerance = 0, .loss_tolerance = 0, .step_tolerance = 0});
        CHECK(report.outcome == FullBatchOutcome::steps_used);
        CHECK(report.steps == steps);
        CHECK(report.loss == Approx(wanted::lbfgs_losses[kept]).epsilon(1e-10).margin(0));
        CHECK(largest_error(net.parameters(), wanted::lbfgs_parameters[kept], 1) <
              (steps > 10 ? 1e-8 : 1e-10));
        ++kept;
    }
}

TEST_CASE("a linear neuron ends at NumPy's least squares solution") {
    using Neuron = NetOf<double, Dense<3, 1>>;
    Neuron net;
    Lbfgs fitter{net, HalfSquaredError{}};
    const FullBatchReport report = fitter.fit(wanted::linear_x, wanted::linear_t);
    CHECK(report.converged());
    CHECK(2 * report.loss == Approx(wanted::linear_loss).epsilon(1e-12).margin(0));
    CHECK(largest_error(net.parameters(), wanted::linear_solution) < 1e-6);

    Neuron other;
    LevenbergMarquardt squares{other, MeanSquaredError{}, 100};
    CHECK(squares.fit(wanted::linear_x, wanted::linear_t).steps <= 3);
    CHECK(largest_error(other.parameters(), wanted::linear_solution) < 1e-10);
}

TEST_CASE("Lbfgs trains classifiers, with class indices") {
    NetOf<double, Dense<2, 6, Tanh>, Dense<6, 3, Softmax>> net;
    initialize(net, 1);
    const auto xs = random_samples<std::array<double, 2>>(100, 3);
    std::vector<int> classes(100);
    for (std::size_t s = 0; s < 100; ++s)
        classes[s] = xs[s][0] * xs[s][0] + xs[s][1] * xs[s][1] < 0.3 ? 2 : xs[s][0] > 0;
    Lbfgs fitter{net, CrossEntropy{}};
    const FullBatchReport report = fitter.fit(xs, classes, {.steps = 300, .target_loss = 1e-3});
    CHECK(report.outcome == FullBatchOutcome::loss_reached);
    CHECK(accuracy(net, xs, classes) == 1);
    classes[7] = 3;
    const FullBatchReport bad = fitter.fit(xs, classes);
    CHECK(bad.outcome == FullBatchOutcome::bad_label);
    CHECK(bad.sample == 7);
}

TEST_CASE("parameters that are not trained stay as they are") {
    NetOf<double, Dense<2, 4, Tanh>, Frozen<Dense<4, 4, Tanh>>, Dense<4, 2>> net;
    const auto check = [&](auto& fitter) {
        initialize(net, 4);
        const auto before = net;
        const FullBatchReport report = fitter.fit(wanted::x, wanted::t);
        CHECK(report.loss < report.loss_before / 10);
        for (std::size_t i = 12; i < 32; ++i) CHECK(net.parameters()[i] == before.parameters()[i]);
        CHECK(net.parameters()[0] != before.parameters()[0]);
        CHECK(net.parameters()[33] != before.parameters()[33]);
    };
    LevenbergMarquardt squares{net};
    check(squares);
    Lbfgs quasi{net, MeanSquaredError{}};
    check(quasi);
    static_assert(sizeof(LevenbergMarquardt<decltype(net)>) < sizeof(LevenbergMarquardt<Sine>) / 20);
}

TEST_CASE("bad samples, sizes and starts are reported, and the net is left as it was") {
    Small net;
    LevenbergMarquardt squares{net};
    Lbfgs quasi{net, MeanSquaredError{}};
    const auto check = [&](auto& fitter) {
        set(net, wanted::start);
        auto xs = wanted::x;
        auto ts = wanted::t;
        ts[5][1] = math::not_a_number<double>();
        FullBatchReport report = fitter.fit(xs, ts);
        CHECK(report.outcome == FullBatchOutcome::bad_sample);
        CHECK(report.sample == 5);
        xs[2][0] = math::infinite<double>();
        report = fitter.fit(xs, ts);
        CHECK(report.outcome == FullBatchOutcome::bad_sample);
        CHECK(report.sample == 2);
        report = fitter.fit(std::span(xs).first(3), ts);
        CHECK(report.outcome == FullBatchOutcome::mismatched);
        CHECK_FALSE(report.converged());
        CHECK(largest_error(net.parameters(), wanted::start) == 0);

        net.parameters()[16] = 1e200; // the squares overflow
        report = fitter.fit(wanted::x, wanted::t);
        CHECK(report.outcome == FullBatchOutcome::diverged);
        CHECK(net.parameters()[16] == 1e200);
        net.parameters()[16] = math::not_a_number<double>();
        report = fitter.fit(wanted::x, wanted::t);
        CHECK(report.outcome == FullBatchOutcome::diverged);
        CHECK(math::is_nan(report.gradient));
    };
    check(squares);
    check(quasi);
}

TEST_CASE("singular problems are solved, and a minimum is not left") {
    // Every sample twice the same, and inputs that are multiples of each other: J has rank 2 of 4.
    NetOf<double, Dense<3, 1>> net;
    const std::vector<std::array<double, 3>> xs{{1, 2, -1}, {1, 2, -1}, {2, 4, -2}};
    const std::vector<std::array<double, 1>> ts{{1}, {1}, {3}};
    LevenbergMarquardt fitter{net};
    FullBatchReport report = fitter.fit(xs, ts);
    CHECK(report.converged());
    CHECK(report.loss < 1e-20);
    const auto before = net;
    report = fitter.fit(xs, ts);
    CHECK(report.converged());
    CHECK(report.steps <= 1);
    CHECK(largest_error(net.parameters(), before.parameters(), 1) < 1e-9);

    NetOf<double, Dense<3, 1, Relu>> dead; // all derivatives are zero
    dead.parameters()[3] = -10;
    LevenbergMarquardt squares{dead};
    Lbfgs quasi{dead, MeanSquaredError{}};
    for (const FullBatchReport& end : {squares.fit(xs, ts), quasi.fit(xs, ts)}) {
        CHECK(end.outcome == FullBatchOutcome::gradient_is_small);
        CHECK(end.steps == 0);
        CHECK(end.loss == end.loss_before);
    }
}

TEST_CASE("the line search returns from regions that are not finite") {
    // loss(t) = -log(1 - t) - 2 t, whose minimum is at 1/2, is not finite from t = 1 on
    std::size_t evaluations = 0;
    const auto evaluate = [&](double t) {
        ++evaluations;
        const bool finite = t < 1;
        return detail::LinePoint<double>{t, finite ? -std::log(1 - t) - 2 * t : 0,
                                         finite ? 1 / (1 - t) - 2 : 0, finite};
    };
    for (const double first : {1e-3, 0.5, 1., 30., 1e4}) {
        evaluations = 0;
        const auto end = detail::strong_wolfe(evaluate(0), first, 1e-12, evaluate, [] {});
        CHECK(end.finite);
        CHECK(end.loss <= 1e-4 * end.t * -1);
        CHECK(std::abs(end.slope) <= 0.9);
        CHECK(evaluations <= 26);
    }
}

TEST_CASE("an observer sees each step, and may end the fit") {
    Small net;
    LevenbergMarquardt squares{net};
    Lbfgs quasi{net, MeanSquaredError{}};
    const auto check = [&](auto& fitter) {
        set(net, wanted::start);
        std::vector<double> losses;
        FullBatchReport report = fitter.fit(wanted::x, wanted::t, {}, [&](const FullBatchReport& now) {
            losses.push_back(now.loss);
            CHECK(now.steps == losses.size());
            CHECK(now.loss == Approx(evaluate(net, MeanSquaredError{}, wanted::x, wanted::t)).epsilon(1e-12));
        });
        CHECK(losses.size() == report.steps);
        CHECK(losses.back() == report.loss);
        for (std::size_t i = 1; i < losses.size(); ++i) CHECK(losses[i] < losses[i - 1]);
        set(net, wanted::start);
        report = fitter.fit(wanted::x, wanted::t, {},
                            [](const FullBatchReport& now) noexcept { return now.steps < 3; });
        CHECK(report.outcome == FullBatchOutcome::stopped_by_observer);
        CHECK_FALSE(report.converged());
        CHECK(report.steps == 3);
        CHECK(report.loss == losses[2]);
        set(net, wanted::start);
        CHECK_THROWS_AS(fitter.fit(wanted::x, wanted::t, {}, [](const FullBatchReport&) { throw 1; }), int);
        CHECK(evaluate(net, MeanSquaredError{}, wanted::x, wanted::t) == Approx(losses[0]).epsilon(1e-12));
    };
    check(squares);
    check(quasi);
}

TEST_CASE("huge numbers are no minimum") {
    NetOf<double, Dense<1, 1, Tanh>, Dense<1, 1>> net;
    LevenbergMarquardt squares{net};
    Lbfgs quasi{net, MeanSquaredError{}};
    const std::vector<std::array<double, 1>> xs{{1}, {2}, {-1}};
    const auto check = [&](auto& fitter, double scale) {
        auto ts = xs;
        for (auto& t : ts) t[0] = scale * std::tanh(0.5 * t[0]);
        net = {};
        net.parameters()[0] = net.parameters()[2] = 1;
        const FullBatchReport report = fitter.fit(xs, ts, {.steps = 1000});
        CHECK(report.loss < report.loss_before / 10);
        if (report.converged()) CHECK(report.gradient < 1e-6 * scale);
        else CHECK(report.outcome == FullBatchOutcome::stuck);
        for (auto& t : ts) t[0] = 1e160;
        CHECK(fitter.fit(xs, ts).outcome == FullBatchOutcome::diverged);
    };
    for (const double scale : {1e8, 1e13, 1e20, 1e100, 1e150, 1e153}) {
        check(squares, scale);
        check(quasi, scale);
    }
}
