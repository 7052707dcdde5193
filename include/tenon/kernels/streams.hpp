// Streams of inputs to a net with cells, step by step: one stream, or many at once.
#pragma once

#include <tenon/context.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/misfit/cells.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The sentence about a net that remembers and is called without a state.
template <class Net>
using StateSentence = misfit::state_missing<std::conditional_t<Net::state_count == 0, misfit::no_state, Net>>;

/// One step of a stream with this memory.
template <class Stack, class T, class State, class X>
constexpr void step_of_stream(const T* parameters, State& state, X x, Sample<T> y) noexcept {
    const Sample<T> memory{state.values_is_an_implementation_detail_};
    if constexpr (Stack::state_count == 0) Stack::forward(parameters, x, y, Context<>{});
    else Stack::forward(parameters, x, y, Context<NoView, NoView, Sample<T>>{{}, {}, memory});
}

/// One step of many streams, in blocks.
template <class Stack, class T, class State, class Input, class Output>
constexpr void step_of_streams(const T* parameters, std::span<State> states, std::span<const Input> xs,
                               std::span<Output> ys) noexcept {
    constexpr std::size_t inputs = Stack::InputShape::size, outputs = Stack::OutputShape::size,
                          memory = Stack::state_size;
    constexpr std::size_t stride = block_for<Stack, T, memory + inputs>();
    alignas(64) T x_values[inputs * stride], y_values[outputs * stride], values[(memory + 1) * stride];
    for (std::size_t first = 0; first < xs.size(); first += stride) {
        const std::size_t count = xs.size() - first < stride ? xs.size() - first : stride;
        const Block<T, stride> x{x_values, count}, y{y_values, count}, state{values, count};
        const auto of = [=](std::size_t s) { return states[first + s].values_is_an_implementation_detail_; };
        fill<inputs>(x, [=](std::size_t s) { return xs[first + s].data(); });
        if constexpr (memory == 0) Stack::forward(parameters, x.read_only(), y, Context<>{});
        else {
            fill<memory>(state, [=](std::size_t s) -> const T* { return of(s); });
            Stack::forward(parameters, x.read_only(), y,
                           Context<NoView, NoView, Block<T, stride>>{{}, {}, state});
            write_outputs<memory>(state, of);
        }
        write_outputs<outputs>(y, [=](std::size_t s) { return ys[first + s].data(); });
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
