// Metrics: scikit-learn's numbers, class indices and one-hot targets, NaN, metrics within fit.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "reference/sklearn_metrics.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

using namespace tenon;

namespace {

/// A net whose output is its input.
template <std::size_t N> using Unchanged = NetOf<double, Activate<Shape<N>, Identity>>;

template <std::size_t Values, std::size_t N>
std::vector<std::array<double, Values>> one_hot(const std::array<int, N>& labels) {
    std::vector<std::array<double, Values>> targets(N);
    for (std::size_t i = 0; i < N; ++i)
        if (Values == 1) targets[i][0] = labels[i];
        else targets[i][static_cast<std::size_t>(labels[i])] = 1;
    return targets;
}

template <class Metric, std::size_t Values, std::size_t N>
void check(const Metric& metric, const std::array<std::array<double, Values>, N>& outputs,
           const std::array<int, N>& labels, double wanted) {
    INFO(detail::metric_name<Metric>());
    CHECK(measure(Unchanged<Values>{}, metric, outputs, labels) ==
          Approx(wanted).epsilon(1e-14).margin(1e-15));
    CHECK(measure(Unchanged<Values>{}, metric, outputs, one_hot<Values>(labels)) ==
          Approx(wanted).epsilon(1e-14).margin(1e-15));
}

static_assert(std::string_view{TopK<3>::name} == "top 3 accuracy");
static_assert(std::string_view{TopK<120>::name} == "top 120 accuracy");

// In constant expressions, too.
constexpr std::array<Unchanged<1>::Input, 4> few_scores{{{0.1}, {0.4}, {0.35}, {0.8}}};
static_assert(measure(Unchanged<1>{}, F1{}, few_scores, std::array{0, 0, 1, 1}) > 0.66);

} // namespace

TEST_CASE("metrics of two classes are scikit-learn's, with one output and with two") {
    std::array<std::array<double, 1>, sklearn::binary_scores.size()> one{};
    std::array<std::array<double, 2>, sklearn::binary_scores.size()> two{}, none{};
    for (std::size_t i = 0; i < one.size(); ++i) {
        one[i] = {sklearn::binary_scores[i]};
        two[i] = {1 - sklearn::binary_scores[i], sklearn::binary_scores[i]};
        none[i] = {1, 0};
    }
    const auto check_both = [&](const auto& metric, double wanted) {
        check(metric, one, sklearn::binary_labels, wanted);
        check(metric, two, sklearn::binary_labels, wanted);
    };
    check_both(Accuracy{}, sklearn::binary_accuracy);
    check(TopK<1>{}, one, sklearn::binary_labels, sklearn::binary_accuracy);
    check_both(TopK<2>{}, 1);
    check_both(Auc{}, sklearn::binary_auc);
    check_both(Precision{}, sklearn::binary_precision);
    check_both(Recall{}, sklearn::binary_recall);
    check_both(F1{}, sklearn::binary_f1);
    check_both(Precision{.average = Average::macro}, sklearn::binary_macro_precision);
    check_both(Recall{.average = Average::macro}, sklearn::binary_macro_recall);
    check_both(F1{.average = Average::macro}, sklearn::binary_macro_f1);
    check_both(Precision{.positive = 0}, sklearn::binary_of_0_precision);
    check_both(Recall{.positive = 0}, sklearn::binary_of_0_recall);
    check_both(F1{.positive = 0}, sklearn::binary_of_0_f1);
    check(F1{}, none, sklearn::binary_labels, sklearn::none_predicted_f1);
    check(F1{.average = Average::macro}, none, sklearn::binary_labels, sklearn::none_predicted_macro_f1);
}

TEST_CASE("metrics of many classes are scikit-learn's, with absent classes and equal outputs") {
    using namespace sklearn;
    check(Accuracy{}, multi_scores, multi_labels, multi_accuracy);
    check(Precision{}, multi_scores, multi_labels, multi_precision);
    check(Recall{}, multi_scores, multi_labels, multi_recall);
    check(F1{}, multi_scores, multi_labels, multi_f1);
    check(Precision{.average = Average::binary, .positive = 2}, multi_scores, multi_labels,
          multi_of_2_precision);
    check(Recall{.average = Average::binary, .positive = 2}, multi_scores, multi_labels, multi_of_2_recall);
    check(F1{.average = Average::binary, .positive = 2}, multi_scores, multi_labels, multi_of_2_f1);
    check(TopK<1>{}, multi_scores, multi_labels, multi_top_1);
    check(TopK<2>{}, multi_scores, multi_labels, multi_top_2);
    check(TopK<3>{}, multi_scores, multi_labels, multi_top_3);
    check(TopK<4>{}, multi_scores, multi_labels, multi_top_4);
    check(Auc{}, ovr_scores, ovr_labels, ovr_auc);
    check(AucOf<1>{}, ovr_scores, ovr_labels, ovr_auc);
    check(AucOf<28>{}, ovr_scores, ovr_labels, ovr_auc);
    CHECK(multi_top_1 != multi_accuracy); // of equal outputs, they prefer other classes
}

