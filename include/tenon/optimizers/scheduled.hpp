// Scheduled: an optimizer whose learning rate follows a schedule.
#pragma once

#include <tenon/optimizers/schedules.hpp>
#include <tenon/optimizers/wrapper.hpp>

#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether O is an optimizer with a learning rate, and S a schedule; a sentence names what is missing.
template <class O, class S> consteval bool can_be_scheduled() {
    if constexpr (!Optimizer<O>) return OptimizerSentence<O>::passes();
    else if constexpr (!requires(O& optimizer) { innermost(optimizer).learning_rate; })
        return misfit::no_learning_rate<misfit::but_found<O>>::passes();
    else if constexpr (!Schedule<S>) return misfit::not_a_schedule<misfit::but_found<S>>::passes();
    else return true;
}

} // namespace detail

/// Steps with `optimizer`, whose learning rate is multiplied by schedule(t), where t is the number of steps
/// before this one. The state counts the steps, so a schedule goes on in every loop, with threads, in
/// constant expressions and after a checkpoint; a step that was refused does not count.
/// `Scheduled{Sgd{.learning_rate = 0.1, .momentum = 0.9}, Cosine{.steps = 10'000}}`.
///
/// A schedule with a function momentum(t, own), such as OneCycle, also sets the optimizer's momentum or
/// beta1. Schedules may be nested; their factors are multiplied.
template <class O, class S> struct Scheduled : detail::Wrapper<O> {
    static_assert(detail::can_be_scheduled<O, S>());

    O optimizer{};
    S schedule{};

    constexpr Scheduled() noexcept = default;
    constexpr Scheduled(O wrapped, S of_step) noexcept : optimizer(wrapped), schedule(of_step) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
        std::uint64_t steps = 0;
    };

    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state) const noexcept {
        if constexpr (detail::TakesUpdate<O, typename O::template State<T, N>, T, detail::Update<N>>)
            step(parameters, gradient, state, detail::Update<N>{});
        else {
            at(state.steps).step(parameters, gradient, state.inner);
            ++state.steps;
        }
    }
    template <class T, std::size_t N, class Update>
        requires detail::TakesUpdate<O, typename O::template State<T, N>, T, Update>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state, Update update) const noexcept {
        const O now = at(state.steps);
        auto& inner = detail::innermost_state(state.inner);
        bool done = false;
        if constexpr (cycles_momentum && requires { inner.beta1_power; }) {
            // PyTorch's bias correction, 1 - beta1^t, uses the beta1 of the step
            const double before = inner.beta1_power;
            inner.beta1_power = detail::power(detail::innermost(now).beta1, state.steps);
            now.step(parameters, gradient, state.inner, detail::ReportedUpdate<Update>{update, done});
            if (!done) inner.beta1_power = before;
        } else now.step(parameters, gradient, state.inner, detail::ReportedUpdate<Update>{update, done});
        if (done) ++state.steps;
    }

    /// The learning rate of the next step.
    template <class T, std::size_t N>
    constexpr double learning_rate_in(const State<T, N>& state) const noexcept {
        return learning_rate_of(at(state.steps), state.inner);
    }

    constexpr bool valid() const noexcept { return detail::has_valid_settings(optimizer); }

    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::safe_with(at(state.steps), state.inner);
    }

private:
    static constexpr bool cycles_momentum = requires(const S& s) { s.momentum(std::size_t{}, 0.); };

    /// The optimizer with the settings of step t.
    constexpr O at(std::uint64_t t) const noexcept {
        O now = optimizer;
        auto& inner = detail::innermost(now);
        const auto step = static_cast<std::size_t>(t);
        if constexpr (Schedule<S> && requires { inner.learning_rate; })
            inner.learning_rate *= static_cast<double>(schedule(step));
        if constexpr (cycles_momentum) {
            if constexpr (requires { inner.momentum; })
                inner.momentum = schedule.momentum(step, inner.momentum);
            else if constexpr (requires { inner.beta1; }) inner.beta1 = schedule.momentum(step, inner.beta1);
        }
        return now;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
