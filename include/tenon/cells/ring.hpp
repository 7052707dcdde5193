// Ring: the inputs of the last steps of a stream.
#pragma once

#include <tenon/context.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Copies n values, at most MaxCount; reads and writes nothing after them. The last register may overlap the
/// one before it.
template <std::size_t MaxCount, class T>
constexpr void copy_values(const T* from, std::size_t n, T* to) noexcept {
    using V = Value<T, widest<T>>;
    constexpr std::size_t lanes = lane_count<V>;
    if constexpr (MaxCount >= lanes) // otherwise g++ 12 warns of stores before `to`
        if (!std::is_constant_evaluated() && optimized && n >= lanes) {
            for (std::size_t i = 0; i + lanes <= n; i += lanes) store(to + i, load<V>(from + i));
            store(to + n - lanes, load<V>(from + n - lanes));
            return;
        }
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
}

/// Copies n rows of In values, at most MaxRows, from the ring of `rows` rows to `to`, from row `begin` on.
template <std::size_t In, std::size_t MaxRows, class T>
constexpr void copy_from_ring(const T* ring, std::size_t rows, std::size_t begin, std::size_t n,
                              T* to) noexcept {
    const std::size_t whole = n < rows - begin ? n : rows - begin;
    copy_values<MaxRows * In>(ring + begin * In, whole * In, to);
    copy_values<MaxRows * In>(ring, (n - whole) * In, to + whole * In);
}
/// Writes the last of n rows, at most MaxRows, to the ring of `rows` rows, from row `begin` on. Returns the
/// row behind them.
template <std::size_t In, std::size_t MaxRows, class T>
constexpr std::size_t copy_to_ring(T* ring, std::size_t rows, std::size_t begin, const T* from,
                                   std::size_t n) noexcept {
    if (n > rows) {
        from += (n - rows) * In;
        n = rows;
    }
    const std::size_t whole = n < rows - begin ? n : rows - begin;
    copy_values<MaxRows * In>(from, whole * In, ring + begin * In);
    copy_values<MaxRows * In>(from + whole * In, (n - whole) * In, ring);
    return begin + n < rows ? begin + n : begin + n - rows;
}

/// The last Past inputs of In values of a stream, and behind them the index of the oldest. Streams of a block
/// may be at different places of their rings.
template <std::size_t Past, std::size_t In> struct Ring {
    static constexpr std::size_t count = Past * In, size = Past == 0 ? 0 : padded(count + 1);

    /// Where the input of `lag` steps ago begins, 0 < lag <= Past, in the state of one stream, whose values
    /// are `stride` apart.
    template <class T>
    static constexpr std::size_t offset_of(const T* state, std::size_t stride, std::size_t lag) noexcept {
        const std::size_t row = static_cast<std::size_t>(state[count * stride]) + Past - lag;
        return (row < Past ? row : row - Past) * In;
    }
    /// Replaces the oldest input.
    template <class T, class X>
    static constexpr void push(T* state, std::size_t stride, const X* x, std::size_t x_stride) noexcept {
        const std::size_t oldest = offset_of(state, stride, Past);
        for (std::size_t i = 0; i < In; ++i) state[(oldest + i) * stride] = x[i * x_stride];
        state[count * stride] = static_cast<T>(oldest + In == count ? 0 : oldest / In + 1);
    }

    /// Copies Count inputs of one stream to `to`, from that of `lag` steps ago on.
    template <std::size_t Count, class T>
    static constexpr void copy_inputs(const T* state, std::size_t lag, T* to) noexcept {
        copy_from_ring<In, Count>(state, Past, offset_of(state, 1, lag) / In, Count, to);
    }
    /// Replaces the oldest inputs of one stream by Count new ones.
    template <std::size_t Count, class T> static constexpr void push_inputs(T* state, const T* x) noexcept {
        const std::size_t oldest = static_cast<std::size_t>(state[count]);
        state[count] = static_cast<T>(copy_to_ring<In, Count>(state, Past, oldest, x, Count));
    }

    /// After a window of `steps` steps: stores its last inputs, if the context has the state of a stream.
    template <class Context, class X>
    static constexpr void push_window([[maybe_unused]] const Context& context,
                                      [[maybe_unused]] std::size_t steps, [[maybe_unused]] X x) noexcept {
        if constexpr (OfStream<Context> && Past > 0)
            for (std::size_t t = steps > Past ? steps - Past : 0; t < steps; ++t)
                for (std::size_t s = 0; s < x(t).samples; ++s)
                    push(context.state.data + s, decltype(context.state)::stride, x(t).data + s,
                         decltype(x(t))::stride);
    }
    /// Value i of the input `lag` steps before a window, of sample s: 0 without the state of a stream.
    template <class T, class Context>
    static constexpr T before_window([[maybe_unused]] const Context& context,
                                     [[maybe_unused]] std::size_t lag, [[maybe_unused]] std::size_t i,
                                     [[maybe_unused]] std::size_t s) noexcept {
        if constexpr (OfStream<Context> && Past > 0) {
            constexpr std::size_t stride = decltype(context.state)::stride;
            return context.state.data[(offset_of(context.state.data + s, stride, lag) + i) * stride + s];
        } else return 0;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