TEST_CASE("metrics of regressions are scikit-learn's") {
    auto targets = sklearn::regression_targets;
    auto outputs = sklearn::regression_outputs;
    const auto value = [&](const auto& metric) { return measure(Unchanged<2>{}, metric, outputs, targets); };
    CHECK(value(R2{}) == Approx(sklearn::r2).epsilon(1e-14));
    CHECK(value(MeanAbsoluteError{}) == Approx(sklearn::mean_absolute_error).epsilon(1e-14));
    CHECK(value(MeanSquaredError{}) == Approx(sklearn::mean_squared_error).epsilon(1e-14));
    for (auto& target : targets) target[0] = 3;
    CHECK(value(R2{}) == Approx(sklearn::constant_target_r2).epsilon(1e-14));
    for (auto& output : outputs) output[0] = 3;
    CHECK(value(R2{}) == Approx(sklearn::constant_target_met_r2).epsilon(1e-14));
    CHECK(math::is_nan(
        measure(Unchanged<2>{}, R2{}, std::span(outputs).first(1), std::span(targets).first(1))));
}

TEST_CASE("the AUC of more samples than it keeps is exact") {
    using N = Net<Activate<Shape<2>, Identity>>;
    const auto compare = [](std::size_t count, bool rare) {
        Random random(count);
        std::vector<N::Input> xs(count);
        std::vector<std::uint8_t> ts(count);
        std::array<std::array<std::uint64_t, 1001>, 2> histogram{};
        for (std::size_t i = 0; i < count; ++i) {
            ts[i] = rare ? random() % 1000 == 0 : random() % 3 == 0;
            const auto step = random() % 900 + 100 * ts[i];
            xs[i] = {0, static_cast<float>(step) / 1000};
            ++histogram[ts[i]][step];
        }
        double half_wins = 0, below = 0, positives = 0;
        for (std::size_t step = 0; step <= 1000; ++step) {
            const auto n = static_cast<double>(histogram[0][step]),
                       p = static_cast<double>(histogram[1][step]);
            half_wins += p * (2 * below + n);
            below += n;
            positives += p;
        }
        INFO(count << " samples");
        const auto wanted = Approx(half_wins / 2 / below / positives).epsilon(1e-14);
        CHECK(measure(N{}, Auc{}, xs, ts) == wanted);
        CHECK(measure(N{}, AucOf<50000>{}, xs, ts) == wanted);
        if (count < 16390) CHECK(measure(N{}, AucOf<100>{}, xs, ts) == wanted);
    };
    for (const std::size_t count : {16383u, 16384u, 16385u, 40000u}) {
        compare(count, false);
        compare(count, true);
    }
}

TEST_CASE("a metric is NaN without samples, or if sizes differ; NaN outputs are wrong") {
    const auto nan = math::not_a_number<double>();
    const std::vector<Unchanged<2>::Input> xs{{0, 1}, {nan, 1}, {1, 0}, {0.5, 0.25}};
    const std::vector<int> ts{1, 1, 0, 0}, bad{1, 1, -1, 0};
    const Unchanged<2> net;
    CHECK(measure(net, Accuracy{}, xs, ts) == Approx(3. / 4));
    CHECK(measure(net, TopK<2>{}, xs, ts) == Approx(3. / 4));
    CHECK(measure(net, Recall{}, xs, ts) == Approx(1. / 2));
    CHECK(measure(net, Precision{}, xs, ts) == 1);
    // targets that say nothing are refused
    const std::vector<Unchanged<2>::Output> outputs{{0, 1}, {0, 1}, {1, nan}, {1, 0}};
    const auto refused = [&](const auto& metric) {
        return math::is_nan(measure(net, metric, xs, bad)) && math::is_nan(measure(net, metric, xs, outputs));
    };
    CHECK((refused(Accuracy{}) && refused(TopK<2>{}) && refused(F1{}) && refused(Auc{}) && refused(R2{}) &&
           refused(MeanAbsoluteError{})));
    const std::vector<std::size_t> some_of{0, 1, 3};
    CHECK(measure(net, Accuracy{}, xs, bad, some_of) == Approx(2. / 3));
    CHECK(math::is_nan(
        measure(Unchanged<1>{}, R2{}, std::array<Unchanged<1>::Input, 2>{{{0}, {1}}}, std::array{0, -1})));
    const std::span<const Unchanged<2>::Input> some(xs);
    const auto is_nan = [&](const auto& metric) {
        return math::is_nan(measure(net, metric, some.first(0), std::span(ts).first(0))) &&
               math::is_nan(measure(net, metric, some.first(2), ts));
    };
    CHECK((is_nan(Accuracy{}) && is_nan(TopK<2>{}) && is_nan(F1{}) && is_nan(Auc{}) && is_nan(R2{}) &&
           is_nan(MeanAbsoluteError{})));
    CHECK(math::is_nan(measure(net, Auc{}, some.first(1), std::span(ts).first(1)))); // one class alone
    CHECK(math::is_nan(
        measure(Unchanged<1>{}, Auc{}, std::array<Unchanged<1>::Input, 2>{{{nan}, {1}}}, std::array{0, 1})));
}

