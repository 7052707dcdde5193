// search: hyperparameters of nets, tried on all cores by cross-validation.
//
// Hosted, with exceptions, and not part of tenon.hpp. A program that includes it must be linked with the
// system's threads (-pthread; in CMake Threads::Threads).
#pragma once

#include <tenon/misfit/search.hpp> // first, so that messages are short
#include <tenon/tenon.hpp>
//
#include <tenon/io/error.hpp>
#include <tenon/search/fit_training.hpp>
#include <tenon/search/progress.hpp>
#include <tenon/search/report.hpp>
#include <tenon/search/results.hpp>
#include <tenon/search/run_trial.hpp>
#include <tenon/search/settings.hpp>
#include <tenon/search/space.hpp>
#include <tenon/search/trial.hpp>
#include <tenon/threads/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <ostream>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The settings of a search itself.
struct SearchOptions {
    /// All draws, initial weights and orders of samples depend on it.
    std::uint64_t seed = 0;
    /// Number of threads, each of which runs one trial after the other; 0: as many as the program may use
    /// CPUs. The results do not depend on it.
    std::size_t threads = 0;
    /// What the search looks for; without it, what the training function's better() returns, else the lowest.
    std::optional<Better> better{};
    /// Shows progress and the time left: `.progress = &std::cout`.
    std::ostream* progress = nullptr;
    /// Called after each trial, by one thread at a time, in the order in which trials end. The search stops,
    /// after the trials that are running, if it returns false. What it throws, search passes on.
    std::function<bool(const TrialResult&)> observer{};
};

namespace detail {

template <class Train> Better better_of(const Train& train, const SearchOptions& options) {
    if constexpr (requires { Better{train.better()}; }) return options.better.value_or(train.better());
    else return options.better.value_or(Better::lower);
}

/// The order in which trials are run: those of large nets first, so that no thread is left with one of them
/// at the end.
template <class... Nets> std::vector<std::size_t> order_of_trials(const std::vector<Trial>& trials) {
    constexpr std::size_t costs[] = {multiply_adds_of<Nets>() + Nets::parameter_count...};
    std::vector<std::size_t> order(trials.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        const std::size_t cost_a = costs[trials[a].net], cost_b = costs[trials[b].net];
        return cost_a != cost_b ? cost_a > cost_b : a < b;
    });
    return order;
}

} // namespace detail

/// Trains each net with each of the candidates' settings on each fold, and returns the candidates, best
/// first:
///     const auto results = search<Small, Large>(
///         {xs, ts, stratified_k_fold(ts, 5, 1)},
///         RandomSearch{30, {{"learning_rate", log_uniform(1e-4, 1e-1)}, {"batch", choice(16, 32)}}},
///         FitTraining{CrossEntropy{}, {.epochs = 200}}, {.seed = 1, .progress = &std::cout});
///
/// Candidates are a GridSearch, a RandomSearch, or a list of Settings. The training function is FitTraining
/// or a function of the program's, which must not write to shared data, because several threads call it at
/// once (run_trial.hpp). The results depend on the seed, but not on the number of threads. A trial whose
/// function throws, or whose training diverges, is reported as its candidate's problem. Throws Error if the
/// space is empty or has a mistake.
template <class Net, class... Others, class Candidates, class Train>
SearchResults search(const SearchData<Net>& data, const Candidates& candidates, const Train& train,
                     const SearchOptions& options = {}) {
    if constexpr (!detail::can_search<Train, Net, Others...>()) return {};
    else {
        std::vector<Settings> settings;
        if constexpr (requires { candidates.candidates(options.seed); })
            settings = candidates.candidates(options.seed);
        else settings = candidates;
        if (settings.empty()) throw Error{"a search", "at least one candidate", "none"};
        const std::vector<Trial> trials = plan_trials<Net, Others...>(settings, data.folds(), options.seed);

        SearchResults results;
        results.better = detail::better_of(train, options);
        results.nets = {detail::name_of_net<Net>(), detail::name_of_net<Others>()...};
        for (const Trial& trial : trials)
            results.trials.push_back({trial, {0, 0, "not run, because the search was stopped"}, 0});

        detail::SearchProgress progress{options.progress, trials.size(), data.folds(), results.better};
        std::mutex reports;
        std::exception_ptr error;
        std::atomic<bool> stopped{false};
        const auto run = [&](std::size_t trial) {
            TrialResult result = run_trial<Net, Others...>(trials[trial], data, train);
            const std::scoped_lock lock{reports};
            results.trials[trial] = std::move(result);
            progress.add(results.trials[trial]);
            if (options.observer && !options.observer(results.trials[trial])) stopped = true;
        };
        const std::vector<std::size_t> order = detail::order_of_trials<Net, Others...>(trials);
        const std::size_t threads = options.threads > 0 ? options.threads : detail::available_cpus();
        detail::ThreadPool pool{std::min(threads, trials.size())};
        results.threads = pool.size();
        pool.run(trials.size(), [&](std::size_t, std::size_t i) noexcept {
            if (stopped) return;
            try {
                run(order[i]);
            } catch (...) {
                const std::scoped_lock lock{reports};
                if (!error) error = std::current_exception();
                stopped = true;
            }
        });
        results.seconds = progress.seconds();
        if (error) std::rethrow_exception(error);
        results.candidates = ranked(results.trials, results.better);
        return results;
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
