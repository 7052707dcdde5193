// search: settings, grids and draws, trials as values, results, progress, problems.
#include <tenon/search.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tenon;

namespace {

using Small = Net<Scale<Shape<2>>, Dense<2, 4, Tanh>, Dense<4, 2, Softmax>>;
using Large = Net<Scale<Shape<2>>, Dense<2, 24, Tanh>, Dense<24, 2, Softmax>>;

/// Points inside and outside of a circle.
struct Circle {
    std::vector<Small::Input> xs = random_samples<Small::Input>(120, 3);
    std::vector<Small::Output> ts;
    Circle() {
        std::vector<int> labels;
        for (const auto& x : xs) labels.push_back(x[0] * x[0] + x[1] * x[1] < 0.6f ? 1 : 0);
        ts = one_hot<Small>(labels);
    }
    SearchData<Small> folds(std::size_t k = 3) const { return {xs, ts, stratified_k_fold(ts, k, 1)}; }
};

template <class Function> std::string message_of(Function function) {
    try {
        function();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

/// The results without what differs from run to run: the durations.
std::string without_seconds(SearchResults results) {
    for (Candidate& candidate : results.candidates) candidate.seconds = 0;
    return csv(results);
}

Settings with(std::string name, SettingValue value) { return {{{std::move(name), std::move(value)}}}; }

/// Draws of one setting.
std::vector<SettingValue> draws(const Distribution& distribution, std::size_t count = 4000) {
    std::vector<SettingValue> values;
    for (const Settings& settings : RandomSearch{count, {{"x", distribution}}}.candidates(1))
        values.push_back(settings.settings[0].value);
    return values;
}

/// The score of (x - 3)^2 + noise of the fold, for tests without training.
const auto parabola = [](auto&, const Trial& trial, const auto&) {
    return (trial["x"] - 3) * (trial["x"] - 3) + 0.01 * static_cast<double>(trial.fold);
};

} // namespace

TEST_CASE("settings are looked up by name, and a wrong name or kind is an error") {
    const Settings settings{{{"learning_rate", 0.25}, {"batch", 16}, {"optimizer", "adam"}}};
    CHECK(settings["learning_rate"] == 0.25);
    CHECK(settings.count("batch") == 16);
    CHECK(settings.word("optimizer") == "adam");
    CHECK(settings.number_or("momentum", 0.5) == 0.5);
    CHECK(settings.count_or("batch", 3) == 16);
    CHECK(settings.text() == "learning_rate 0.25, batch 16, optimizer adam");
    CHECK(message_of([&] { settings["lr"]; }) ==
          "settings: wanted a setting \"lr\", found learning_rate, batch, optimizer");
    CHECK(message_of([&] { settings["optimizer"]; }) == "setting optimizer: wanted a number, found adam");
    CHECK(message_of([&] { settings.count("learning_rate"); }) ==
          "setting learning_rate: wanted a whole number from 0 on, found 0.25");
    CHECK(message_of([&] { settings.word("batch"); }) == "setting batch: wanted a word, found 16");
}

TEST_CASE("a grid has all combinations, the last setting varying fastest") {
    const auto all = GridSearch{{{"a", {1, 2}}, {"b", {"x", "y", "z"}}}}.candidates();
    std::string text;
    for (const Settings& settings : all) text += settings.text() + '\n';
    CHECK(text == "a 1, b x\na 1, b y\na 1, b z\na 2, b x\na 2, b y\na 2, b z\n");
    CHECK(message_of([] { GridSearch{{{"a", {}}}}.candidates(); }) ==
          "setting a: wanted at least one value, found none");
    CHECK(message_of([] { GridSearch{{{"a", {1}}, {"a", {1}}}}.candidates(); }) ==
          "a search: wanted each setting once, found \"a\" twice");
    CHECK(message_of([] { GridSearch{{{"", {1}}}}.candidates(); }) ==
          "a search: wanted names for all settings, found an empty name");
}

TEST_CASE("uniform and log-uniform draws are in their ranges and have their distributions") {
    double sum = 0, squares = 0;
    for (const SettingValue& value : draws(uniform(-2, 6))) {
        CHECK((value.number >= -2 && value.number <= 6));
        sum += value.number;
        squares += value.number * value.number;
    }
    const double mean = sum / 4000;
    CHECK(mean == Approx(2).margin(0.15)); // four standard errors
    CHECK(squares / 4000 - mean * mean == Approx(64. / 12).margin(0.35));
    std::map<int, int> decades;
    for (const SettingValue& value : draws(log_uniform(1e-4, 1e-1))) {
        CHECK((value.number >= 1e-4 && value.number <= 1e-1));
        CHECK(detail::quote(value.number).find_first_not_of("0123456789.e-") == std::string::npos);
        ++decades[static_cast<int>(std::floor(std::log10(value.number)))];
    }
    for (const int decade : {-4, -3, -2}) CHECK(std::abs(decades[decade] - 4000 / 3) < 120);
    for (const SettingValue& value : draws(uniform(0.12345678, 0.12345679), 20)) // bounds hold after rounding
        CHECK((value.number >= 0.12345678 && value.number <= 0.12345679));
}

TEST_CASE("integers and choices are equally likely") {
    std::map<double, int> counts;
    for (const SettingValue& value : draws(integer(-1, 2))) ++counts[value.number];
    CHECK(counts.size() == 4);
    for (const double number : {-1., 0., 1., 2.}) CHECK(std::abs(counts[number] - 1000) < 120);
    std::map<std::string, int> words;
    for (const SettingValue& value : draws(choice("sgd", "adam", 3))) ++words[value.text()];
    CHECK(words.size() == 3);
    for (const char* word : {"sgd", "adam", "3"}) CHECK(std::abs(words[word] - 1333) < 130);
}

TEST_CASE("draws depend on the seed alone, and more of them begin with the same") {
    const std::vector<RandomSetting> space{{"a", uniform(0, 1)}, {"b", choice(1, 2, 3)}};
    const auto few = RandomSearch{5, space}.candidates(7), many = RandomSearch{50, space}.candidates(7);
    CHECK(std::equal(few.begin(), few.end(), many.begin()));
    CHECK(few != RandomSearch{5, space}.candidates(8));
    std::set<double> values;
    for (const Settings& settings : many) values.insert(settings["a"]);
    CHECK(values.size() > 45);
}

TEST_CASE("a space with a mistake is an error") {
    const auto message = [](std::size_t count, const Distribution& distribution) {
        return message_of([&] { RandomSearch{count, {{"x", distribution}}}.candidates(1); });
    };
    CHECK(message(1, uniform(2, 1)) ==
          "setting x: wanted a finite low, and a high that is not below it, found 2 and 1");
    CHECK(message(1, log_uniform(0, 1)) ==
          "setting x: wanted a low above 0, because its logarithm is uniform, found 0 and 1");
    CHECK(message(1, choice()) == "setting x: wanted at least one value to choose from, found none");
    CHECK(message(0, uniform(1, 2)) == "a random search: wanted at least one draw, found a count of 0");
    CHECK(message(1, uniform(1, 1)) == "no error");
}

TEST_CASE("samples of a search are checked") {
    const Circle circle;
    const auto message = [&](std::vector<Fold> folds) {
        return message_of([&] { SearchData<Small>{circle.xs, circle.ts, std::move(folds)}; });
    };
    CHECK(message({}) == "the samples of a search: wanted at least one fold, found none");
    CHECK(message({{{1}, {}}}) == "a fold: wanted at least one sample in each part, found none");
    CHECK(message({{{1}, {120}}}) == "a fold: wanted positions below 120, found 120");
    CHECK(message_of([&] { SearchData<Small>{circle.xs, std::span{circle.ts}.first(4), k_fold(4, 2)}; }) ==
          "the samples of a search: wanted as many targets as inputs, and at least one, found 120 inputs and "
          "4 targets");
}

TEST_CASE("search finds the best candidate, and its spread over the folds") {
    const Circle circle;
    const auto results =
        search<Small>(circle.folds(), GridSearch{{{"x", {1, 4, 3, 2.5}}}}, parabola, {.threads = 1});
    REQUIRE(results.candidates.size() == 4);
    CHECK(results.best()["x"] == 3);
    CHECK(results.best().number == 2);
    CHECK(results.best().scores == std::vector<double>{0, 0.01, 0.02});
    CHECK(results.best().mean == Approx(0.01).epsilon(1e-12));
    CHECK(results.best().spread == Approx(0.00816496580927726).epsilon(1e-12)); // numpy.std([0, .01, .02])
    CHECK(results.candidates[1]["x"] == 2.5);
    CHECK(results.candidates[3]["x"] == 1);
    const auto highest = search<Small>(circle.folds(), GridSearch{{{"x", {1, 4, 3, 2.5}}}}, parabola,
                                       {.threads = 1, .better = Better::higher});
    CHECK(highest.best()["x"] == 1);
    CHECK(highest.candidates[3]["x"] == 3);
    const auto random = search<Small>(circle.folds(2), RandomSearch{60, {{"x", uniform(-10, 10)}}}, parabola,
                                      {.seed = 2, .threads = 1});
    CHECK(std::abs(random.best()["x"] - 3) < 0.5);
    CHECK(random.candidates.size() == 60);
}

TEST_CASE("the results are the same, bit by bit, with 1 to 4 threads") {
    const Circle circle;
    const RandomSearch space{4, {{"learning_rate", log_uniform(1e-3, 1e-1)}, {"batch", choice(8, 16)}}};
    const FitTraining training{CrossEntropy{}, {.epochs = 12, .score = ScoreOf::accuracy}};
    const auto run = [&](std::size_t threads, std::uint64_t seed) {
        return search<Small, Large>(circle.folds(), space, training, {.seed = seed, .threads = threads});
    };
    const auto one = run(1, 5);
    CHECK(one.candidates.size() == 8);
    CHECK(one.better == Better::higher);
    CHECK(one.nets ==
          std::vector<std::string>{"Net<Scale<Shape<2>>, Dense<2, 4, Tanh>, Dense<4, 2, Softmax>>",
                                   "Net<Scale<Shape<2>>, Dense<2, 24, Tanh>, Dense<24, 2, Softmax>>"});
    for (const std::size_t threads : {2u, 3u, 4u}) {
        const auto more = run(threads, 5);
        CHECK(more.threads == threads);
        CHECK(without_seconds(more) == without_seconds(one));
    }
    CHECK(without_seconds(run(1, 6)) != without_seconds(one));
    CHECK(one.best().mean > 0.8);
    CHECK(one.candidates.back().mean < one.best().mean);
    std::set<std::uint64_t> seeds;
    for (const auto& [trial, score, seconds] : one.trials) {
        seeds.insert(trial.seed);
        CHECK(trial.seed == one.trials[trial.fold].trial.seed); // candidates have equal starts
    }
    CHECK(seeds.size() == 3);
}

TEST_CASE("trials run one by one, elsewhere and in any order, give the results of search") {
    const Circle circle;
    const SearchData<Small> data = circle.folds();
    const GridSearch grid{{{"learning_rate", {0.001, 0.03}}}};
    const FitTraining training{CrossEntropy{}, {.epochs = 5}};
    std::vector<Trial> trials = plan_trials<Small, Large>(grid.candidates(), data.folds(), 9);
    CHECK(trials.size() == 12);
    std::ranges::reverse(trials);
    std::vector<TrialResult> done;
    for (const Trial& trial : trials) done.push_back(run_trial<Small, Large>(trial, data, training));
    auto results = search<Small, Large>(data, grid, training, {.seed = 9, .threads = 1});
    const std::string wanted = without_seconds(results);
    results.candidates = ranked(done, results.better);
    CHECK(without_seconds(results) == wanted);
    Trial wrong = trials[0];
    wrong.net = 2;
    CHECK(run_trial<Small, Large>(wrong, data, training).score.problem == "there is no such net or fold");
    wrong = trials[0];
    wrong.fold = 3;
    CHECK(run_trial<Small, Large>(wrong, data, training).score.problem == "there is no such net or fold");
}

TEST_CASE("exceptions and divergence are reported as problems of their candidates") {
    const Circle circle;
    const auto train = [](auto&, const Trial& trial, const auto&) -> TrialScore {
        const std::string& kind = trial.word("kind");
        if (kind == "throws" && trial.fold == 1) throw std::runtime_error{"out of paper"};
        if (kind == "throws a number") throw 7;
        if (kind == "is NaN") return math::not_a_number<double>();
        if (kind == "asks") return trial["nothing"];
        return static_cast<double>(kind.size());
    };
    const GridSearch grid{{{"kind", {"throws", "throws a number", "is NaN", "asks", "good", "better"}}}};
    const auto results = search<Small>(circle.folds(2), grid, train, {.threads = 2});
    CHECK(results.candidates[0].word("kind") == "good");
    CHECK(results.candidates[1].word("kind") == "better");
    CHECK(results.candidates[2].problem == "fold 1: out of paper");
    CHECK(math::is_nan(results.candidates[2].mean));
    CHECK(results.candidates[2].scores[0] == 6);
    CHECK(results.candidates[3].problem == "fold 0: an exception that is no std::exception");
    CHECK(results.candidates[4].problem == "fold 0: the score is not finite");
    CHECK(results.candidates[5].problem == "fold 0: settings: wanted a setting \"nothing\", found kind");

    const auto diverged = search<Small>(
        circle.folds(2), GridSearch{{{"learning_rate", {1e38}}}},
        FitTraining{CrossEntropy{},
                    {.epochs = 9},
                    [](const Trial& trial) { return Sgd{.learning_rate = trial["learning_rate"]}; }},
        {.threads = 1});
    CHECK(diverged.candidates[0].problem.starts_with("fold 0: diverged in epoch "));
    CHECK(message_of([&] { diverged.best(); })
              .starts_with("a search: wanted a candidate that was trained on all folds, found fold 0: "
                           "diverged in epoch "));
    const auto unknown =
        search<Small>(circle.folds(2), GridSearch{{{"lr", {0.1}}}}, FitTraining{CrossEntropy{}});
    CHECK(unknown.candidates[0].problem ==
          "fold 0: settings: wanted learning_rate, weight_decay, beta1, beta2, epsilon, epochs, batch or "
          "patience, found \"lr\"");
    const auto no_batch =
        search<Small>(circle.folds(2), GridSearch{{{"batch", {0}}}}, FitTraining{CrossEntropy{}});
    CHECK(no_batch.candidates[0].problem == "fold 0: a batch of 0, or no samples");
    CHECK(message_of([&] { search<Small>(circle.folds(), std::vector<Settings>{}, parabola); }) ==
          "a search: wanted at least one candidate, found none");
}

TEST_CASE("FitTraining trains with the training part, and scores the best epoch by the validation part") {
    const Circle circle;
    const SearchData<Small> data = circle.folds();
    const FitTraining training{CrossEntropy{}, {.epochs = 60, .batch = 16, .patience = 4}};
    const Trial trial = plan_trials<Small>({with("learning_rate", 0.05)}, 3, 1)[1];
    const TrialResult result = run_trial<Small>(trial, data, training);
    const auto part = data.fold(1);

    Small net, best;
    initialize(net, trial.seed);
    standardize(net, circle.xs, part.train.indices);
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.05}};
    double lowest = 1e9;
    const History history = trainer.fit(circle.xs, circle.ts,
                                        {.epochs = 60,
                                         .batch = 16,
                                         .shuffle_seed = trial.seed,
                                         .indices = part.train.indices,
                                         .validation = {circle.xs, circle.ts, part.validation.indices},
                                         .patience = 4},
                                        [&](const Epoch& epoch) {
                                            if (epoch.validation_loss < lowest) best = net;
                                            lowest = std::min(lowest, epoch.validation_loss);
                                        });
    CHECK(result.score.score == history.best.validation_loss);
    CHECK(result.score.epochs == history.best.number);
    CHECK(static_cast<double>(evaluate(best, CrossEntropy{}, part.validation)) ==
          Approx(result.score.score).epsilon(1e-6));
    const FitTraining by_accuracy{CrossEntropy{},
                                  {.epochs = 60, .batch = 16, .patience = 4, .score = ScoreOf::accuracy}};
    CHECK(run_trial<Small>(trial, data, by_accuracy).score.score == accuracy(best, part.validation));
}

