// Metrics of classifiers and regressions, with scikit-learn's definitions.
#pragma once

#include <tenon/train/metric.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

// A target that contains NaN, or an index that names no class, is refused: by `measure`, whose result is NaN,
// and by fit. An output that contains NaN predicts no class, and counts as wrong. Without samples, all are
// NaN.

namespace detail {

struct RightOfTotal {
    std::size_t right = 0, total = 0;
};

/// "top K accuracy" as text.
template <std::size_t K> struct TopName {
    char text[32] = {};
    consteval TopName() {
        std::size_t size = 0, digits = 1;
        for (const char c : {'t', 'o', 'p', ' '}) text[size++] = c;
        for (std::size_t remaining = K; remaining >= 10; remaining /= 10) ++digits;
        for (std::size_t i = digits, remaining = K; i-- > 0; remaining /= 10)
            text[size + i] = static_cast<char>('0' + remaining % 10);
        size += digits;
        for (const char c : {' ', 'a', 'c', 'c', 'u', 'r', 'a', 'c', 'y'}) text[size++] = c;
    }
};
template <std::size_t K> inline constexpr TopName<K> top_name{};

} // namespace detail

/// The fraction of samples classified correctly, as `accuracy`.
struct Accuracy {
    static constexpr const char* name = "accuracy";
    template <class T, std::size_t Outputs> using State = detail::RightOfTotal;

    template <class Answer>
    constexpr void add(detail::RightOfTotal& state, const Answer& answer) const noexcept {
        const std::size_t actual = answer.actual();
        if (actual >= Answer::classes) return;
        state.right += actual == answer.predicted();
        ++state.total;
    }
    constexpr double value(const detail::RightOfTotal& state) const noexcept {
        return detail::fraction(state.right, state.total);
    }
};

/// The fraction of samples whose class is among the K with the largest outputs; of equal outputs, those of
/// later classes come first, as in scikit-learn's top_k_accuracy_score. With one output and K = 1, the
/// accuracy; it is 1 if K is the number of classes or more.
template <std::size_t K> struct TopK {
    static_assert(K > 0, "TopK<K> counts the K largest outputs: K is at least 1");
    static constexpr const char* name = detail::top_name<K>.text;
    template <class T, std::size_t Outputs> using State = detail::RightOfTotal;

    template <class Answer>
    constexpr void add(detail::RightOfTotal& state, const Answer& answer) const noexcept {
        const std::size_t actual = answer.actual();
        if (actual >= Answer::classes) return;
        ++state.total;
        if (answer.predicted() >= Answer::classes) return;
        if constexpr (Answer::outputs == 1) state.right += K > 1 || actual == answer.predicted();
        else {
            std::size_t before = 0;
            const auto own = answer.output(actual);
            for (std::size_t o = 0; o < Answer::outputs; ++o)
                before += answer.output(o) > own || (o > actual && !(answer.output(o) < own));
            state.right += before < K;
        }
    }
    constexpr double value(const detail::RightOfTotal& state) const noexcept {
        return detail::fraction(state.right, state.total);
    }
};

/// Over which classes Precision, Recall and F1 are computed.
enum class Average {
    automatic, ///< binary for two classes, macro for more
    binary,    ///< of the class `positive` alone
    macro,     ///< the mean over the classes that occur among targets or predictions
};

namespace detail {

/// For each class, how many samples have it, are predicted to have it, and both.
template <std::size_t Classes> struct ClassCounts {
    std::array<std::size_t, Classes> actual{}, predicted{}, right{};
    std::size_t total = 0;
};

/// Counts one sample.
template <std::size_t Classes, class Answer>
constexpr void count(ClassCounts<Classes>& state, const Answer& answer) noexcept {
    const std::size_t actual = answer.actual(), predicted = answer.predicted();
    if (actual >= Classes) return;
    ++state.total;
    ++state.actual[actual];
    if (predicted < Classes) ++state.predicted[predicted];
    if (predicted == actual) ++state.right[actual];
}

/// The average of score(right, predicted, actual) over classes.
template <std::size_t Classes, class Score>
constexpr double average_of(const ClassCounts<Classes>& state, Average average, std::size_t positive,
                            Score score) noexcept {
    if (state.total == 0) return math::not_a_number<double>();
    const auto of = [&](std::size_t c) { return score(state.right[c], state.predicted[c], state.actual[c]); };
    if (average == Average::binary || (average == Average::automatic && Classes == 2))
        return positive < Classes ? of(positive) : math::not_a_number<double>();
    double sum = 0;
    std::size_t occurring = 0;
    for (std::size_t c = 0; c < Classes; ++c) {
        if (state.predicted[c] + state.actual[c] == 0) continue;
        sum += of(c);
        ++occurring;
    }
    return sum / static_cast<double>(occurring);
}

/// part / whole, or 0 if whole is 0, as scikit-learn's zero_division.
constexpr double share_of(std::size_t part, std::size_t whole) noexcept {
    return whole == 0 ? 0 : fraction(part, whole);
}

} // namespace detail

