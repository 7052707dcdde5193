// Real data: eleven tables, each with its net as a type and with settings that search has found.
//
//     real_data [--search REPETITIONS [--seed SEED] | --splits FILE] [FOLDER [PROBEN1]]
//
// FOLDER, by default $TENON_DATA, has tabular/*.csv and optdigits/, all from the UCI repository; PROBEN1 has
// building, diabetes and thyroid of Debian's package libfann-doc. A table whose files are missing is skipped.
//
// Without options, trains each net with 20 seeds, and prints its accuracy, or mean squared error, on test
// samples that it was not trained with: a table's own test set, or another 30% of the table for each seed.
// With --search, searches the settings first, on the training part of a split of its own, by
// cross-validation, which is repeated for small tables; SEED is of the draws. With --splits, writes which
// samples are in which test set, for real_data.py, which trains scikit-learn's nets of the same sizes.
#include <tenon/io.hpp>
#include <tenon/search.hpp>
#include <tenon/tenon.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace tenon;

/// Samples of a table; `given_test` of them, at the end, are its own test set, if it has one.
struct Table {
    Dataset rows;
    std::size_t given_test = 0;
};

/// One table: its name, its net as the template's argument, the settings that --search found, and the
/// accuracy, or 1 - error, below which the program fails.
struct Task {
    std::string name;
    Settings found;
    double floor;
};

std::filesystem::path folder, proben1 = "/usr/share/doc/libfann-dev/examples/datasets";
constexpr std::uint64_t seeds = 20;
bool searches = false;
std::size_t repetitions = 5;
std::uint64_t search_seed = 1;
std::ofstream splits;
bool all_good = true;

Dataset joined(Dataset first, const Dataset& second) {
    for (const double value : second.inputs) first.inputs.push_back(value);
    for (const double value : second.targets) first.targets.push_back(value);
    first.lines.clear();
    return first;
}

/// Reads a table, whose targets are classes unless `numbers`. A table without its files has no rows.
Table read_table(const std::string& name, bool numbers) {
    const auto file = folder / "tabular" / (name + ".csv");
    if (exists(file)) return {read_csv(file, {.target = numbers ? CsvTarget::number : CsvTarget::category})};
    if (const auto digits = folder / name; exists(digits / (name + ".tra"))) {
        const Dataset train = read_csv(digits / (name + ".tra"), {.target = CsvTarget::category});
        const Dataset test = read_csv(digits / (name + ".tes"), train.csv);
        return {joined(train, test), test.size()};
    }
    if (exists(proben1 / (name + ".train"))) {
        Dataset train = read_fann(proben1 / (name + ".train"));
        const Dataset test = read_fann(proben1 / (name + ".test"));
        if (!numbers) train.classes.resize(train.target_width);
        return {joined(train, test), test.size()};
    }
    return {};
}

/// The split of a seed: the table's own test set, or 30% of the samples, of each class if there are classes.
Fold split(const Table& table, bool numbers, std::uint64_t seed) {
    const std::size_t samples = table.rows.size();
    if (table.given_test > 0)
        return hold_out(samples, static_cast<double>(table.given_test) / static_cast<double>(samples));
    return numbers ? hold_out(samples, 0.3, seed) : stratified_hold_out(table.rows.labels(), 0.3, seed);
}

void write_split(const std::string& name, std::uint64_t seed, const Fold& fold) {
    splits << name << ' ' << seed;
    for (const std::size_t i : fold.validation) splits << ' ' << i;
    splits << '\n';
}