TEST_CASE("a search may measure on validation samples of their own") {
    const Circle circle;
    const std::span xs{circle.xs};
    const std::span ts{circle.ts};
    const SearchData<Small> own{xs.first(80), ts.first(80), xs.subspan(80), ts.subspan(80)};
    std::vector<std::size_t> first(80), last(40);
    for (std::size_t i = 0; i < 120; ++i) (i < 80 ? first[i] : last[i - 80]) = i;
    const SearchData<Small> by_positions{xs, ts, {Fold{first, last}}};
    const GridSearch grid{{{"learning_rate", {0.01, 0.1}}}};
    const FitTraining training{CrossEntropy{}, {.epochs = 5}};
    const auto a = search<Small>(own, grid, training, {.threads = 1});
    const auto b = search<Small>(by_positions, grid, training, {.threads = 1});
    CHECK(without_seconds(a) == without_seconds(b));
    CHECK(a.best().scores.size() == 1);
    CHECK(a.best().spread == 0);
}

TEST_CASE("the CSV text has a row for each candidate, best first") {
    SearchResults results;
    results.nets = {"Net<A, B>"};
    results.candidates = ranked({{{with("x", "a \"word\""), 0, 0, 0, 1}, {0.5, 4}, 0.25},
                                 {{with("x", "a \"word\""), 0, 0, 1, 1}, {0.25, 6}, 0.25},
                                 {{with("x", 2), 1, 0, 0, 1}, {0, 0, "broke, at last"}, 0},
                                 {{with("x", 2), 1, 0, 1, 1}, {0.125}, 1},
                                 {{with("y", 1e-9), 2, 0, 1, 1}, {0.1}, 1},
                                 {{with("y", 1e-9), 2, 0, 0, 1}, {0.1}, 1}},
                                Better::lower);
    CHECK(csv(results) == "rank,net,y,x,mean,spread,fold 0,fold 1,epochs,seconds,problem\n"
                          "1,\"Net<A, B>\",1e-09,,0.1,0,0.1,0.1,0,2,\n"
                          "2,\"Net<A, B>\",,\"a \"\"word\"\"\",0.375,0.125,0.5,0.25,5,0.5,\n"
                          "3,\"Net<A, B>\",,2,,,,0.125,0,1,\"fold 0: broke, at last\"\n");
    const auto path = std::filesystem::temp_directory_path() / "tenon-search-test.csv";
    write_csv(path, results);
    std::ifstream file{path};
    CHECK(std::string{std::istreambuf_iterator<char>{file}, {}} == csv(results));
    std::filesystem::remove(path);
    std::ostringstream table;
    print(table, results);
    CHECK(table.str() == "       y         x    mean  spread  epochs  seconds\n"
                         "1  1e-09            0.1000   0.000       -      2.0\n"
                         "2         a \"word\"  0.3750  0.1250    5.00     0.50\n"
                         "3                2       -       -       -      1.0\n"
                         "3: fold 0: broke, at last\n");
}