namespace {

/// A metric of one's own: the fraction of outputs that are within `limit` of their targets.
struct Within {
    double limit = 0.1;
    static constexpr const char* name = "within";
    template <class T, std::size_t Outputs> struct State {
        std::size_t right = 0, total = 0;
    };
    template <class State, class Answer> constexpr void add(State& state, const Answer& answer) const {
        for (std::size_t o = 0; o < Answer::outputs; ++o) {
            const double error = static_cast<double>(answer.output(o) - answer.target(o));
            state.right += error < limit && error > -limit;
            ++state.total;
        }
    }
    template <class State> constexpr double value(const State& state) const {
        return static_cast<double>(state.right) / static_cast<double>(state.total);
    }
};

using Flowers = Net<Dense<2, 8, Tanh>, Dense<8, 3, Softmax>>;
const auto inputs = random_samples<Flowers::Input>(211, 1);
const std::vector<int> classes = [] {
    std::vector<int> all;
    for (const auto& x : inputs) all.push_back(x[0] > 0.2f ? 2 : x[1] > 0);
    return all;
}();

} // namespace

TEST_CASE("fit measures metrics on the validation samples after each epoch") {
    std::vector<Flowers::Output> targets(50);
    for (std::size_t i = 0; i < 50; ++i) targets[i][static_cast<std::size_t>(classes[i])] = 1;
    const std::span<const Flowers::Input> held_out = std::span(inputs).first(50),
                                          xs = std::span(inputs).subspan(50);
    Flowers net, plain;
    initialize(net, 1);
    initialize(plain, 1);
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.05}},
        without{plain, CrossEntropy{}, Adam{.learning_rate = 0.05}};
    std::size_t epochs = 0;
    const auto history = trainer.fit(
        xs, std::span(classes).subspan(50), {.epochs = 12, .batch = 16, .validation = {held_out, targets}},
        Accuracy{}, Within{.limit = 0.3}, Auc{},
        [&](const auto& epoch) {
            ++epochs;
            CHECK(epoch.validation_loss == evaluate(net, CrossEntropy{}, held_out, targets));
            CHECK(epoch.metrics[0] == accuracy(net, held_out, targets));
            CHECK(epoch.metrics[1] == measure(net, Within{.limit = 0.3}, held_out, targets));
            CHECK(epoch.metrics[2] == measure(net, Auc{}, held_out, targets));
            return epoch.number < 10;
        },
        F1{});
    CHECK(epochs == 10);
    CHECK(history.last[F1{}] == measure(net, F1{}, held_out, targets));
    CHECK(history.epochs()[3][Accuracy{}] == history.epochs()[3].metrics[0]);
    CHECK(history.best[Accuracy{}] > 0.7);
    CHECK(std::string_view{history.last.metric_names[3]} == "F1");

    const History same = without.fit(xs, std::span(classes).subspan(50),
                                     {.epochs = 10, .batch = 16, .validation = {held_out, targets}});
    CHECK(std::ranges::equal(net.parameters(), plain.parameters()));
    for (std::size_t i = 0; i < 10; ++i)
        CHECK(same.epochs()[i].validation_loss == history.epochs()[i].validation_loss);
}

TEST_CASE("without validation samples, metrics are those of the training samples") {
    Flowers net;
    initialize(net, 1);
    Trainer trainer{net, CrossEntropy{}, Adam{}};
    const auto history =
        trainer.fit(inputs, classes, {.epochs = 2, .shuffle_seed = 1}, Accuracy{}, MeanAbsoluteError{});
    CHECK(history.last[Accuracy{}] == accuracy(net, inputs, classes));
    CHECK(history.last[MeanAbsoluteError{}] == measure(net, MeanAbsoluteError{}, inputs, classes));
    CHECK(math::is_nan(history.last.validation_loss));
}

TEST_CASE("a net that is too wide for the stack is measured in the trainer's memory") {
    using Wide = NetOf<double, Dense<3, 40000, Relu>, Dense<40000, 2, Softmax>>;
    static auto net = Wide{};
    initialize(net, 1);
    static Trainer trainer{net, CrossEntropy{}, Sgd{.learning_rate = 1e-3}, batch_size<2>};
    const auto xs = random_samples<Wide::Input>(6, 1);
    const std::vector<int> ts{0, 1, 1, 0, 1, 0};
    const auto history = trainer.fit(xs, ts, {.epochs = 1, .batch = 2}, Accuracy{}, MeanAbsoluteError{});
    CHECK(history.last[Accuracy{}] >= 0);
    CHECK(history.last[MeanAbsoluteError{}] > 0);
    CHECK(history.last[MeanAbsoluteError{}] < 1);
}
