// Search: the size of a net and the settings of its training, by cross-validation on all cores.
//
// The points of two intertwined spirals, with noise, are to be told apart. A fifth of them is kept apart, and
// used only at the end.
#include <tenon/io.hpp>
#include <tenon/search.hpp>
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <vector>

using namespace tenon;

using Small = Net<Scale<Shape<2>>, Dense<2, 8, Tanh>, Dense<8, 2, Softmax>>;
using Large = Net<Scale<Shape<2>>, Dense<2, 16, Tanh>, Dense<16, 16, Tanh>, Dense<16, 2, Softmax>>;

/// Points of the spirals 0 and 1.
Samples<Small> spirals(std::size_t count) {
    Random random{1};
    Samples<Small> samples;
    for (std::size_t i = 0; i < count; ++i) {
        const double turn = 1.3 * random.uniform(), angle = 6.2832 * turn + (i % 2 == 0 ? 0 : 3.1416);
        const auto at = [&](double direction) {
            return static_cast<float>((0.2 + turn) * direction + 0.05 * random.normal());
        };
        samples.inputs.push_back({at(std::cos(angle)), at(std::sin(angle))});
        samples.targets.push_back(i % 2 == 0 ? Small::Output{1, 0} : Small::Output{0, 1});
    }
    return samples;
}

int main() {
    const auto [xs, ts] = spirals(500);
    const std::size_t train = 400;
    const std::span train_xs{xs.data(), train}, test_xs{xs.data() + train, xs.size() - train};
    const std::span train_ts{ts.data(), train}, test_ts{ts.data() + train, ts.size() - train};

    const SearchResults results =
        search<Small, Large>({train_xs, train_ts, stratified_k_fold(train_ts, 5, 1)},
                             RandomSearch{8,
                                          {{"learning_rate", log_uniform(1e-3, 1e-1)},
                                           {"weight_decay", log_uniform(1e-6, 1e-2)},
                                           {"batch", choice(8, 16, 32)}}},
                             FitTraining{CrossEntropy{}, {.epochs = 150, .score = ScoreOf::accuracy}},
                             {.seed = 1, .progress = &std::cout});
    print(std::cout, results, 5);
    write_csv("search.csv", results);
    const Candidate& best = results.best();
    std::printf("%.2f threads were busy, on average\n", results.busy_threads());

    // An optimizer of one's own, and a fixed number of epochs, which the search varies.
    const auto by_momentum = [](auto& net, const Trial& trial, const auto& data) {
        initialize(net, trial.seed);
        standardize(net, data.train.inputs, data.train.indices);
        Trainer trainer{net, CrossEntropy{},
                        Sgd{.learning_rate = trial["learning_rate"], .momentum = trial["momentum"]}};
        trainer.fit(
            data.train.inputs, data.train.targets,
            {.epochs = trial.count("epochs"), .shuffle_seed = trial.seed, .indices = data.train.indices});
        return accuracy(net, data.validation);
    };
    const SearchResults grid = search<Large>(
        {train_xs, train_ts, stratified_k_fold(train_ts, 5, 1)},
        GridSearch{{{"learning_rate", {0.03, 0.1}}, {"momentum", {0, 0.9}}, {"epochs", {20, 80}}}},
        by_momentum, {.seed = 1, .better = Better::higher});
    print(std::cout, grid);

    // The best settings on all samples of the search; then the points that were kept apart.
    Large net;
    const FitTraining training{CrossEntropy{}, {.epochs = 150, .score = ScoreOf::accuracy}};
    const Fold fold = stratified_hold_out(train_ts, 0.2, 2);
    const SearchData<Large> data{train_xs, train_ts, {fold}};
    const TrialScore score = training(net, Trial{best, 0, 0, 0, 3}, data.fold(0));
    const double right = accuracy(net, test_xs, test_ts);
    std::printf("%.1f%% of the points that were kept apart are right, after %zu epochs\n", 100 * right,
                score.epochs);
    return best.net == 1 && best.mean > 0.9 && right > 0.9 ? 0 : 1;
}
