// The update of a net with parameters that are not trained.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/optimizers/averaged.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether all parameters are one range that is trained.
template <class Layers>
inline constexpr bool trains_all =
    Layers::trainable_ranges.count == 1 && Layers::trainable_ranges.ranges[0].first == 0 &&
    Layers::trainable_ranges.ranges[0].end == Layers::parameter_count;

/// As Update (kernels/flat.hpp), range by range of the parameters that are trained.
template <class Layers> struct UpdateRanges {
    template <class F, class T, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        constexpr auto trained = Layers::trainable_ranges;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (update_range<trained.ranges[I].first, trained.ranges[I].end>(f, parameters, gradient,
                                                                          moments...),
             ...);
        }(std::make_index_sequence<trained.count>{});
        return true;
    }
    static constexpr bool trains(std::size_t i) noexcept {
        for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r)
            if (i < Layers::trainable_ranges.ranges[r].end)
                return i >= Layers::trainable_ranges.ranges[r].first;
        return false;
    }

private:
    template <std::size_t First, std::size_t End, class F, class T, class... Moments>
    static constexpr void update_range(F f, T* parameters, const T* gradient, Moments*... moments) noexcept {
        Update<End - First, false>{}(starting_at(f, First), parameters + First, gradient + First,
                                     (moments + First)...);
    }
};

/// The update of an optimizer's step for a net of these layers.
template <class Layers>
using UpdateOf =
    std::conditional_t<trains_all<Layers>, Update<Layers::parameter_count>, UpdateRanges<Layers>>;

/// Calls f(p) for each parameter p that is not trained.
template <class Layers, class F> constexpr void for_each_untrained(F f) noexcept {
    std::size_t p = 0;
    for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r) {
        const Range trained = Layers::trainable_ranges.ranges[r];
        for (; p < trained.first; ++p) f(p);
        p = trained.end;
    }
    for (; p < Layers::parameter_count; ++p) f(p);
}

/// Exchanges the trained parameters with their averages in an optimizer's state, if there are any yet.
template <class Layers, class Optimizer, class State, class T>
constexpr void swap_averages(State& state, T* parameters) noexcept {
    if constexpr (!has_averages<State>())
        static_assert(misfit::no_averages<misfit::but_found<Optimizer>>::passes());
    else {
        auto& averages = averages_of(state);
        if (averages.count == 0) return;
        for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r)
            for (std::size_t p = Layers::trainable_ranges.ranges[r].first;
                 p < Layers::trainable_ranges.ranges[r].end; ++p) {
                const T average = averages.average.data[p];
                averages.average.data[p] = parameters[p];
                parameters[p] = average;
            }
    }
}

/// Copies the gradient of the parameters that are trained.
template <class Layers, class Gradient, class T>
constexpr void copy_trained(const Gradient& from, T* to) noexcept {
    for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r) {
        const Range trained = Layers::trainable_ranges.ranges[r];
        for (std::size_t p = trained.first; p < trained.end; ++p) to[p] = from[p];
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
