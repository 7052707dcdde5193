// Folds, labels, and samples chosen by their positions: fit, evaluate, accuracy, standardize, scale_to_range.
#include <tenon/data/folds.hpp>
#include <tenon/data/labels.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace tenon;

namespace {

using Small = Net<Dense<3, 5, Tanh>, Dense<5, 3, Softmax>>;
using Wide = Net<Dense<80, 40, Tanh>, Dense<40, 3, Softmax>>; // its first layer reads rows in place
using Indices = std::vector<std::size_t>;

/// Labels of three classes of different sizes, mixed.
Indices labels_of(std::size_t count) {
    Random random(5);
    Indices labels(count);
    for (std::size_t& label : labels) label = random() % 10 < 6 ? 0 : random() % 3 == 0 ? 2 : 1;
    return labels;
}

template <class Net> struct Data {
    std::vector<typename Net::Input> xs;
    Indices labels;
    std::vector<typename Net::Output> ts;
    explicit Data(std::size_t count)
        : xs(random_samples<typename Net::Input>(count, 1)), labels(labels_of(count)),
          ts(one_hot<Net>(labels)) {}
};

/// Copies of the chosen samples.
template <class Sample> std::vector<Sample> chosen(const std::vector<Sample>& all, const Indices& indices) {
    std::vector<Sample> some;
    for (const std::size_t i : indices) some.push_back(all[i]);
    return some;
}

/// Whether the folds' validation parts contain each sample once, and their training parts all others.
bool is_partition(const std::vector<Fold>& folds, std::size_t samples) {
    Indices seen;
    for (const Fold& fold : folds) {
        Indices both = fold.train;
        both.insert(both.end(), fold.validation.begin(), fold.validation.end());
        if (!std::ranges::is_sorted(fold.train) || !std::ranges::is_sorted(fold.validation)) return false;
        std::ranges::sort(both);
        if (both.size() != samples) return false;
        for (std::size_t i = 0; i < both.size(); ++i)
            if (both[i] != i) return false;
        seen.insert(seen.end(), fold.validation.begin(), fold.validation.end());
    }
    std::ranges::sort(seen);
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (seen[i] != i) return false;
    return seen.size() == samples;
}

template <class Function> std::string message_of(Function function) {
    try {
        function();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

template <class Net> void check_chosen_samples(std::size_t count) {
    const Data<Net> data(count);
    const Fold fold = hold_out(count, 0.37, 3);
    const auto xs = chosen(data.xs, fold.train), validation_xs = chosen(data.xs, fold.validation);
    const auto ts = chosen(data.ts, fold.train), validation_ts = chosen(data.ts, fold.validation);
    Net by_view, by_copy;
    initialize(by_view, 4);
    initialize(by_copy, 4);
    Trainer view_trainer{by_view, CrossEntropy{}, Adam{}, batch_size<16>};
    Trainer copy_trainer{by_copy, CrossEntropy{}, Adam{}, batch_size<16>};
    const History view = view_trainer.fit(data.xs, data.ts,
                                          {.epochs = 5,
                                           .shuffle_seed = 2,
                                           .indices = fold.train,
                                           .validation = {data.xs, data.ts, fold.validation}});
    const History copy = copy_trainer.fit(
        xs, ts, {.epochs = 5, .shuffle_seed = 2, .validation = {validation_xs, validation_ts}});
    CHECK(view.outcome == Outcome::finished);
    CHECK(std::ranges::equal(by_view.parameters(), by_copy.parameters()));
    CHECK(view.last.loss == copy.last.loss);
    CHECK(view.last.validation_loss == Approx(copy.last.validation_loss).epsilon(1e-6));
    const double loss = static_cast<double>(evaluate(by_copy, CrossEntropy{}, validation_xs, validation_ts));
    CHECK(evaluate(by_view, CrossEntropy{}, data.xs, data.ts, fold.validation) == Approx(loss).epsilon(1e-6));
    CHECK(evaluate(by_view, CrossEntropy{}, data.xs, data.labels, fold.validation) ==
          Approx(loss).epsilon(1e-6));
    const double right = accuracy(by_copy, validation_xs, validation_ts);
    CHECK(accuracy(by_view, data.xs, data.ts, fold.validation) == right);
    CHECK(accuracy(by_view, data.xs, data.labels, fold.validation) == right);
    CHECK(confusion_matrix(by_view, data.xs, data.ts, fold.validation).counts ==
          confusion_matrix(by_copy, validation_xs, validation_ts).counts);
    CHECK(confusion_matrix(by_view, data.xs, data.labels, fold.validation).counts ==
          confusion_matrix(by_copy, validation_xs, validation_ts).counts);

    const Indices outside{0, count};
    CHECK(math::is_nan(evaluate(by_view, CrossEntropy{}, data.xs, data.ts, outside)));
    CHECK(math::is_nan(evaluate(by_view, CrossEntropy{}, data.xs, data.labels, outside)));
    CHECK(math::is_nan(accuracy(by_view, data.xs, data.ts, outside)));
    CHECK(math::is_nan(accuracy(by_view, data.xs, data.labels, outside)));
    CHECK(confusion_matrix(by_view, data.xs, data.labels, outside).total() == 0);
}

} // namespace

TEST_CASE("the folds of k_fold have equal sizes and contain each sample once") {
    for (const std::size_t samples : {2u, 7u, 10u, 53u})
        for (const std::size_t k : {2u, 3u, 5u, 7u}) {
            if (k > samples) continue;
            for (const bool shuffles : {false, true}) {
                const auto folds = shuffles ? k_fold(samples, k, 9) : k_fold(samples, k);
                REQUIRE(folds.size() == k);
                CHECK(is_partition(folds, samples));
                for (const Fold& fold : folds) {
                    CHECK(fold.validation.size() >= samples / k);
                    CHECK(fold.validation.size() <= (samples + k - 1) / k);
                }
            }
        }
    CHECK(k_fold(5, 2)[0].validation == Indices{0, 1, 2}); // as scikit-learn's KFold(2)
    CHECK(k_fold(5, 2)[1].validation == Indices{3, 4});
    CHECK(k_fold(40, 4, 1) == k_fold(40, 4, 1));
    CHECK(k_fold(40, 4, 1) != k_fold(40, 4, 2));
    CHECK(message_of([] { k_fold(5, 1); }) ==
          "folds: wanted at least 2, and at most as many as samples (5), found 1");
    CHECK(message_of([] { k_fold(5, 6); }) ==
          "folds: wanted at least 2, and at most as many as samples (5), found 6");
}

TEST_CASE("stratified folds have equal shares of each class, and equal sizes") {
    const Indices labels = labels_of(107);
    const auto counts = class_counts(labels);
    for (const std::size_t k : {2u, 3u, 5u, 10u})
        for (const bool shuffles : {false, true}) {
            const auto folds = shuffles ? stratified_k_fold(labels, k, 3) : stratified_k_fold(labels, k);
            CHECK(is_partition(folds, labels.size()));
            for (const Fold& fold : folds) {
                CHECK(fold.validation.size() >= labels.size() / k);
                CHECK(fold.validation.size() <= labels.size() / k + 1);
                const auto here = class_counts(chosen(labels, fold.validation), 3);
                for (std::size_t c = 0; c < 3; ++c) {
                    CHECK(here[c] >= counts[c] / k);
                    CHECK(here[c] <= counts[c] / k + 1);
                }
            }
        }
    const auto targets = one_hot<Small>(labels);
    CHECK(stratified_k_fold(targets, 5, 1) == stratified_k_fold(labels, 5, 1));
    CHECK(stratified_k_fold(labels, 5, 1) != stratified_k_fold(labels, 5, 2));
}

TEST_CASE("a share of the samples is held out, of each class if asked") {
    for (const double share : {0.01, 0.2, 0.5, 0.93}) {
        const Indices labels = labels_of(91);
        for (const Fold& fold : {hold_out(91, share), hold_out(91, share, 1),
                                 stratified_hold_out(labels, share), stratified_hold_out(labels, share, 1)}) {
            CHECK(fold.validation.size() == static_cast<std::size_t>(share * 91 + 0.5));
            CHECK(is_partition({fold, Fold{fold.validation, fold.train}}, 91));
        }
        const Fold fold = stratified_hold_out(labels, share, 1);
        const auto all = class_counts(labels), here = class_counts(chosen(labels, fold.validation), 3);
        for (std::size_t c = 0; c < 3; ++c)
            CHECK(std::abs(static_cast<double>(here[c]) -
                           static_cast<double>(all[c] * fold.validation.size()) / 91) < 1);
    }
    CHECK(hold_out(10, 0.3).validation == Indices{7, 8, 9});
    CHECK(message_of([] { hold_out(10, 1.); }) ==
          "a split: wanted a share for validation between 0 and 1, found 1");
    CHECK(message_of([] { hold_out(1, 0.5); }) == "a split: wanted at least two samples, found 1");
}

TEST_CASE("every order of three positions is equally likely") {
    std::array<int, 9> counts{};
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        const Indices order = shuffled_indices(3, seed);
        ++counts[3 * order[0] + order[1]];
    }
    for (const std::size_t order : {1u, 2u, 3u, 5u, 6u, 7u}) CHECK(std::abs(counts[order] - 1000) < 120);
}

TEST_CASE("labels are counted, balanced and converted to targets and back") {
    const std::vector<int> labels{0, 0, 0, 1, 1, 3};
    CHECK(class_counts(labels) == Indices{3, 2, 0, 1});
    CHECK(class_counts(labels, 5) == Indices{3, 2, 0, 1, 0});
    // sklearn.utils.class_weight.compute_class_weight("balanced", classes=[0, 1, 3], y=labels)
    CHECK(balanced_class_weights(labels) == std::vector<double>{2. / 3, 1, 0, 2});
    using Four = Net<Dense<1, 4, Softmax>>;
    const auto targets = one_hot<Four>(labels);
    CHECK(targets[3] == Four::Output{0, 1, 0, 0});
    CHECK(class_indices(targets) == Indices{0, 0, 0, 1, 1, 3});
    using One = Net<Dense<1, 1, Sigmoid>>;
    CHECK(one_hot<One>(std::vector{1, 0}) == std::vector<One::Output>{{1}, {0}});
    CHECK(class_indices(std::vector<One::Output>{{1}, {0}}) == Indices{1, 0});
    CHECK(message_of([&] { one_hot<One>(labels); }) == "label 5: wanted a class index from 0 to 1, found 3");
    CHECK(message_of([&] { one_hot<One>(std::vector{-1}); }) ==
          "label 0: wanted a class index from 0 to 1, found -1");
    CHECK(message_of([&] { class_counts(labels, 2); }) ==
          "label 5: wanted a class index from 0 to 1, found 3");
    CHECK(message_of([&] { class_indices(std::vector<One::Output>{{1}, {math::not_a_number<float>()}}); }) ==
          "target 1: wanted numbers, of which the largest names a class, found NaN");
    CHECK(message_of([&] { class_indices(std::vector{2, -7}); }) ==
          "label 1: wanted a class index, from 0, found -7");
}

TEST_CASE("training and measuring by positions gives what copies of the samples give") {
    check_chosen_samples<Small>(151);
    check_chosen_samples<Wide>(151);
}

TEST_CASE("a fit by positions refuses positions that there are not, and names the bad sample") {
    Data<Small> data(40);
    Small net;
    Trainer trainer{net, CrossEntropy{}, Sgd{}};
    const Indices none, outside{3, 40}, some{3, 5, 5, 7};
    CHECK(trainer.fit(data.xs, data.ts, {.indices = none}).outcome == Outcome::mismatched);
    CHECK(trainer.fit(data.xs, data.ts, {.indices = outside}).outcome == Outcome::mismatched);
    CHECK(trainer.fit(data.xs, data.ts, {.validation = {data.xs, data.ts, none}}).outcome ==
          Outcome::mismatched);
    CHECK(trainer.fit(data.xs, data.ts, {.validation = {data.xs, data.ts, outside}}).outcome ==
          Outcome::mismatched);
    data.labels[4] = 3;
    data.ts[9][1] = math::not_a_number<float>();
    CHECK(trainer.fit(data.xs, data.labels, {.indices = some}).outcome == Outcome::finished);
    CHECK(trainer.fit(data.xs, data.ts, {.indices = some}).outcome == Outcome::finished);
    data.labels[7] = 3;
    data.ts[5][1] = math::not_a_number<float>();
    const History label = trainer.fit(data.xs, data.labels, {.indices = some});
    CHECK(label.outcome == Outcome::bad_label);
    CHECK(label.sample == 7);
    const History sample = trainer.fit(data.xs, data.ts, {.indices = some});
    CHECK(sample.outcome == Outcome::bad_sample);
    CHECK(sample.sample == 5);
    CHECK(!sample.of_validation);
    const Indices good{0, 1, 2};
    const History validation =
        trainer.fit(data.xs, data.ts, {.indices = good, .validation = {data.xs, data.ts, some}});
    CHECK(validation.outcome == Outcome::bad_sample);
    CHECK(validation.sample == 5);
    CHECK(validation.of_validation);
}

TEST_CASE("a net's Scale is measured on the training part alone") {
    using Scaled = Net<Scale<Shape<3>>, Dense<3, 1>>;
    const std::vector<Scaled::Input> xs{{1, 5, -2}, {3, 5, 4}, {9, 6, 0}};
    const Indices two{0, 1};
    Scaled net, copy;
    standardize(net, xs, two);
    standardize(copy, chosen(xs, two));
    CHECK(std::ranges::equal(net.parameters(), copy.parameters()));
    const auto scaled = [&](std::size_t sample, std::size_t value) {
        const auto scale = net.layer<0>();
        return (xs[sample][value] - scale.tensor("mean", value)) / scale.tensor("deviation", value);
    };
    // sklearn.preprocessing.MinMaxScaler().fit(xs[:2]).transform(xs)
    scale_to_range(net, xs, two);
    const float wanted[3][3] = {{0, 0, 0}, {1, 0, 1}, {4, 1, 1 / 3.f}};
    for (std::size_t s = 0; s < 3; ++s)
        for (std::size_t i = 0; i < 3; ++i) CHECK(scaled(s, i) == Approx(wanted[s][i]).margin(1e-7));
    // MinMaxScaler((-1, 3)).fit_transform(xs)
    scale_to_range(net, xs, -1, 3);
    const float in_range[3][3] = {{-1, -1, -1}, {0, -1, 3}, {3, 3, 1 / 3.f}};
    for (std::size_t s = 0; s < 3; ++s)
        for (std::size_t i = 0; i < 3; ++i) CHECK(scaled(s, i) == Approx(in_range[s][i]).margin(1e-6));
    const Scaled before = net;
    scale_to_range(net, std::span<const Scaled::Input>{});
    scale_to_range(net, xs, 1, 1);
    CHECK(std::ranges::equal(net.parameters(), before.parameters()));
}
