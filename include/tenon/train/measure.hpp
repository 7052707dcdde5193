// measure: a metric of a net over samples. Also the validation of fit: loss and metrics in one pass.
#pragma once

#include <tenon/layers/activate.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/metric.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/refused.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Number of metrics among these types.
template <class... M>
inline constexpr std::size_t metric_count = (std::size_t{0} + ... + (Measurable<M> ? 1 : 0));

/// Metric number I of fit's arguments with its state; empty if the argument is an observer.
template <std::size_t I, class M, class T, std::size_t N> struct MetricSlot {
    constexpr explicit MetricSlot(const M&) noexcept {}
    template <class OneAnswer> constexpr void add(const OneAnswer&) noexcept {}
    constexpr bool again() noexcept { return false; }
    constexpr void write(double*&) const noexcept {}
};
template <std::size_t I, Measurable M, class T, std::size_t N> struct MetricSlot<I, M, T, N> {
    const M& metric;
    typename MetricState<M, T, N>::type state{};
    bool is_done = false;

    constexpr explicit MetricSlot(const M& m) noexcept : metric(m) {}
    template <class OneAnswer> constexpr void add(const OneAnswer& answer) noexcept {
        if (!is_done) add_to_metric(metric, state, answer);
    }
    constexpr bool again() noexcept {
        is_done = is_done || !metric_again(metric, state);
        return !is_done;
    }
    constexpr void write(double*& values) const noexcept { *values++ = metric_value(metric, state); }
};

/// The metrics among fit's arguments, with their states, which pass_over fills.
template <class Indices, class T, std::size_t N, class... M> class MetricsOf;
template <std::size_t... I, class T, std::size_t N, class... M>
class MetricsOf<std::index_sequence<I...>, T, N, M...> : MetricSlot<I, M, T, N>... {
public:
    static constexpr bool any = true;

    constexpr explicit MetricsOf(const M&... metrics) noexcept : MetricSlot<I, M, T, N>(metrics)... {}

    /// Adds the samples of a block of outputs, whose targets are ts[first], ts[first + 1], ...
    template <class View, class Targets>
    constexpr void add(View y, const Targets& ts, std::size_t first) noexcept {
        using Target = std::remove_cvref_t<decltype(ts[0])>;
        for (std::size_t s = 0; s < y.samples; ++s) {
            const Answer<T, N, View::stride, Target> answer{y.data + s, ts[first + s]};
            (MetricSlot<I, M, T, N>::add(answer), ...);
        }
    }
    /// Ends a pass over all samples. Returns whether another one is needed.
    constexpr bool again() noexcept {
        bool any_again = false;
        ((any_again = MetricSlot<I, M, T, N>::again() || any_again), ...);
        return any_again;
    }
    constexpr std::array<double, metric_count<M...>> values() const noexcept {
        std::array<double, metric_count<M...>> result{};
        double* at = result.data();
        (MetricSlot<I, M, T, N>::write(at), ...);
        return result;
    }
};
template <class Net, class... M>
using MetricsFor =
    std::conditional_t<metric_count<M...> == 0, NoMetrics,
                       MetricsOf<std::index_sequence_for<M...>, typename Net::Scalar, Net::outputs, M...>>;

/// The states of the metrics among fit's arguments.
template <class Net, class... Rest>
constexpr auto metrics_for([[maybe_unused]] const Rest&... rest) noexcept {
    if constexpr (metric_count<Rest...> == 0) return NoMetrics{};
    else return MetricsFor<Net, Rest...>(rest...);
}

/// pass_over for a trainer: if the net is too wide for the stack, it uses the trainer's memory, one sample at
/// a time.
template <class Net, class Passes, class Target, class Metrics>
constexpr double trainers_pass_over(const Net& net, Passes& passes, std::span<const typename Net::Input> xs,
                                    std::span<const Target> ts, Metrics& metrics, bool with_loss) noexcept {
    if constexpr (keeps_to_stack<EvaluatedStack<StackOf<Net>>, typename Net::Scalar>)
        return pass_over(net, passes.loss, xs, ts, metrics, with_loss);
    else {
        double sum = 0;
        for (std::size_t s = 0; s < xs.size(); ++s) {
            const auto y = passes.passes().output(net.values_is_an_implementation_detail_, xs[s]);
            if (with_loss) sum += static_cast<double>(loss_of_outputs<Net::outputs>(passes.loss, y, ts, s));
            if constexpr (Metrics::any) {
                if constexpr (fused_loss<std::remove_cvref_t<decltype(passes.loss)>>)
                    activate<typename Ending<Net>::type, Net::outputs>(y.read_only(), y);
                metrics.add(y.read_only(), ts, s);
            }
        }
        return sum;
    }
}

