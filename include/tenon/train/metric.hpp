// Metrics: what a metric must have, and the answers of a net that it is computed from.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/train/confusion_matrix.hpp>
#include <tenon/train/loss_of.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

// A metric is a struct with
//   static constexpr const char* name;             // for tables and curves
//   template <class T, std::size_t Outputs> struct State;  // its sums, zero at the start
//   void add(State&, const Answer&) const;         // one sample; called in the order of the samples
//   double value(const State&) const;              // NaN if there is nothing to measure
// and, if all samples must be read several times,
//   bool again(State&) const;                      // after each pass: whether another one is needed
// Its functions are constexpr if it is used in constant expressions, and must not throw. Examples:
// train/metrics.hpp. A loss of single outputs that is not fused, such as MeanAbsoluteError, is a metric too:
// the mean over the samples.

namespace detail {

/// The argument of a metric's `add`: one sample's output and target. A target is an output, or a class index.
template <class T, std::size_t Outputs, std::size_t Stride, class Target> class Answer {
public:
    using Scalar = T;
    static constexpr std::size_t outputs = Outputs;
    /// Number of classes that the outputs distinguish: 2 for a single output.
    static constexpr std::size_t classes = detail::classes<Outputs>;

    constexpr Answer(const T* output, const Target& target) noexcept : output_(output), target_(target) {}

    /// Value o of the net's output.
    constexpr T output(std::size_t o) const noexcept { return output_[o * Stride]; }
    /// Value o of the target; of a class index as one-hot, or 0 or 1 if there is one output, or NaN if it
    /// names no class.
    constexpr T target(std::size_t o) const noexcept {
        if constexpr (!std::integral<Target>) return target_[o];
        else if (!is_class<Outputs>(target_)) return math::not_a_number<T>();
        else if constexpr (Outputs == 1) return static_cast<T>(target_);
        else return static_cast<T>(static_cast<std::size_t>(target_) == o);
    }
    /// The class that the output names, as class_of; `classes` if the output contains NaN.
    constexpr std::size_t predicted() const noexcept {
        return detail::class_or_none<Outputs>(output_, Stride);
    }
    /// The class that the target names; `classes` or more if it names none.
    constexpr std::size_t actual() const noexcept {
        if constexpr (std::integral<Target>) return static_cast<std::size_t>(target_);
        else return detail::class_or_none<Outputs>(target_.data(), 1);
    }

private:
    const T* output_;
    const Target& target_;
};

} // namespace detail

/// A metric by its members (train/metric.hpp).
template <class M>
concept Metric = requires(const M& metric, const typename M::template State<double, 2>& state) {
    { M::name } -> std::convertible_to<const char*>;
    { metric.value(state) } -> std::convertible_to<double>;
};

namespace detail {

/// A loss that serves as a metric.
template <class L>
concept LossAsMetric = Loss<L> && !fused_loss<L> && requires { L::mean; };

template <class M>
concept Measurable = Metric<M> || LossAsMetric<M>;

struct LossSum {
    double sum = 0;
    std::size_t samples = 0;
};

/// A metric's state; of a loss, its sum.
template <class M, class T, std::size_t N> struct MetricState {
    using type = typename M::template State<T, N>;
};
template <LossAsMetric M, class T, std::size_t N> struct MetricState<M, T, N> {
    using type = LossSum;
};

template <class M> consteval const char* metric_name() {
    if constexpr (Metric<M>) return M::name;
    else if constexpr (std::is_same_v<M, MeanSquaredError>) return "mean squared error";
    else if constexpr (std::is_same_v<M, MeanAbsoluteError>) return "mean absolute error";
    else if constexpr (std::is_same_v<M, HalfSquaredError>) return "half squared error";
    else if constexpr (std::is_same_v<M, Huber>) return "Huber loss";
    else return "own loss";
}

template <class M, class State, class OneAnswer>
constexpr void add_to_metric(const M& metric, State& state, const OneAnswer& answer) noexcept {
    if constexpr (Metric<M>) metric.add(state, answer);
    else {
        double sum = 0;
        for (std::size_t o = 0; o < OneAnswer::outputs; ++o)
            sum += metric.value(static_cast<double>(answer.output(o)), static_cast<double>(answer.target(o)));
        state.sum += M::mean ? sum / static_cast<double>(OneAnswer::outputs) : sum;
        ++state.samples;
    }
}

template <class M, class State> constexpr double metric_value(const M& metric, const State& state) noexcept {
    if constexpr (Metric<M>) return metric.value(state);
    else if (state.samples == 0) return math::not_a_number<double>();
    else return state.sum / static_cast<double>(state.samples);
}

/// Whether a metric needs another pass over the samples.
template <class M, class State> constexpr bool metric_again(const M& metric, State& state) noexcept {
    if constexpr (requires {
                      { metric.again(state) } -> std::same_as<bool>;
                  })
        return metric.again(state);
    else return false;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
