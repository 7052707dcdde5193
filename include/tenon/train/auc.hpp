// Auc: the area under the ROC curve.
#pragma once

#include <tenon/train/metric.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Area under the ROC curve, as scikit-learn's roc_auc_score: the probability that a random sample of a class
/// has a higher score than one of the others, a tie counting one half. Of class 1, whose score is the single
/// or the second output; for more than two classes the mean over the classes, each against the rest, of those
/// that have samples and others (multi_class="ovr"). NaN if there is no such class, or if a score is NaN.
///
/// Exact, without a heap: it keeps up to Scores scores on the stack, one of each sample for two classes, else
/// one of each class. If there are more, the net is evaluated once for each chunk of so many samples: the
/// pairs within a chunk are counted, and those with later samples. So choose Scores as large as the stack
/// permits: with 10000 samples of 10 classes, AucOf<100000> takes 400 kB and one pass, about a fiftieth of an
/// epoch of MNIST, and Auc seven passes, about a third of an epoch.
template <std::size_t Scores = 16384> struct AucOf {
    static constexpr const char* name = "AUC";
    template <class T, std::size_t Outputs> struct State {
        static constexpr std::size_t scores_count = Outputs <= 2 ? 1 : Outputs;
        static constexpr std::size_t capacity = Scores > scores_count ? Scores / scores_count : 1;

        /// One class against the rest: the scores of the chunk, those of the class from the front on, the
        /// others from the back on.
        struct OneClass {
            T scores[capacity] = {};
            std::size_t positives = 0, negatives = 0;         ///< in the chunk
            std::size_t all_positives = 0, all_negatives = 0; ///< of all samples
            std::uint64_t half_wins = 0; ///< 2 for each pair in the right order, 1 for a tie
        };
        OneClass of[scores_count] = {};
        std::size_t chunk_begin = 0, chunk_size = 0; ///< in samples
        std::size_t position = 0;                    ///< of the next sample in this pass
        bool is_first_pass = true, is_sorted = false, any_nan = false;
    };

    template <class State, class Answer>
    constexpr void add(State& state, const Answer& answer) const noexcept {
        const std::size_t actual = answer.actual(), at = state.position;
        if (actual >= Answer::classes) return;
        ++state.position;
        if (state.is_first_pass)
            for (std::size_t c = 0; c < State::scores_count; ++c) {
                ++(is_positive<State>(actual, c) ? state.of[c].all_positives : state.of[c].all_negatives);
                state.any_nan = state.any_nan || math::is_nan(answer.output(output_of<Answer>(c)));
            }
        if (at < state.chunk_begin || state.any_nan) return;
        const bool in_chunk = at - state.chunk_begin < State::capacity;
        if (!in_chunk && !state.is_sorted) close(state);
        for (std::size_t c = 0; c < State::scores_count; ++c) {
            auto& one = state.of[c];
            const auto score = answer.output(output_of<Answer>(c));
            const bool positive = is_positive<State>(actual, c);
            if (!in_chunk)
                one.half_wins += positive ? wins_of_positive(one, score) : wins_over_negative(one, score);
            else if (positive) one.scores[one.positives++] = score;
            else one.scores[State::capacity - ++one.negatives] = score;
        }
        state.chunk_size += in_chunk;
    }

    template <class State> constexpr bool again(State& state) const noexcept {
        if (state.any_nan) return false;
        if (!state.is_sorted) close(state);
        state.chunk_begin += state.chunk_size;
        if (state.chunk_begin >= state.position) return false;
        for (auto& one : state.of) one.positives = one.negatives = 0;
        state.chunk_size = state.position = 0;
        state.is_first_pass = state.is_sorted = false;
        return true;
    }

    template <class State> constexpr double value(const State& state) const noexcept {
        double sum = 0;
        std::size_t count = 0;
        for (const auto& one : state.of) {
            if (one.all_positives == 0 || one.all_negatives == 0) continue;
            sum += static_cast<double>(one.half_wins) / 2 / static_cast<double>(one.all_positives) /
                   static_cast<double>(one.all_negatives);
            ++count;
        }
        if (state.any_nan || count == 0) return math::not_a_number<double>();
        return sum / static_cast<double>(count);
    }

private:
    template <class State> static constexpr bool is_positive(std::size_t actual, std::size_t c) noexcept {
        return actual == (State::scores_count == 1 ? 1 : c);
    }
    template <class Answer> static constexpr std::size_t output_of(std::size_t c) noexcept {
        return Answer::outputs == 1 ? 0 : Answer::outputs == 2 ? 1 : c;
    }

    /// For a score of the class: two for each lower score of the others in the chunk, one for each equal one.
    template <class OneClass, class T>
    static constexpr std::uint64_t wins_of_positive(const OneClass& one, T score) noexcept {
        const T* const end = one.scores + std::size(one.scores);
        const T* const begin = end - one.negatives;
        return static_cast<std::uint64_t>(std::lower_bound(begin, end, score) - begin) +
               static_cast<std::uint64_t>(std::upper_bound(begin, end, score) - begin);
    }
    /// For a score of the others: two for each higher score of the class in the chunk, one for each equal
    /// one.
    template <class OneClass, class T>
    static constexpr std::uint64_t wins_over_negative(const OneClass& one, T score) noexcept {
        const T* const begin = one.scores;
        const T* const end = begin + one.positives;
        return static_cast<std::uint64_t>(end - std::lower_bound(begin, end, score)) +
               static_cast<std::uint64_t>(end - std::upper_bound(begin, end, score));
    }

    /// Sorts the scores of the chunk and counts the pairs within it.
    template <class State> static constexpr void close(State& state) noexcept {
        for (auto& one : state.of) {
            auto* const end = one.scores + State::capacity;
            std::sort(one.scores, one.scores + one.positives);
            std::sort(end - one.negatives, end);
            for (std::size_t i = 0; i < one.positives; ++i)
                one.half_wins += wins_of_positive(one, one.scores[i]);
        }
        state.is_sorted = true;
    }
};

/// The AUC with 16384 scores on the stack, 64 kB in float.
using Auc = AucOf<>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
