// The learning rate of an optimizer, also of one within others.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <concepts>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Calls f(rate) with a reference to the learning rate of an optimizer, or of the `optimizer` that it
/// contains. Returns whether there is one.
template <class Optimizer, class F> constexpr bool with_learning_rate(Optimizer& optimizer, F f) noexcept {
    if constexpr (requires {
                      { optimizer.learning_rate } -> std::convertible_to<double>;
                  }) {
        f(optimizer.learning_rate);
        return true;
    } else if constexpr (requires { optimizer.optimizer; }) return with_learning_rate(optimizer.optimizer, f);
    else return false;
}

/// The learning rate of an optimizer's next step: with a schedule, that of the schedule. NaN if it has none.
template <class Optimizer, class State>
constexpr double reported_learning_rate(const Optimizer& optimizer, const State& state) noexcept {
    if constexpr (requires {
                      { optimizer.learning_rate_in(state) } -> std::convertible_to<double>;
                  })
        return optimizer.learning_rate_in(state);
    else if constexpr (requires {
                           { optimizer.learning_rate } -> std::convertible_to<double>;
                       })
        return static_cast<double>(optimizer.learning_rate);
    else if constexpr (requires {
                           optimizer.optimizer;
                           state.inner;
                       })
        return reported_learning_rate(optimizer.optimizer, state.inner);
    else return math::not_a_number<double>();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
