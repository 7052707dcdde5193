// EpochWith: an epoch with metrics.
#pragma once

#include <tenon/train/history.hpp>
#include <tenon/train/measure.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// An epoch with the values of metrics, of the validation samples, or of the training samples if there are
/// none: `epoch[Accuracy{}]`, or `epoch.metrics[0]` in the order in which they were passed to fit.
template <class... Metrics> struct EpochWith : Epoch {
    static constexpr std::array<const char*, sizeof...(Metrics)> metric_names{
        detail::metric_name<Metrics>()...};
    std::array<double, sizeof...(Metrics)> metrics = [] {
        std::array<double, sizeof...(Metrics)> none{};
        for (double& value : none) value = math::not_a_number<double>();
        return none;
    }();

    /// The value of the first metric of this type.
    template <class Metric>
        requires(std::is_same_v<Metric, Metrics> || ...)
    constexpr double operator[](const Metric&) const noexcept {
        constexpr bool is_it[] = {std::is_same_v<Metric, Metrics>...};
        std::size_t i = 0;
        while (!is_it[i]) ++i;
        return metrics[i];
    }
};

namespace detail {

/// The epoch of a fit with these arguments: Epoch, or EpochWith the metrics among them.
template <class List, class... Rest> struct EpochOf;
template <class... Metrics> struct EpochOf<EpochWith<Metrics...>> {
    using type = std::conditional_t<sizeof...(Metrics) == 0, Epoch, EpochWith<Metrics...>>;
};
template <class... Metrics, class First, class... Rest>
struct EpochOf<EpochWith<Metrics...>, First, Rest...>
    : EpochOf<std::conditional_t<Measurable<First>, EpochWith<Metrics..., First>, EpochWith<Metrics...>>,
              Rest...> {};
template <class... Rest> using EpochFor = typename EpochOf<EpochWith<>, std::remove_cvref_t<Rest>...>::type;

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
