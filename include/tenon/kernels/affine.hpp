// y = W x + b for a block of samples, forward and backward. W is stored input-major, [In][Out], followed by
// b.
#pragma once

#include <tenon/kernels/loops.hpp>
#include <tenon/kernels/plain.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// y = f(W x + b) for every sample. f is applied to each register before it is stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    if constexpr (!optimized) return loops::affine<In, Out, Bias>(w, x, y, f);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(x.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, Out>([&]<std::size_t Rows>(std::size_t m) {
            tile<V, Rows, Columns, 1, Out>(
                In, w + m, x.data + n * lane_count<V>, Stride,
                [&](auto i, auto) -> V { return Bias ? w[In * Out + m + i] : T(0); },
                [&](auto i, auto j, V z) {
                    store(y.data + (m + i) * Stride + (n + j) * lane_count<V>, f(z));
                });
        });
    });
}

/// The maximum bytes of sums that affine for Rows keeps on the stack before it transposes them.
inline constexpr std::size_t max_sums_bytes = 128 * 1024;

/// True if it is cheaper for a first layer to read the input sample-major and transpose the output: In > Out,
/// Out fills a register, and the sums of 16 samples fit in max_sums_bytes.
template <class T, std::size_t In, std::size_t Out>
inline constexpr bool prefers_rows =
    optimized && (In > Out) && (Out >= widest<T>) && (16 * Out * sizeof(T) <= max_sums_bytes);

/// For how many samples affine for Rows keeps the sums at once: those of a block, at most 64; half as many,
/// or 16, if they would exceed max_sums_bytes.
template <class T, std::size_t Stride> consteval std::size_t samples_per_chunk(std::size_t sums_per_sample) {
    const std::size_t samples = Stride < 64 ? Stride : 64, bytes_per_sample = sums_per_sample * sizeof(T);
    if (samples * bytes_per_sample <= max_sums_bytes) return samples;
    if (samples / 2 * bytes_per_sample <= max_sums_bytes) return samples / 2;
    return 16;
}

/// y = f(W x + b) for sample-major input: the lanes run along the outputs, which are transposed at the end.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Rows<T, In> x, Block<T, Stride> y, F f) noexcept {
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t columns = registers<V>(Out), row = columns * lane_count<V>,
                          chunk_samples = samples_per_chunk<T, Stride>(row);
    alignas(64) T sums[chunk_samples * row]; // output o of sample s of the chunk is sums[s * row + o]
    for (std::size_t first = 0; first < x.samples; first += chunk_samples) {
        const std::size_t samples = x.samples - first < chunk_samples ? x.samples - first : chunk_samples;

        // Iterate tiles of the same samples first: these stay in the first-level cache while W is streamed.
        for_rows<V>(samples, [&]<std::size_t Rows>(std::size_t m) {
            for_strips<V>(columns, [&]<std::size_t Columns>(std::size_t n) {
                tile<V, Rows, Columns, In, 1>(
                    In, x.data + (first + m) * In, w + n * lane_count<V>, Out,
                    [&](auto, auto j) -> V {
                        return Bias ? load<V>(w + In * Out + (n + j) * lane_count<V>) : V(T(0));
                    },
                    [&](auto i, auto j, V z) {
                        store(sums + (m + i) * row + (n + j) * lane_count<V>, f(z));
                    });
            });
        });

        transpose<Block<T, Stride>::lanes>(
            samples, Index<Out>{}, [=, data = sums + 0](std::size_t s) { return data + s * row; },
            [=](std::size_t o, std::size_t s) { return y.data + o * Stride + first + s; });
    }
}

/// dx = W^T dz, the gradient with respect to the input.
template <std::size_t In, std::size_t Out, class T, std::size_t Stride>
constexpr void affine_input_gradient(const T* w, Block<const T, Stride> dz, Block<T, Stride> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (!optimized) return loops::affine_input_gradient<In, Out>(w, dz, dx);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(dz.end()), [&]<std::size_t Columns>(std::size_t n) {
        for_rows<V, In>([&]<std::size_t Rows>(std::size_t m) {
            tile<V, Rows, Columns, Out, 1>(
                Out, w + m * Out, dz.data + n * lane_count<V>, Stride, [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V v) { store(dx.data + (m + i) * Stride + (n + j) * lane_count<V>, v); });
        });
    });
}

