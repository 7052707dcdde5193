// SearchResults: the candidates of a search, best first, with the spread of their scores over the folds.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/search/settings.hpp>
#include <tenon/search/trial.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Whether a search looks for the lowest score, such as a loss, or the highest, such as an accuracy.
enum class Better { lower, higher };

/// A net with settings, and its scores on all folds.
struct Candidate : Settings {
    std::size_t number = 0; ///< in the order in which they were planned, from 0
    std::size_t net = 0;    ///< position of the net among those of search<...>
    double mean = 0;        ///< of the scores; NaN if a trial has a problem
    double spread = 0;      ///< standard deviation of the scores over the folds (divided by their number)
    std::vector<double> scores = {}; ///< of the folds
    double epochs = 0;               ///< mean over the folds; 0 if not known
    double seconds = 0;              ///< of all folds together
    std::string problem = {};        ///< of the first fold that has one; else empty
};

/// The results of a search.
struct SearchResults {
    std::vector<Candidate> candidates; ///< best first; those with a problem last
    std::vector<TrialResult> trials;   ///< in the order in which they were planned
    std::vector<std::string> nets;     ///< the nets as a program writes them
    Better better = Better::lower;
    double seconds = 0;      ///< duration of the search
    std::size_t threads = 1; ///< that ran the trials

    /// The best candidate. Throws Error, with the first problem, if no candidate was trained on all folds.
    const Candidate& best() const {
        if (candidates.empty()) throw Error{"a search", "at least one candidate", "none"};
        if (!candidates.front().problem.empty())
            throw Error{"a search", "a candidate that was trained on all folds", candidates.front().problem};
        return candidates.front();
    }

    /// How many trials ran at the same time, on average: the sum of their durations by that of the search.
    double busy_threads() const noexcept {
        double sum = 0;
        for (const TrialResult& result : trials) sum += result.seconds;
        return seconds > 0 ? sum / seconds : 0;
    }
};

namespace detail {

inline void add(Candidate& candidate, const TrialResult& result) {
    const std::string& problem = result.score.problem;
    if (!problem.empty() && candidate.problem.empty())
        candidate.problem = "fold " + std::to_string(result.trial.fold) + ": " + problem;
    candidate.scores.push_back(problem.empty() ? result.score.score : math::not_a_number<double>());
    candidate.seconds += result.seconds;
    candidate.epochs += static_cast<double>(result.score.epochs);
}

inline void finish(Candidate& candidate) {
    const auto folds = static_cast<double>(candidate.scores.size());
    candidate.epochs /= folds;
    candidate.mean = candidate.spread = math::not_a_number<double>();
    if (!candidate.problem.empty()) return;
    double sum = 0, squares = 0;
    for (const double score : candidate.scores) sum += score;
    candidate.mean = sum / folds;
    for (const double score : candidate.scores)
        squares += (score - candidate.mean) * (score - candidate.mean);
    candidate.spread = std::sqrt(squares / folds);
}

} // namespace detail

/// The results of trials, which may come from several machines and in any order, as candidates, best first.
/// Candidates of equal score are in the order in which they were planned.
inline std::vector<Candidate> ranked(std::vector<TrialResult> results, Better better) {
    std::ranges::sort(results, {}, [](const TrialResult& result) {
        return std::pair{result.trial.candidate, result.trial.fold};
    });
    std::vector<Candidate> candidates;
    for (const TrialResult& result : results) {
        if (candidates.empty() || candidates.back().number != result.trial.candidate)
            candidates.push_back({result.trial, result.trial.candidate, result.trial.net});
        detail::add(candidates.back(), result);
    }
    for (Candidate& candidate : candidates) detail::finish(candidate);
    std::ranges::sort(candidates, [&](const Candidate& a, const Candidate& b) {
        if (a.problem.empty() != b.problem.empty()) return a.problem.empty();
        if (a.problem.empty() && a.mean != b.mean)
            return better == Better::lower ? a.mean < b.mean : a.mean > b.mean;
        return a.number < b.number;
    });
    return candidates;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
