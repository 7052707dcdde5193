// Auc: the area under the ROC curve.
#pragma once

#include <tenon/train/metric.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Area under the ROC curve, as scikit-learn's roc_auc_score: the probability that a random sample of a class
/// has a higher score than one of the others, a tie counting one half. Of class 1, whose score is the single
/// or the second output; for more than two classes the mean over the classes, each against the rest, of those
/// that have samples and others (multi_class="ovr"). NaN if there is no such class, or if a score is NaN.
///
/// Exact, without a heap: it keeps up to Scores scores on the stack, of each sample one for two classes, else
/// one for each class. With more scores, it keeps for each class those of its own samples alone, and the net
/// is evaluated twice; if a class has more than Scores / classes samples, twice for each chunk of so many.
template <std::size_t Scores = 16384> struct AucOf {
    static constexpr const char* name = "AUC";
    template <class T, std::size_t Outputs> struct State {
        static constexpr std::size_t classes = Outputs <= 2 ? 1 : Outputs; ///< each against the rest
        static constexpr std::size_t capacity = Scores > classes ? Scores / classes : 1;

        struct OneClass {
            T scores[capacity] = {}; ///< those of the class from the front on, the others from the back on
            std::size_t own_count = 0, other_count = 0;
            std::size_t chunk_begin = 0, position = 0; ///< in the samples of the class
            std::size_t size = 0, others = 0;          ///< of all samples
            std::uint64_t half_wins = 0;               ///< 2 for each pair in the right order, 1 for a tie
        };
        OneClass of[classes] = {};
        bool is_first_pass = true, keeps_others = true, compares = false, any_nan = false;
    };

    template <class State, class Answer>
    constexpr void add(State& state, const Answer& answer) const noexcept {
        const std::size_t actual = answer.actual();
        if (actual >= Answer::classes) return;
        if (state.of[0].own_count + state.of[0].other_count == State::capacity) state.keeps_others = false;
        for (std::size_t c = 0; c < State::classes; ++c) {
            auto& one = state.of[c];
            const auto score = answer.output(Answer::outputs == 2 ? 1 : c);
            const bool is_own = actual == (State::classes == 1 ? 1 : c);
            if (state.is_first_pass) {
                ++(is_own ? one.size : one.others);
                state.any_nan = state.any_nan || math::is_nan(score);
            }
            if (state.compares) {
                if (!is_own) one.half_wins += wins(one, score);
            } else if (is_own) {
                if (one.position++ >= one.chunk_begin && one.own_count < State::capacity)
                    one.scores[one.own_count++] = score;
            } else if (state.keeps_others) one.scores[State::capacity - ++one.other_count] = score;
        }
    }

    template <class State> constexpr bool again(State& state) const noexcept {
        if (state.any_nan) return false;
        state.is_first_pass = false;
        state.compares = !state.compares;
        bool more = false;
        for (auto& one : state.of)
            if (state.compares) {
                std::sort(one.scores, one.scores + one.own_count);
                if (state.keeps_others)
                    for (std::size_t i = 1; i <= one.other_count; ++i)
                        one.half_wins += wins(one, one.scores[State::capacity - i]);
                else more = more || one.own_count > 0;
            } else {
                one.chunk_begin += one.own_count;
                one.own_count = one.position = 0;
                more = more || one.chunk_begin < one.size;
            }
        return more;
    }

    template <class State> constexpr double value(const State& state) const noexcept {
        double sum = 0;
        std::size_t count = 0;
        for (const auto& one : state.of) {
            if (one.size == 0 || one.others == 0) continue;
            sum += static_cast<double>(one.half_wins) / 2 / static_cast<double>(one.size) /
                   static_cast<double>(one.others);
            ++count;
        }
        if (state.any_nan || count == 0) return math::not_a_number<double>();
        return sum / static_cast<double>(count);
    }

private:
    /// For a score of the others: two for each higher score kept of the class, one for each equal one.
    template <class OneClass, class T>
    static constexpr std::uint64_t wins(const OneClass& one, T score) noexcept {
        const T* const end = one.scores + one.own_count;
        const T* const higher_or_equal = std::lower_bound(one.scores, end, score);
        const T* higher = higher_or_equal;
        if (higher != end && *higher == score) higher = std::upper_bound(higher, end, score);
        return static_cast<std::uint64_t>(end - higher_or_equal) + static_cast<std::uint64_t>(end - higher);
    }
};

/// The AUC with 16384 scores on the stack, 64 kB in float.
using Auc = AucOf<>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