/// row[o] = the sum over the samples of factor(s) * dz_o for each o < Out; added to row if `add`. Accumulates
/// per lane and reduces across lanes once at the end. It is the only kernel that adds lanes of different
/// samples, so it leaves out the unused ones (views.hpp). `overwritten_until`: see store_or_accumulate.
template <class V, std::size_t Out, class T, std::size_t Stride, class Factor>
TENON_INLINE constexpr void sum_over_lanes(Block<const T, Stride> dz, T* row, bool add,
                                           const T* overwritten_until, Factor factor) noexcept {
    // Stores register r of the row, which has Count outputs; the lanes of sum[i] add up to output i of them.
    const auto sum_register = [=]<std::size_t Count>(std::size_t r, Index<Count>) TENON_INLINE_LAMBDA {
        const T* const first = dz.data + r * lane_count<V> * Stride;
        V sum[lane_count<V>];
        unrolled<lane_count<V>>([&](auto i) TENON_INLINE_LAMBDA { sum[i] = T(0); });

        const auto accumulate = [&](std::size_t s, auto keep_lanes) TENON_INLINE_LAMBDA {
            const V left = factor(s);
            unrolled<Count>([&](auto i) TENON_INLINE_LAMBDA {
                sum[i] = keep_lanes(math::fma(left, load<V>(first + i * Stride + s), sum[i]), sum[i]);
            });
        };
        const auto accumulate_register = [&](std::size_t s) TENON_INLINE_LAMBDA {
            accumulate(s, [](V added, V) TENON_INLINE_LAMBDA { return added; });
        };
        const auto accumulate_first = [&](std::size_t s, std::size_t samples) TENON_INLINE_LAMBDA {
            // g++ would otherwise compute what it needs here before the loop, and its counters would no
            // longer fit in registers.
            asm("" : "+r"(s), "+r"(samples));
            accumulate(s, [=](V added, V before)
                              TENON_INLINE_LAMBDA { return first_lanes(samples, added, before); });
        };
        if constexpr (Stride == lane_count<V>) { // no loop, which clang would keep and even unroll
            if (dz.samples == Stride) accumulate_register(0);
            else accumulate_first(0, dz.samples);
        } else {
            const std::size_t whole = dz.samples / lane_count<V> * lane_count<V>;
            for (std::size_t s = 0; s < whole; s += lane_count<V>) accumulate_register(s);
            if (whole < dz.samples) accumulate_first(whole, dz.samples - whole);
        }

        store_or_accumulate<Out>(row, r, add, math::row_sums(sum), overwritten_until);
    };
    constexpr std::size_t full_registers = Out / lane_count<V>, remainder = Out % lane_count<V>;
    for (std::size_t r = 0; r < full_registers; ++r) sum_register(r, Index<lane_count<V>>{});
    if constexpr (remainder != 0) sum_register(full_registers, Index<remainder>{});
}

/// How weight_gradient stores dz transposed: in strips as wide as a tile, each of them sample by sample, so
/// that a tile reads contiguous memory. The offsets with registers of 8 lanes, tiles of 2 columns, Out = 20
/// and n samples:
///
///                   wide strip,                  narrow strip,
///                   outputs 0 to 15              outputs 16 to 19, padded to 23
///     sample 0      0 ... 15                     16 n ... 16 n + 7
///     sample 1      16 ... 31                    16 n + 8 ... 16 n + 15
///     ...
///     sample n-1    16 (n-1) ... 16 n - 1        16 n + 8 (n-1) ... 24 n - 1
template <class V, std::size_t Out> struct StripLayout {
    static constexpr std::size_t columns = registers<V>(Out), wide_strip = tile_columns<V> * lane_count<V>,
                                 narrow_begin = columns / tile_columns<V> * wide_strip;
    std::size_t samples;

    /// The offset of output o of sample s.
    constexpr std::size_t offset(std::size_t o, std::size_t s) const noexcept {
        const std::size_t strip_begin = o / wide_strip * wide_strip,
                          strip_width = o < narrow_begin ? wide_strip : lane_count<V>;
        return strip_begin * samples + s * strip_width + o % wide_strip;
    }
    /// The offset of the strip that begins with register `column`.
    constexpr std::size_t strip_offset(std::size_t column) const noexcept {
        return column * lane_count<V> * samples;
    }
};

