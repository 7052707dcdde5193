// Windows of the steps of a stream, for nets of causal convolutions.
#pragma once

#include <tenon/cells/over_time.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/layers/streams.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// How many steps of a stream `run` computes at once.
inline constexpr std::size_t window_steps = 16;

/// Whether `run` may compute L at several steps at once: L has no state, or says so.
template <class L> struct RunsInWindows {
    static constexpr bool value = [] {
        if constexpr (state_size<L> == 0) return true;
        else if constexpr (requires { L::template fits_window<window_steps>; })
            return L::template fits_window<window_steps>;
        else return false;
    }();
};
template <class L> inline constexpr bool runs_in_windows = RunsInWindows<StackOf<L>>::value;
template <class... Layers>
struct RunsInWindows<Stack<Layers...>> : std::bool_constant<(runs_in_windows<Layers> && ...)> {};
template <class... Layers>
struct RunsInWindows<ResidualOf<Stack<Layers...>>> : RunsInWindows<Stack<Layers...>> {};

template <class... Layers, class T>
    requires(optimized && runs_in_windows<Stack<Layers...>> && Stack<Layers...>::state_size > 0)
struct StreamWindow<Stack<Layers...>, T> {
    using Windowed = Stack<OverTime<window_steps, Layers, true>...>;
    static_assert(Windowed::state_size == Stack<Layers...>::state_size);
    static constexpr std::size_t steps = keeps_to_stack<Windowed, T> ? window_steps : 0;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
