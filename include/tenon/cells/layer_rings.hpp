// LayerRings: the inputs of the last steps of each layer of SkipLayers.
#pragma once

#include <tenon/cells/ring.hpp>
#include <tenon/cells/skip_layers.hpp>
#include <tenon/context.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// For each layer a ring as in ring.hpp, of a length that depends on its dilation; behind all of them the
/// index of the oldest input of each.
template <class L> struct LayerRings {
    static constexpr std::size_t channels = L::channels, kernel = L::kernel, layers = L::layers;
    /// Of each layer, in rows of `channels` values: the length of the ring, and where it begins.
    static constexpr auto past = [] {
        std::array<std::size_t, layers> result{};
        for (std::size_t l = 0; l < layers; ++l) result[l] = (kernel - 1) * L::dilations[l];
        return result;
    }();
    static constexpr auto offsets = [] {
        std::array<std::size_t, layers + 1> result{};
        for (std::size_t l = 0; l < layers; ++l) result[l + 1] = result[l] + past[l];
        return result;
    }();
    static constexpr std::size_t count = offsets[layers] * channels,
                                 size = count == 0 ? 0 : padded(count + layers);

    /// Copies the inputs that layer l reads of earlier steps to the column of its convolution, and replaces
    /// the oldest by x.
    template <class State, class View, class X>
    static constexpr void exchange(std::size_t l, State state, View column, X x) noexcept {
        if constexpr (kernel > 1)
            for (std::size_t s = 0; s < column.samples; ++s) {
                const std::size_t oldest = oldest_of(l, state, s);
                for (std::size_t k = 0; k + 1 < kernel; ++k) {
                    std::size_t row = oldest + k * L::dilations[l];
                    if (row >= past[l]) row -= past[l];
                    for (std::size_t i = 0; i < channels; ++i)
                        column.data[(k * channels + i) * View::stride + s] = value(state, l, row, i, s);
                }
                push(l, state, x, s);
            }
    }

    /// Copies the inputs that layer l reads in a window of Steps steps of one stream to `to`, and replaces
    /// the oldest by those of the window, x. Row t + k * n of `to` is what element k of the kernel reads in
    /// step t, for the returned n.
    template <std::size_t Steps, class T>
    static constexpr std::size_t exchange_window(std::size_t l, T* state, T* to, const T* x) noexcept {
        const std::size_t dilation = L::dilations[l], tap_distance = dilation < Steps ? dilation : Steps;
        if constexpr (kernel > 1) {
            T* const ring = state + offsets[l] * channels;
            T& place = state[count + l];
            const std::size_t oldest = static_cast<std::size_t>(place);
            const auto copy = [&](std::size_t row, std::size_t n, std::size_t to_row) {
                copy_from_ring<channels, (kernel - 1) * Steps>(
                    ring, past[l], row < past[l] ? row : row - past[l], n, to + to_row * channels);
            };
            if (dilation <= Steps) copy(oldest, past[l], 0);
            else
                for (std::size_t k = 0; k + 1 < kernel; ++k) copy(oldest + k * dilation, Steps, k * Steps);
            place = static_cast<T>(copy_to_ring<channels, Steps>(ring, past[l], oldest, x, Steps));
        }
        copy_values<Steps * channels>(x, Steps * channels, to + (kernel - 1) * tap_distance * channels);
        return tap_distance;
    }

    /// After a window of `steps` steps: stores its last inputs, x(l, t), if the context has the state of a
    /// stream.
    template <class Context, class X>
    static constexpr void push_window([[maybe_unused]] const Context& context,
                                      [[maybe_unused]] std::size_t steps, [[maybe_unused]] X x) noexcept {
        if constexpr (OfStream<Context> && kernel > 1)
            for (std::size_t l = 0; l < layers; ++l)
                for (std::size_t t = steps > past[l] ? steps - past[l] : 0; t < steps; ++t)
                    for (std::size_t s = 0; s < x(l, t).samples; ++s) push(l, context.state, x(l, t), s);
    }
    /// The input of layer l `lag` steps before a window: zeros without the state of a stream.
    template <class Context, class View>
    static constexpr void read_before_window([[maybe_unused]] const Context& context,
                                             [[maybe_unused]] std::size_t l, [[maybe_unused]] std::size_t lag,
                                             View to) noexcept {
        if constexpr (OfStream<Context> && kernel > 1) {
            for (std::size_t s = 0; s < to.samples; ++s) {
                const std::size_t row = (oldest_of(l, context.state, s) + past[l] - lag) % past[l];
                for (std::size_t i = 0; i < channels; ++i)
                    to.data[i * View::stride + s] = value(context.state, l, row, i, s);
            }
        } else fill_exactly_with_zero<channels>(to);
    }

private:
    template <class State>
    static constexpr auto& value(State state, std::size_t l, std::size_t row, std::size_t i,
                                 std::size_t s) noexcept {
        return state.data[((offsets[l] + row) * channels + i) * State::stride + s];
    }
    template <class State>
    static constexpr std::size_t oldest_of(std::size_t l, State state, std::size_t s) noexcept {
        return static_cast<std::size_t>(state.data[(count + l) * State::stride + s]);
    }
    /// Replaces the oldest input of layer l by x, for sample s.
    template <class State, class X>
    static constexpr void push(std::size_t l, State state, X x, std::size_t s) noexcept {
        const std::size_t oldest = oldest_of(l, state, s);
        for (std::size_t i = 0; i < channels; ++i) value(state, l, oldest, i, s) = x.data[i * X::stride + s];
        state.data[(count + l) * State::stride + s] =
            static_cast<typename State::Scalar>(oldest + 1 == past[l] ? 0 : oldest + 1);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
