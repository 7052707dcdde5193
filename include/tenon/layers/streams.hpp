// Streams of inputs to a net with cells, step by step: one stream, or many at once.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/context.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/tensor.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The check of a net with state that is called without one.
template <class Net>
using StateSentence = misfit::state_missing<std::conditional_t<Net::state_count == 0, misfit::no_state, Net>>;

/// One step of a stream with this state.
template <class Stack, class T, class State, class X>
constexpr void step_of_stream(const T* parameters, State& state, X x, Sample<T> y) noexcept {
    const Sample<T> memory{state.values_is_an_implementation_detail_};
    if constexpr (Stack::state_count == 0) Stack::forward(parameters, x, y, Context<>{});
    else Stack::forward(parameters, x, y, Context<NoView, NoView, Sample<T>>{{}, {}, memory});
}

/// The layers of Stack at `steps` steps of a stream, which `run` computes at once; 0 steps if it computes one
/// after another. Specialized for causal convolutions (cells/stream_window.hpp).
template <class Stack, class T> struct StreamWindow {
    static constexpr std::size_t steps = 0;
};

/// The next steps of a stream, in windows, from contiguous inputs to contiguous outputs. Returns how many
/// steps these are; the others do not fill a window.
template <class Stack, class T, class State>
std::size_t run_windows(const T* parameters, State& state, const T* xs, T* ys, std::size_t steps) noexcept {
    using Window = StreamWindow<Stack, T>;
    constexpr std::size_t in = Window::steps * Stack::InputShape::size,
                          out = Window::steps * Stack::OutputShape::size;
    const Context<NoView, NoView, Sample<T>> context{{}, {}, {state.values_is_an_implementation_detail_}};
    const std::size_t windows = steps / Window::steps;
    alignas(64) T y[padded(out)];
    for (std::size_t w = 0; w < windows; ++w, xs += in, ys += out) {
        Window::Windowed::forward(parameters, Sample<const T, false>{xs}, Sample<T>{y}, context);
        for (std::size_t i = 0; i < out; ++i) ys[i] = y[i];
    }
    return windows * Window::steps;
}

/// Whether the state of L is that of recurrent cells alone, which a step reads and writes as a whole; a step
/// of a causal convolution uses only a part of its state.
template <class L> consteval bool is_state_of_cells() {
    if constexpr (state_size<L> == 0) return true;
    else if constexpr (HasLayers<L>)
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (is_state_of_cells<typename StackOf<L>::template Layer<I>>() && ...);
        }(std::make_index_sequence<StackOf<L>::layer_count>{});
    else return requires { L::state_tensors; };
}

/// Calls f(size, first) for each tensor of the state of L; there is padding between them.
template <class L, class F> constexpr void for_each_state_tensor(std::size_t first, F f) noexcept {
    if constexpr (state_size<L> == 0) return;
    else if constexpr (HasLayers<L>)
        unrolled<StackOf<L>::layer_count>([&](auto i) {
            using S = StackOf<L>;
            for_each_state_tensor<typename S::template Layer<i>>(first + S::state_offsets[i], f);
        });
    else
        for (std::size_t t = 0; t < L::state_tensors; ++t)
            f(Index<L::OutputShape::size>{}, first + t * padded(L::OutputShape::size));
    if constexpr (requires { L::started_flag; }) f(Index<1>{}, first + L::started_flag);
}

/// One step of many streams: in blocks, or one stream after another if the net has causal convolutions.
template <class Stack, class T, class State, class Input, class Output>
constexpr void step_of_streams(const T* parameters, std::span<State> states, std::span<const Input> xs,
                               std::span<Output> ys) noexcept {
    constexpr std::size_t inputs = Stack::InputShape::size, outputs = Stack::OutputShape::size,
                          memory = Stack::state_size;
    if constexpr (is_state_of_cells<Stack>()) {
        constexpr std::size_t stride = block_for<Stack, T, memory + inputs>();
        alignas(64) T x_values[inputs * stride], y_values[outputs * stride], values[(memory + 1) * stride];
        for (std::size_t first = 0; first < xs.size(); first += stride) {
            const std::size_t count = xs.size() - first < stride ? xs.size() - first : stride;
            const Block<T, stride> x{x_values, count}, y{y_values, count}, state{values, count};
            const auto state_values = [=](std::size_t place) {
                return [=](std::size_t s) {
                    return states[first + s].values_is_an_implementation_detail_ + place;
                };
            };
            fill<inputs>(x, [=](std::size_t s) { return xs[first + s].data(); });
            if constexpr (memory == 0) Stack::forward(parameters, x.read_only(), y, Context<>{});
            else {
                for_each_state_tensor<Stack>(
                    0, [&](auto size, std::size_t at) { fill<size>(state.subview(at), state_values(at)); });
                Stack::forward(parameters, x.read_only(), y,
                               Context<NoView, NoView, Block<T, stride>>{{}, {}, state});
                for_each_state_tensor<Stack>(0, [&](auto size, std::size_t at) {
                    write_outputs<size>(state.subview(at), state_values(at));
                });
            }
            write_outputs<outputs>(y, [=](std::size_t s) { return ys[first + s].data(); });
        }
    } else
        for (std::size_t s = 0; s < xs.size(); ++s) {
            alignas(64) T y[padded(outputs)] = {};
            step_of_stream<Stack>(parameters, states[s], Sample<const T, false>{xs[s].data()}, Sample<T>{y});
            for (std::size_t o = 0; o < outputs; ++o) ys[s][o] = y[o];
        }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
