// Convolutions over the steps of one stream, several of which are computed at once.
#pragma once

#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The largest number of steps that are computed at once, and of values of all of them in a layer's working
/// memory, so that they stay in the L1 or L2 cache.
inline constexpr std::size_t max_window = 32, max_window_values = 16 * 1024;

/// The initial value of the sums of causal_convolution: b, zero, or the values in z.
enum class SumsFrom { bias, zero, z };

/// z_t = b + the sum over k < Kernel of W_k x_(t + k tap_distance), for t < Steps: a row of x is of Pitch
/// values, the first In of which are read; a row of z is of whole registers V. W is stored as
/// [Kernel][In][Out], followed by b.
template <class V, std::size_t Steps, std::size_t In, std::size_t Out, std::size_t Kernel = 1,
          std::size_t Pitch = In, SumsFrom From = SumsFrom::bias, class T>
void causal_convolution(const T* w, const T* x, std::size_t tap_distance, T* z) noexcept {
    constexpr std::size_t lanes = lane_count<V>, row = registers<V>(Out) * lanes;
    for_strips<V>(registers<V>(Out), [&]<std::size_t Columns>(std::size_t n) {
        constexpr std::size_t max_rows = tile_rows<V> * tile_columns<V> / Columns;
        for_parts<Steps, (Steps < max_rows ? Steps : max_rows)>([&]<std::size_t Rows>(std::size_t first) {
            V sum[Rows][Columns];
            const auto z_of = [=](std::size_t t, std::size_t c) {
                return z + (first + t) * row + (n + c) * lanes;
            };
            for_each_sum<Rows, Columns>([&](auto t, auto c) TENON_INLINE_LAMBDA {
                if constexpr (From == SumsFrom::z) sum[t][c] = load<V>(z_of(t, c));
                else if constexpr (From == SumsFrom::zero) sum[t][c] = T(0);
                else sum[t][c] = load<V>(w + Kernel * In * Out + (n + c) * lanes);
            });
            for (std::size_t k = 0; k < Kernel; ++k) {
                const T* const inputs = x + (first + k * tap_distance) * Pitch;
                const T* const weights = w + k * In * Out + n * lanes;
#ifdef __clang__
                // clang 19 would otherwise load inputs as registers, and broadcast them from there
#pragma clang loop unroll(disable)
#endif
                for (std::size_t i = 0; i < In; ++i) {
                    V w_row[Columns];
                    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                        w_row[c] = math::keep_in_register(load<V>(weights + i * Out + c * lanes));
                    });
                    for_each_sum<Rows, Columns>([&](auto t, auto c) TENON_INLINE_LAMBDA {
                        sum[t][c] = math::fma(V(inputs[t * Pitch + i]), w_row[c], sum[t][c]);
                    });
                }
            }
            for_each_sum<Rows, Columns>([&](auto t, auto c)
                                            TENON_INLINE_LAMBDA { store(z_of(t, c), sum[t][c]); });
        });
    });
}

/// The size of the buffer of copies of causal_convolution_in_pairs: 24 kB, so that it stays in the L1 cache.
template <class T> inline constexpr std::size_t max_pair_values = 24 * 1024 / sizeof(T);

/// Whether causal_convolution_in_pairs is faster: a row of outputs is half of the widest register, and its
/// inputs, Column of them, are many, but few enough that their copies stay in the first-level cache.
template <class T, std::size_t Steps, std::size_t Pitch, std::size_t Column, std::size_t Out>
inline constexpr bool prefers_pairs =
    2 * Out == widest<T> && lanes_for<T>(Out) == Out && Column % 2 == 0 && Column >= 64 &&
    ((Steps - 1) * Pitch + Column) * Out <= max_pair_values<T>;

/// causal_convolution of outputs that each read Column consecutive values; those of the next output begin
/// Pitch values later. A register has the weights of two consecutive inputs, and is multiplied by Out copies
/// of each.
template <std::size_t Steps, std::size_t Pitch, std::size_t Column, std::size_t Out, class T>
void causal_convolution_in_pairs(const T* w, const T* x, T* z) noexcept {
    using Half = Value<T, Out>;
    using V = Value<T, 2 * Out>;
    constexpr std::size_t inputs = (Steps - 1) * Pitch + Column;
    alignas(64) T copies[inputs * Out];
    for (std::size_t i = 0; i < inputs; ++i) store(copies + i * Out, Half(x[i]));
    for_parts<Steps, tile_rows<V> * tile_columns<V>>([&]<std::size_t Rows>(std::size_t first) {
        V sum[Rows];
        unrolled<Rows>([&](auto t) TENON_INLINE_LAMBDA { sum[t] = T(0); });
        for (std::size_t i = 0; i < Column; i += 2) {
            const V weights = math::keep_in_register(load<V>(w + i * Out));
            const T* const from = copies + (first * Pitch + i) * Out;
            unrolled<Rows>([&](auto t) TENON_INLINE_LAMBDA {
                sum[t] = math::fma(load<V>(from + t * Pitch * Out), weights, sum[t]);
            });
        }
        const Half bias = load<Half>(w + Column * Out);
        unrolled<Rows>([&](auto t) TENON_INLINE_LAMBDA {
            alignas(64) T halves[2 * Out];
            store(halves, sum[t]);
            store(z + (first + t) * Out, Half(bias + load<Half>(halves) + load<Half>(halves + Out)));
        });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