/// Of the samples that are predicted to be of a class, the fraction that are; 0 if none is predicted.
struct Precision {
    Average average = Average::automatic;
    std::size_t positive = 1; ///< the class, if the average is binary

    static constexpr const char* name = "precision";
    template <class T, std::size_t Outputs> using State = detail::ClassCounts<detail::classes<Outputs>>;

    template <class Counts, class Answer>
    constexpr void add(Counts& state, const Answer& answer) const noexcept {
        detail::count(state, answer);
    }
    template <class Counts> constexpr double value(const Counts& state) const noexcept {
        return detail::average_of(state, average, positive,
                                  [](std::size_t right, std::size_t predicted, std::size_t) {
                                      return detail::share_of(right, predicted);
                                  });
    }
};

/// Of the samples of a class, the fraction that are predicted to be of it; 0 if there is none.
struct Recall {
    Average average = Average::automatic;
    std::size_t positive = 1; ///< the class, if the average is binary

    static constexpr const char* name = "recall";
    template <class T, std::size_t Outputs> using State = detail::ClassCounts<detail::classes<Outputs>>;

    template <class Counts, class Answer>
    constexpr void add(Counts& state, const Answer& answer) const noexcept {
        detail::count(state, answer);
    }
    template <class Counts> constexpr double value(const Counts& state) const noexcept {
        return detail::average_of(state, average, positive,
                                  [](std::size_t right, std::size_t, std::size_t actual) {
                                      return detail::share_of(right, actual);
                                  });
    }
};

/// The harmonic mean of precision and recall of a class: 2 right / (predicted + actual); 0 if both are.
struct F1 {
    Average average = Average::automatic;
    std::size_t positive = 1; ///< the class, if the average is binary

    static constexpr const char* name = "F1";
    template <class T, std::size_t Outputs> using State = detail::ClassCounts<detail::classes<Outputs>>;

    template <class Counts, class Answer>
    constexpr void add(Counts& state, const Answer& answer) const noexcept {
        detail::count(state, answer);
    }
    template <class Counts> constexpr double value(const Counts& state) const noexcept {
        return detail::average_of(state, average, positive,
                                  [](std::size_t right, std::size_t predicted, std::size_t actual) {
                                      return detail::share_of(2 * right, predicted + actual);
                                  });
    }
};

/// Coefficient of determination: 1 - sum (t - y)^2 / sum (t - mean t)^2 for each output, and their mean, as
/// scikit-learn's r2_score. Of an output with equal targets, 1 if all are met, else 0. NaN for fewer than two
/// samples.
struct R2 {
    static constexpr const char* name = "R2";
    template <class T, std::size_t Outputs> struct State {
        std::array<double, Outputs> mean{}, spread{}, errors{}; ///< spread: sum (t - mean t)^2
        std::size_t samples = 0;
    };

    template <class Sums, class Answer> constexpr void add(Sums& state, const Answer& answer) const noexcept {
        ++state.samples;
        for (std::size_t o = 0; o < Answer::outputs; ++o) { // Welford, 1962
            const double t = static_cast<double>(answer.target(o)), before = t - state.mean[o];
            state.mean[o] += before / static_cast<double>(state.samples);
            state.spread[o] += before * (t - state.mean[o]);
            const double error = t - static_cast<double>(answer.output(o));
            state.errors[o] += error * error;
        }
    }
    template <class Sums> constexpr double value(const Sums& state) const noexcept {
        if (state.samples < 2) return math::not_a_number<double>();
        double sum = 0;
        for (std::size_t o = 0; o < state.mean.size(); ++o)
            if (state.spread[o] > 0 || math::is_nan(state.errors[o]))
                sum += 1 - state.errors[o] / state.spread[o];
            else if (!(state.errors[o] > 0)) sum += 1;
        return sum / static_cast<double>(state.mean.size());
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