/// Folds of the training part of a split: three, or for small tables five, with another division of the
/// samples for each repetition, because scores of so few samples differ much.
std::vector<Fold> folds_of(const Table& table, bool numbers, const Fold& outer) {
    const std::size_t samples = table.rows.size(), k = samples > 1000 ? 3 : 5,
                      count = samples > 1000 ? 1 : repetitions;
    std::vector<std::size_t> labels;
    if (!numbers) {
        const std::vector<std::size_t> all = table.rows.labels();
        for (const std::size_t i : outer.train) labels.push_back(all[i]);
    }
    std::vector<Fold> folds;
    for (std::uint64_t seed = 1; seed <= count; ++seed)
        for (Fold& fold :
             numbers ? k_fold(outer.train.size(), k, seed) : stratified_k_fold(labels, k, seed)) {
            // positions in the training part become positions in the table
            for (std::size_t& i : fold.train) i = outer.train[i];
            for (std::size_t& i : fold.validation) i = outer.train[i];
            folds.push_back(std::move(fold));
        }
    return folds;
}

/// Searches the settings on the training part of a split whose seed, 0, no other split has.
template <class Net, class Training>
Settings search_settings(const Samples<Net>& samples, const std::vector<Fold>& folds,
                         const Training& training) {
    const bool is_large = samples.inputs.size() > 1000;
    const Distribution epochs = is_large ? choice(10, 20, 40, 80) : choice(25, 50, 100, 200);
    const auto results = search<Net>({samples.inputs, samples.targets, folds},
                                     RandomSearch{60,
                                                  {{"learning_rate", log_uniform(1e-3, 1e-1)},
                                                   {"weight_decay", log_uniform(1e-6, 1e-1)},
                                                   {"batch", choice(16, 32, 64)},
                                                   {"epochs", epochs}}},
                                     training, {.seed = search_seed, .progress = &std::cout});
    print(std::cout, results, 5);
    std::printf("%.2f threads were busy, on average\n\n", results.busy_threads());
    return results.best();
}

struct Measured {
    double mean, spread;
};
Measured measure(const std::vector<double>& scores) {
    const auto count = static_cast<double>(scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.) / count;
    double squares = 0;
    for (const double score : scores) squares += (score - mean) * (score - mean);
    return {mean, std::sqrt(squares / count)};
}

/// Trains a net on a table with each seed, and prints a row. A seed is of the split, the initial weights and
/// the order of the samples.
template <class Net, class Loss> void run(const Task& task, Loss loss) {
    constexpr bool numbers = std::is_same_v<Loss, MeanSquaredError>;
    const Table table = read_table(task.name, numbers);
    if (table.rows.size() == 0) {
        std::printf("%-24s skipped: no such file in %s or %s\n", task.name.c_str(),
                    folder.empty() ? "a folder that TENON_DATA names" : folder.c_str(), proben1.c_str());
        return;
    }
    if (splits.is_open()) {
        for (std::uint64_t seed = 0; seed <= seeds; ++seed)
            write_split(task.name, seed, split(table, numbers, seed));
        return;
    }
    const Samples<Net> samples = table.rows.samples<Net>();
    const FitTraining training{loss, {.patience = 0, .score = numbers ? ScoreOf::loss : ScoreOf::accuracy}};
    Settings settings = task.found;
    if (searches)
        settings = search_settings(samples, folds_of(table, numbers, split(table, numbers, 0)), training);

    std::vector<double> scores;
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const SearchData<Net> data{samples.inputs, samples.targets, {split(table, numbers, seed)}};
        const TrialResult result = run_trial<Net>(Trial{settings, 0, 0, 0, seed}, data, training);
        if (!result.score.problem.empty()) throw Error{task.name + ": " + result.score.problem};
        scores.push_back(result.score.score);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const auto [mean, spread] = measure(scores);
    const bool good = (numbers ? 1 - mean : mean) >= task.floor;
    if (numbers) std::printf("%-24s error %.5f +- %.5f", task.name.c_str(), mean, spread);
    else std::printf("%-24s right %6.2f%% +- %.2f%%", task.name.c_str(), 100 * mean, 100 * spread);
    std::printf("%8.2f s   %s%s\n", seconds.count(), settings.text().c_str(), good ? "" : "   TOO LOW");
    std::fflush(stdout);
    all_good = all_good && good;
}

