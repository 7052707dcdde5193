// y = W x + b over a block of samples, forward and backward; W lies by input, [In][Out], and b behind it.
#pragma once

#include <tenon/kernels/loops.hpp>
#include <tenon/kernels/plain.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// y = f(W x + b) for every sample; f is applied to registers before they are stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    if constexpr (!optimized) return loops::affine<In, Out, Bias>(w, x, y, f);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(x.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, Out>([&]<std::size_t Rows>(std::size_t m) {
            tile<V, Rows, Columns, 1, Out>(
                In, w + m, x.data + n * width<V>, Stride,
                [&](auto i, auto) -> V { return Bias ? w[In * Out + m + i] : T(0); },
                [&](auto i, auto j, V z) { store(y.data + (m + i) * Stride + (n + j) * width<V>, f(z)); });
        });
    });
}

/// Sums of this many bytes at most are kept on the stack before they are turned.
inline constexpr std::size_t row_bytes = 128 * 1024;

/// Whether a first layer's inputs, being more than its outputs, stay as they are, and its outputs are turned.
template <class T, std::size_t In, std::size_t Out>
inline constexpr bool prefers_rows = optimized && (In > Out) &&
                                     (Out >= widest<T>)&&16 * Out * sizeof(T) <= row_bytes;

/// The same for samples one after the other: the lanes run along the outputs, which are turned in the end.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Rows<T, In> x, Block<T, Stride> y, F f) noexcept {
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t columns = registers<V>(Out), step = columns * width<V>,
                          kept = Stride < 64 ? Stride : 64,
                          halves = kept * step * sizeof(T) > row_bytes ? 2 : 1,
                          chunk_samples = kept / halves * step * sizeof(T) > row_bytes ? 16 : kept / halves;
    alignas(64) T sums[chunk_samples * step];
    for (std::size_t first = 0; first < x.samples; first += chunk_samples) {
        const std::size_t samples = x.samples - first < chunk_samples ? x.samples - first : chunk_samples;
        // tiles of the same samples one after the other: these stay in the first-level cache, W streams by
        for_rows<V>(samples, [&]<std::size_t Rows>(std::size_t m) {
            for_strips<V>(columns, [&]<std::size_t Columns>(std::size_t n) {
                tile<V, Rows, Columns, In, 1>(
                    In, x.data + (first + m) * In, w + n * width<V>, Out,
                    [&](auto, auto j) -> V {
                        return Bias ? load<V>(w + In * Out + (n + j) * width<V>) : V(T(0));
                    },
                    [&](auto i, auto j, V z) { store(sums + (m + i) * step + (n + j) * width<V>, f(z)); });
            });
        });
        transpose<Block<T, Stride>::lanes>(
            samples, Index<Out>{}, [=, from = sums + 0](std::size_t s) { return from + s * step; },
            [=](std::size_t o, std::size_t s) { return y.data + o * Stride + first + s; });
    }
}

/// dx = W^T dz, the gradient by the input.
template <std::size_t In, std::size_t Out, class T, std::size_t Stride>
constexpr void affine_input_gradient(const T* w, Block<const T, Stride> dz, Block<T, Stride> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (!optimized) return loops::affine_input_gradient<In, Out>(w, dz, dx);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(dz.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, In>([&]<std::size_t Rows>(std::size_t m) {
            tile<V, Rows, Columns, Out, 1>(
                Out, w + m * Out, dz.data + n * width<V>, Stride, [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V v) { store(dx.data + (m + i) * Stride + (n + j) * width<V>, v); });
        });
    });
}