/// The same for `count` samples, xs[at(0)], xs[at(1)], ... They are copied in groups, so that the code of
/// pass_over serves them too; large ones are evaluated in place, one by one.
template <class Net, class Passes, class Targets, class Metrics>
constexpr double trainers_pass_over(const Net& net, Passes& passes, std::span<const typename Net::Input> xs,
                                    const Targets& ts, Order at, std::size_t count, Metrics& metrics,
                                    bool with_loss) noexcept {
    using Target = std::remove_cvref_t<decltype(ts[0])>;
    constexpr std::size_t bytes = sizeof(typename Net::Input) + sizeof(Target),
                          max_samples = 65536 / bytes < 64 ? 65536 / bytes : 64,
                          group = max_samples < 8 ? 1 : max_samples / 8 * 8;
    double sum = 0;
    if constexpr (group == 1)
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t s = at(i);
            if constexpr (std::integral<Target>) {
                const Target target = ts[s];
                sum += trainers_pass_over(net, passes, xs.subspan(s, 1), std::span<const Target>(&target, 1),
                                          metrics, with_loss);
            } else
                sum +=
                    trainers_pass_over(net, passes, xs.subspan(s, 1), ts.subspan(s, 1), metrics, with_loss);
        }
    else {
        std::array<typename Net::Input, group> inputs;
        std::array<Target, group> targets;
        for (std::size_t first = 0; first < count; first += group) {
            const std::size_t samples = count - first < group ? count - first : group;
            for (std::size_t s = 0; s < samples; ++s) {
                inputs[s] = xs[at(first + s)];
                targets[s] = ts[at(first + s)];
            }
            sum +=
                trainers_pass_over(net, passes, std::span<const typename Net::Input>(inputs.data(), samples),
                                   std::span<const Target>(targets.data(), samples), metrics, with_loss);
        }
    }
    return sum;
}

/// Whether a target is a class index that names a class, or an output without NaN.
template <std::size_t Outputs, class Target> constexpr bool is_usable(const Target& target) noexcept {
    if constexpr (std::integral<Target>) return is_class<Outputs>(target);
    else {
        for (const auto value : target)
            if (math::is_nan(value)) return false;
        return true;
    }
}

template <class Net, class M, class Inputs, class Targets>
constexpr double measure_of(const Net& net, const M& metric, Inputs xs, Targets ts) noexcept {
    if (xs.size() != ts.size()) return math::not_a_number<double>();
    for (std::size_t s = 0; s < ts.size(); ++s)
        if (!is_usable<Net::outputs>(ts[s])) return math::not_a_number<double>();
    MetricsFor<Net, M> metrics{metric};
    do pass_over(net, NoMeasuredLoss{}, xs, ts, metrics, false);
    while (metrics.again());
    return metrics.values()[0];
}

} // namespace detail

/// Returns a metric of a net over samples: `double f1 = measure(net, F1{}, xs, ts);`. Targets are outputs or
/// class indices. Returns NaN if there are no samples, if the sizes differ, or if a target contains NaN or is
/// an index that names no class.
template <class T, class... Layers, detail::Measurable M>
constexpr double measure(const NetOf<T, Layers...>& net, const M& metric,
                         std::span<const typename NetOf<T, Layers...>::Input> xs,
                         std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return detail::measure_of(net, metric, xs, ts);
}
template <class T, class... Layers, detail::Measurable M, detail::ClassIndices Classes>
constexpr double measure(const NetOf<T, Layers...>& net, const M& metric,
                         std::span<const typename NetOf<T, Layers...>::Input> xs,
                         const Classes& ts) noexcept {
    return detail::measure_of(net, metric, xs, detail::read_only(std::span(ts)));
}

/// The same for some of the samples, by their positions. Returns NaN too if a position is not below
/// xs.size().
template <class T, class... Layers, detail::Measurable M>
constexpr double measure(const NetOf<T, Layers...>& net, const M& metric,
                         std::span<const typename NetOf<T, Layers...>::Input> xs,
                         std::span<const typename NetOf<T, Layers...>::Output> ts,
                         std::span<const std::size_t> indices) noexcept {
    if (xs.size() != ts.size() || !detail::are_positions(indices, xs.size()))
        return math::not_a_number<double>();
    return detail::measure_of(net, metric, detail::Selected{xs, indices}, detail::Selected{ts, indices});
}
template <class T, class... Layers, detail::Measurable M, detail::ClassIndices Classes>
constexpr double measure(const NetOf<T, Layers...>& net, const M& metric,
                         std::span<const typename NetOf<T, Layers...>::Input> xs, const Classes& ts,
                         std::span<const std::size_t> indices) noexcept {
    const auto classes = detail::read_only(std::span(ts));
    if (xs.size() != classes.size() || !detail::are_positions(indices, xs.size()))
        return math::not_a_number<double>();
    return detail::measure_of(net, metric, detail::Selected{xs, indices}, detail::Selected{classes, indices});
}

template <class T, class... Layers, detail::Measurable M, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr double measure(const NetOf<T, Layers...>&, const M&, const Xs&, const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
