// SearchProgress: shows how far a search is, the best score so far, and the time left.
#pragma once

#include <tenon/search/results.hpp>
#include <tenon/search/trial.hpp>
#include <tenon/show/terminal.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// On a terminal it updates one line, elsewhere it writes about ten lines in all. A candidate's score is
/// shown once it was trained on all folds.
class SearchProgress {
    using Clock = std::chrono::steady_clock;

public:
    SearchProgress(std::ostream* out, std::size_t trials, std::size_t folds, Better better)
        : out_(out), terminal_(out ? Terminal{*out} : Terminal{std::cout}), trials_(trials), folds_(folds),
          better_(better), of_candidate_(trials / folds) {}

    void add(const TrialResult& result) {
        ++done_;
        if (!result.score.problem.empty()) ++problems_;
        auto& [count, sum, has_problem] = of_candidate_[result.trial.candidate];
        ++count;
        sum += result.score.score;
        has_problem = has_problem || !result.score.problem.empty();
        if (count == folds_ && !has_problem) {
            const double mean = sum / static_cast<double>(folds_);
            const bool is_better = better_ == Better::lower ? mean < best_ : mean > best_;
            if (math::is_nan(best_) || is_better) best_ = mean;
        }
        if (!out_) return;
        const bool is_last = done_ == trials_;
        const std::size_t step = std::max<std::size_t>(1, trials_ / 10);
        if (is_last || (terminal_.is_terminal ? seconds() - shown_at_ >= 0.05 : done_ % step == 0))
            show(is_last);
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

private:
    struct Sum {
        std::size_t count = 0;
        double sum = 0;
        bool has_problem = false;
    };

    void show(bool is_last) {
        shown_at_ = seconds();
        const std::string total = std::to_string(trials_);
        std::string line = "trial " + right(std::to_string(done_), total.size()) + '/' + total;
        if (!math::is_nan(best_)) line += "  best " + significant(best_, 4);
        if (problems_ > 0)
            line += ", " + std::to_string(problems_) + (problems_ > 1 ? " problems" : " problem");
        const double left = shown_at_ / static_cast<double>(done_) * static_cast<double>(trials_ - done_);
        line += is_last ? ", " + duration(shown_at_) : ", " + duration(left) + " left";
        if (!terminal_.is_terminal) *out_ << line << std::endl;
        else
            *out_ << '\r' << line.substr(0, terminal_.columns - 1) << "\x1b[K" << (is_last ? "\n" : "")
                  << std::flush;
    }

    std::ostream* out_;
    Terminal terminal_;
    std::size_t trials_, folds_, done_ = 0, problems_ = 0;
    Better better_;
    std::vector<Sum> of_candidate_;
    double best_ = math::not_a_number<double>(), shown_at_ = 0;
    Clock::time_point start_ = Clock::now();
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