/// row[o] = the sum over the samples of factor(s) * dz_o for each o < Out, or added to what is there: lane by
/// lane, and over the lanes at the end. The only kernel that adds up lanes of different samples, so it leaves
/// out the unused ones (views.hpp).
template <class V, std::size_t Out, class T, std::size_t Stride, class Factor>
[[gnu::always_inline]] constexpr void sum_over_lanes(Block<const T, Stride> dz, T* row, bool add,
                                                     const T* later, Factor factor) noexcept {
    const auto sums = [=]<std::size_t Count>(std::size_t r, std::integral_constant<std::size_t, Count>)
        __attribute__((always_inline)) {
        const T* const first = dz.data + r * width<V> * Stride;
        V sum[width<V>];
        unrolled<width<V>>([&](auto i) __attribute__((always_inline)) { sum[i] = T(0); });
        const auto next = [&](std::size_t s, auto i) __attribute__((always_inline)) {
            return math::fma(factor(s), load<V>(first + i * Stride + s), sum[i]);
        };
        std::size_t s = 0;
        for (; s + width<V> <= dz.samples; s += width<V>)
            unrolled<Count>([&](auto i) __attribute__((always_inline)) { sum[i] = next(s, i); });
        if (s < dz.samples)
            unrolled<Count>([&](auto i) __attribute__((always_inline)) {
                sum[i] = first_lanes(dz.samples - s, next(s, i), sum[i]);
            });
        put<Out>(row, r, add, math::row_sums(sum), later);
    };
    constexpr std::size_t whole = Out / width<V>, rest = Out % width<V>;
    for (std::size_t r = 0; r < whole; ++r) sums(r, std::integral_constant<std::size_t, width<V>>{});
    if constexpr (rest != 0) sums(whole, std::integral_constant<std::size_t, rest>{});
}

/// dw = x dz^T, summed over the samples in tiles of dz with its samples one after the other. `turned` has
/// room for these, strip by strip of a tile's columns.
template <std::size_t In, std::size_t Out, class X, class T, std::size_t Stride>
constexpr void weight_gradient(X x, Block<const T, Stride> dz, T* turned, T* dw, bool add) noexcept {
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t columns = registers<V>(Out), strip = tile_columns<V> * width<V>,
                          last = columns / tile_columns<V> * strip; // the first output of a narrower strip
    transpose<width<V>>(
        Index<Out>{}, dz.samples, [=](std::size_t o) { return dz.data + o * Stride; },
        [=](std::size_t s, std::size_t o) {
            return turned + o / strip * strip * dz.samples + s * (o < last ? strip : width<V>)+o % strip;
        });
    for_rows<V, In>([=, samples = dz.samples]<std::size_t Rows>(std::size_t m) {
        for_strips<V>(columns, [=]<std::size_t Columns>(std::size_t n) {
            V sums[Rows * Columns];
            tile<V, Rows, Columns, X::stride, X::sample_step>(
                samples, x.data + m * X::stride, turned + n * width<V> * samples, Columns * width<V>,
                [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V sum) __attribute__((always_inline)) { sums[i * Columns + j] = sum; });
            const auto finish = [&](std::size_t i) __attribute__((always_inline)) {
                put<Out>(dw + (m + i / Columns) * Out, n + i % Columns, add, sums[i], dw);
            };
            if constexpr (Out % width<V> == 0) unrolled<Rows * Columns>(finish);
            else // a register that is put in part takes more code than a sum
                for (std::size_t i = 0; i < Rows * Columns; ++i) finish(i);
        });
    });
}

/// dw = x dz^T and db = dz, summed over the samples; added to what is there where `add` is true. `turned` has
/// room for samples * padded(Out) values.
template <std::size_t In, std::size_t Out, bool Bias, class X, class T, std::size_t Stride>
constexpr void affine_parameter_gradient(X x, Block<const T, Stride> dz, T* turned, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    if constexpr (!optimized && X::sample_step == 1)
        return loops::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    using V = Value<T, Block<T, Stride>::lanes>;
    const T* const end = dw + In * Out + (Bias ? Out : 0);
    const auto factor = [](auto block, std::size_t i) {
        return [=, data = block.data + i * Stride](std::size_t s) { return load<V>(data + s); };
    };
    if constexpr (X::sample_step != 1) weight_gradient<In, Out>(x, dz, turned, dw, add);
    else if constexpr (Out == 1) sum_over_lanes<V, In>(x, dw, add, end, factor(dz, 0));
    else if constexpr (In < width<V> || Out < width<V>)
        for (std::size_t i = 0; i < In; ++i) sum_over_lanes<V, Out>(dz, dw + i * Out, add, end, factor(x, i));
    else weight_gradient<In, Out>(x, dz, turned, dw, add);
    if constexpr (Bias)
        sum_over_lanes<V, Out>(dz, dw + In * Out, add, end, [](std::size_t) { return V(T(1)); });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