TEST_CASE("progress and the observer follow the trials, and the observer may stop or throw") {
    const Circle circle;
    std::ostringstream text;
    std::size_t seen = 0;
    const GridSearch grid{{{"x", {1, 2, 3, 4, 5}}}};
    search<Small>(
        circle.folds(2), grid, parabola,
        {.threads = 2, .progress = &text, .observer = [&](const TrialResult&) { return ++seen > 0; }});
    CHECK(seen == 10);
    const std::string lines = text.str();
    CHECK(std::ranges::count(lines, '\n') == 10);
    CHECK(lines.find("trial  1/10") == 0);
    CHECK(lines.find("trial 10/10  best 0.005") != std::string::npos);
    CHECK(lines.find(" left\n") != std::string::npos);
    const auto stopped = search<Small>(circle.folds(2), grid, parabola,
                                       {.threads = 1, .observer = [](const TrialResult& result) {
                                            return result.trial.candidate < 1 || result.trial.fold < 1;
                                        }});
    CHECK(stopped.candidates[0]["x"] == 2);
    CHECK(stopped.candidates[1]["x"] == 1);
    CHECK(stopped.candidates[2].problem == "fold 0: not run, because the search was stopped");
    CHECK(message_of([&] {
              search<Small>(circle.folds(2), grid, parabola,
                            {.threads = 3, .observer = [](const TrialResult&) -> bool {
                                 throw std::runtime_error{"enough"};
                             }});
          }) == "enough");
}