Settings found(double learning_rate, double weight_decay, int batch, int epochs) {
    return {{{"learning_rate", learning_rate},
             {"weight_decay", weight_decay},
             {"batch", batch},
             {"epochs", epochs}}};
}

void run_all() {
    run<Net<Scale<Shape<4>>, Dense<4, 8, Tanh>, Dense<8, 3, Softmax>>>(
        {"iris", found(0.08224, 0.0001834, 16, 200), 0.92}, CrossEntropy{});
    run<Net<Scale<Shape<13>>, Dense<13, 16, Tanh>, Dense<16, 3, Softmax>>>(
        {"wine", found(0.009808, 0.02274, 16, 50), 0.93}, CrossEntropy{});
    run<Net<Scale<Shape<60>>, Dense<60, 24, Tanh>, Dense<24, 1, Sigmoid>>>(
        {"sonar", found(0.02334, 0.001883, 16, 100), 0.74}, BinaryCrossEntropy{});
    run<Net<Scale<Shape<34>>, Dense<34, 16, Tanh>, Dense<16, 1, Sigmoid>>>(
        {"ionosphere", found(0.08398, 9.939e-05, 16, 200), 0.85}, BinaryCrossEntropy{});
    run<Net<Scale<Shape<4>>, Dense<4, 8, Tanh>, Dense<8, 1, Sigmoid>>>(
        {"banknote_authentication", found(0.09723, 5.38e-06, 64, 40), 0.99}, BinaryCrossEntropy{});
    run<Net<Scale<Shape<7>>, Dense<7, 12, Tanh>, Dense<12, 3, Softmax>>>(
        {"wheat-seeds", found(0.075, 0.0002974, 64, 100), 0.91}, CrossEntropy{});
    run<Net<Scale<Shape<11>>, Dense<11, 16, Tanh>, Dense<16, 1>>>(
        {"winequality-red", found(0.00541, 0.01097, 32, 40), 0.54}, MeanSquaredError{});
    run<Net<Scale<Shape<64>>, Dense<64, 64, Relu>, Dense<64, 10, Softmax>>>(
        {"optdigits", found(0.002551, 0.001635, 32, 80), 0.96}, CrossEntropy{});
    run<Net<Scale<Shape<21>>, Dense<21, 16, Tanh>, Dense<16, 8, Tanh>, Dense<8, 3, Softmax>>>(
        {"thyroid", found(0.00101, 4.831e-06, 32, 80), 0.975}, CrossEntropy{});
    run<Net<Scale<Shape<8>>, Dense<8, 8, Tanh>, Dense<8, 1, Sigmoid>>>(
        {"diabetes", found(0.00541, 0.01097, 32, 100), 0.73}, BinaryCrossEntropy{});
    run<Net<Scale<Shape<14>>, Dense<14, 16, Tanh>, Dense<16, 3>>>(
        {"building", found(0.02131, 8.149e-05, 64, 40), 0.9925}, MeanSquaredError{});
}

int main(int count, char** arguments) try {
    std::vector<std::string> words(arguments + 1, arguments + count);
    if (const char* const data = std::getenv("TENON_DATA")) folder = data;
    if (words.size() > 1 && words[0] == "--search") {
        searches = true;
        repetitions = std::stoul(words[1]);
        words.erase(words.begin(), words.begin() + 2);
        if (words.size() > 1 && words[0] == "--seed") {
            search_seed = std::stoull(words[1]);
            words.erase(words.begin(), words.begin() + 2);
        }
    } else if (words.size() > 1 && words[0] == "--splits") {
        splits.open(words[1]);
        if (!splits) throw Error{words[1], "a file that can be written", "none"};
        words.erase(words.begin(), words.begin() + 2);
    }
    if (!words.empty()) folder = words[0];
    if (words.size() > 1) proben1 = words[1];
    run_all();
    return all_good ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
