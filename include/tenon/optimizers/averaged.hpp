// Averaged: moving averages of the weights beside an optimizer.
#pragma once

#include <tenon/optimizers/wrapper.hpp>

#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// An update's formula, then average = decay average + p_factor p.
template <class F, class T> struct AveragedFormula {
    F inner;
    T decay, p_factor;

    template <class V, class... Moments>
    constexpr V operator()(V p, V g, V& average, Moments&... m) const noexcept {
        p = inner(p, g, m...);
        average = math::fma(V(p_factor), p, V(decay) * average);
        return p;
    }
};

template <class Update, class T> struct AveragingUpdate {
    Update update;
    T decay, p_factor;
    T* average;
    bool& done;

    template <class F, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        return done = update(AveragedFormula<F, T>{f, decay, p_factor}, parameters, gradient, average,
                             moments...);
    }
};

} // namespace detail

/// Steps with `optimizer`, and averages the parameters after each step: average = decay average + (1 - decay)
/// p, beginning with a copy of the parameters after the first step that counts. That is the exponential
/// moving average of PyTorch's swa_utils (get_ema_avg_fn; Polyak and Juditsky, 1992). With decay 1 all
/// steps count alike: average += (p - average) / (n + 1), stochastic weight averaging (Izmailov et al., 2018;
/// PyTorch's AveragedModel).
///
/// The averages are part of the optimizer's state. trainer.swap_averages() exchanges them with the net's
/// parameters. Parameters that are not trained, such as running statistics, have no average.
/// `Averaged{Adam{.learning_rate = 1e-3}, 0.999}`.
template <class O> struct Averaged : detail::Wrapper<O> {
    static_assert(detail::can_be_wrapped<O>());

    O optimizer{};
    double decay = 0.999;       ///< from 0 to 1
    std::uint64_t begin = 0;    ///< steps before the first that counts
    std::uint64_t interval = 1; ///< every how many steps one counts

    constexpr Averaged() noexcept = default;
    constexpr explicit Averaged(O wrapped, double average_decay = 0.999, std::uint64_t first = 0,
                                std::uint64_t every = 1) noexcept
        : optimizer(wrapped), decay(average_decay), begin(first), interval(every) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
        Flat<T, N> average;
        std::uint64_t steps = 0; ///< that were done
        std::uint64_t count = 0; ///< of them, those that count
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const bool counts =
            state.steps >= begin && (state.steps - begin) % (interval == 0 ? 1 : interval) == 0;
        bool done = false;
        if (counts) {
            const double equal = 1 / (static_cast<double>(state.count) + 1),
                         p_factor = state.count == 0 || decay >= 1 ? equal : 1 - decay;
            this->step_inner(optimizer, parameters, gradient, state.inner,
                             detail::AveragingUpdate<Update, T>{update, static_cast<T>(1 - p_factor),
                                                                static_cast<T>(p_factor), state.average.data,
                                                                done});
        } else
            this->step_inner(optimizer, parameters, gradient, state.inner,
                             detail::ReportedUpdate<Update>{update, done});
        if (!done) return;
        ++state.steps;
        if (counts) ++state.count;
    }

    constexpr bool valid() const noexcept {
        return decay >= 0 && decay <= 1 && detail::has_valid_settings(optimizer);
    }

    /// An average lies between the parameters of all steps.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::is_between(0, decay, 1) ? detail::safe_with(optimizer, state.inner)
                                               : detail::SafeWith::nothing;
    }
};

namespace detail {

/// The state of Averaged within an optimizer's state.
template <class State> constexpr auto& averages_of(State& state) noexcept {
    if constexpr (requires { state.average; }) return state;
    else return averages_of(state.inner);
}
template <class State> consteval bool has_averages() {
    if constexpr (requires(State& state) { state.average; }) return true;
    else if constexpr (requires(State& state) { state.inner; }) return has_averages<decltype(State::inner)>();
    else return false;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