/// Stores dz in dz_transposed, in a StripLayout.
template <class V, std::size_t Out, class T, std::size_t Stride>
TENON_INLINE constexpr void transpose_into_strips(Block<const T, Stride> dz, T* dz_transposed) noexcept {
    transpose<lane_count<V>>(
        Index<Out>{}, dz.samples, [=](std::size_t o) { return dz.data + o * Stride; },
        [=, layout = StripLayout<V, Out>{dz.samples}](std::size_t s, std::size_t o) {
            return dz_transposed + layout.offset(o, s);
        });
}

/// dw = x dz^T, summed over the samples in tiles whose columns are read from dz_transposed.
template <class V, std::size_t In, std::size_t Out, class X, class T>
TENON_INLINE constexpr void multiply_strips(X x, const T* dz_transposed, std::size_t samples, T* dw,
                                            bool add) noexcept {
    for_rows<V, In>([=]<std::size_t Rows>(std::size_t m) {
        for_strips<V>(registers<V>(Out), [=]<std::size_t Columns>(std::size_t n) {
            V sums[Rows * Columns];
            tile<V, Rows, Columns, X::stride, X::sample_step>(
                samples, x.data + m * X::stride, dz_transposed + StripLayout<V, Out>{samples}.strip_offset(n),
                Columns * lane_count<V>, [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V sum) TENON_INLINE_LAMBDA { sums[i * Columns + j] = sum; });

            const auto store_sum = [&](std::size_t i) TENON_INLINE_LAMBDA {
                store_or_accumulate<Out>(dw + (m + i / Columns) * Out, n + i % Columns, add, sums[i], dw);
            };
            if constexpr (Out % lane_count<V> == 0) unrolled<Rows * Columns>(store_sum);
            else // partial stores generate more code than the sum, so they stay in a loop
                for (std::size_t i = 0; i < Rows * Columns; ++i) store_sum(i);
        });
    });
}

/// dw = x dz^T, summed over the samples. dz_transposed: as for affine_parameter_gradient.
template <std::size_t In, std::size_t Out, class X, class T, std::size_t Stride>
constexpr void weight_gradient(X x, Block<const T, Stride> dz, T* dz_transposed, T* dw, bool add) noexcept {
    using V = Value<T, lanes_for<T>(Out)>;
    transpose_into_strips<V, Out>(dz, dz_transposed);
    multiply_strips<V, In, Out>(x, dz_transposed, dz.samples, dw, add);
}

/// dw = x dz^T and db = dz, summed over the samples; added to dw and db if `add`. dz_transposed is working
/// memory of samples * padded(Out) values.
template <std::size_t In, std::size_t Out, bool Bias, class X, class T, std::size_t Stride>
constexpr void affine_parameter_gradient(X x, Block<const T, Stride> dz, T* dz_transposed, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    if constexpr (!optimized && X::sample_step == 1)
        return loops::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    using V = Value<T, Block<T, Stride>::lanes>;
    const T* const end = dw + In * Out + (Bias ? Out : 0);
    // Value i of each sample of a block, as a factor of sum_over_lanes.
    const auto factor = [](auto block, std::size_t i) {
        return [=, data = block.data + i * Stride](std::size_t s) { return load<V>(data + s); };
    };
    constexpr bool sample_major = X::sample_step != 1,
                   fills_tiles = In >= lane_count<V> && Out >= lane_count<V>;
    if constexpr (sample_major) weight_gradient<In, Out>(x, dz, dz_transposed, dw, add);
    // If there is one output, dw_i is the sum over the samples of x_i dz: pass x as dz, and dz as the factor.
    else if constexpr (Out == 1) sum_over_lanes<V, In>(x, dw, add, end, factor(dz, 0));
    else if constexpr (fills_tiles) weight_gradient<In, Out>(x, dz, dz_transposed, dw, add);
    else
        for (std::size_t i = 0; i < In; ++i) sum_over_lanes<V, Out>(dz, dw + i * Out, add, end, factor(x, i));
    if constexpr (Bias)
        sum_over_lanes<V, Out>(dz, dw + In * Out, add, end, [](std::size_t) { return V(T(1)); });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
