// Convolutions of a block of samples, and their adjoints: tiles of registers over the positions of an image.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/plain_convolution.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Where the weights of a tile lie: of row m, channel k and element t of the kernel at
/// m * row_step + k * depth_step + t * tap_step from the first.
template <std::size_t RowStep, std::size_t DepthStep, std::size_t TapStep> struct WeightSteps {
    static constexpr std::size_t row_step = RowStep, depth_step = DepthStep, tap_step = TapStep;
};

/// sum[m][n] = start(m) + the sum over a group's channels and the elements `i` x `j` of the kernel of weight
/// times x, for Rows x Columns registers held at once. w is the weight of row 0 and the first element of the
/// kernel, x the first register that the first of `i` and `j` reads; column n reads ColumnStep values further
/// on. Ends with finish(m, n, sum). Each sum is one chain: its order does not depend on the tile.
template <class V, std::size_t Rows, std::size_t Columns, class Order, class Weights, std::size_t Stride,
          std::size_t ColumnStep, class T, class Start, class Finish>
TENON_INLINE constexpr void convolution_tile(const T* w, const T* x, Taps i, Taps j, Start start,
                                             Finish finish) noexcept {
    using S = typename Order::Shape;
    constexpr std::size_t kernel_row = Order::kernel_row_step * S::Columns::kernel * Weights::tap_step,
                          kernel_step = Order::kernel_column_step * Weights::tap_step;
    constexpr std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(Stride),
                             plane =
                                 static_cast<std::ptrdiff_t>(Order::from_rows * Order::from_columns) * stride,
                             from_row = Order::from_row_step *
                                        static_cast<std::ptrdiff_t>(Order::from_columns) * stride,
                             from_step = Order::from_column_step * stride;
    const std::size_t kernel_rows = Order::clipped ? i.count : S::Rows::kernel,
                      kernel_columns = Order::clipped ? j.count : S::Columns::kernel;
    w += (i.kernel * S::Columns::kernel + j.kernel) * Weights::tap_step;
    V sum[Rows][Columns];
    const auto for_each_sum = [](auto f) TENON_INLINE_LAMBDA {
        unrolled<Rows>([&](auto m) TENON_INLINE_LAMBDA {
            unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA { f(m, n); });
        });
    };
    for_each_sum([&](auto m, auto n) TENON_INLINE_LAMBDA { sum[m][n] = start(m); });
    for (std::size_t k = 0; k < Order::depth; ++k, w += Weights::depth_step, x += plane) {
        const T *row_weights = w, *row = x;
        for (std::size_t a = 0; a < kernel_rows; ++a, row_weights += kernel_row, row += from_row) {
            const T *weight = row_weights, *from = row;
#ifdef __clang__
            // as in tile(), clang would unroll more
#pragma clang loop unroll_count(2)
#endif
            for (std::size_t b = 0; b < kernel_columns; ++b, weight += kernel_step, from += from_step) {
                V x_row[Columns];
                unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                    x_row[n] = math::keep_in_register(load<V>(from + n * ColumnStep));
                });
                unrolled<Rows>([&](auto m) TENON_INLINE_LAMBDA {
                    const V broadcast = weight[m * Weights::row_step];
                    unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                        sum[m][n] = math::fma(broadcast, x_row[n], sum[m][n]);
                    });
                });
            }
        }
    }
    for_each_sum([&](auto m, auto n) TENON_INLINE_LAMBDA { finish(m, n, sum[m][n]); });
}

/// The registers of Rows channels, whose first weight is *w, at all positions: in tiles of several registers
/// of samples, or, if the samples of a position are one register, of two positions that read alike.
template <class Order, bool Bias, class V, std::size_t Rows, class Weights, std::size_t Stride, class T,
          class F>
TENON_INLINE constexpr void convolve_rows(const T* w, const T* bias, const T* x, T* y, std::size_t columns,
                                          F f) noexcept {
    constexpr std::size_t period = Order::to_column_period, lanes = lane_count<V>;
    // the columns of a tile: more if it has few rows, for enough independent sums
    constexpr std::size_t max_columns = Rows < 3 && (Stride == lanes || 4 * lanes <= Stride) ? 4 : 2;
    for (std::size_t row = 0; row < Order::to_rows; ++row) {
        const Taps i = Order::row_taps(row);
        const T* const from_row = x + i.position * Order::from_columns * Stride;
        T* const to_row = y + row * Order::to_columns * Stride;
        const auto tile = [&]<std::size_t Columns, std::size_t FromStep, std::size_t ToStep>(
                              const Taps& j, std::size_t column, std::size_t n) TENON_INLINE_LAMBDA {
            convolution_tile<V, Rows, Columns, Order, Weights, Stride, FromStep>(
                w, from_row + j.position * Stride + n * lanes, i, j,
                [&](auto m) TENON_INLINE_LAMBDA -> V { return Bias ? bias[m] : T(0); },
                [&](auto m, auto c, V z) TENON_INLINE_LAMBDA {
                    store(to_row + (m * Order::to_rows * Order::to_columns + column) * Stride + n * lanes +
                              c * ToStep,
                          f(z));
                });
        };
        if constexpr (Stride == lanes) {
            // neighbours that read alike, `period` apart
            const auto tile_of = [&]<std::size_t Positions>(const Taps& j,
                                                            std::size_t column) TENON_INLINE_LAMBDA {
                tile.template operator()<Positions, Order::from_column_period * Stride, period * Stride>(
                    j, column, 0);
            };
            for (std::size_t first = 0; first < period && first < Order::to_columns; ++first)
                for (std::size_t column = first; column < Order::to_columns;) {
                    const Taps j = Order::column_taps(column);
                    std::size_t alike = 1;
                    while (alike < max_columns && column + alike * period < Order::to_columns) {
                        const Taps next = Order::column_taps(column + alike * period);
                        if (next.kernel != j.kernel || next.count != j.count) break;
                        ++alike;
                    }
                    if (alike == max_columns) tile_of.template operator()<max_columns>(j, column);
                    else {
                        if (alike > 2) alike = 2;
                        if (alike == 2) tile_of.template operator()<2>(j, column);
                        else tile_of.template operator()<1>(j, column);
                    }
                    column += alike * period;
                }
        } else
            for (std::size_t column = 0; column < Order::to_columns; ++column) {
                const Taps j = Order::column_taps(column);
                std::size_t n = 0;
                const auto strip = [&]<std::size_t Columns>() TENON_INLINE_LAMBDA {
                    tile.template operator()<Columns, lanes, lanes>(j, column, n);
                };
                for (; n + max_columns <= columns; n += max_columns) strip.template operator()<max_columns>();
                if constexpr (2 < max_columns)
                    for (; n + 2 <= columns; n += 2) strip.template operator()<2>();
                if (n < columns) strip.template operator()<1>();
            }
    }
}

/// The maximum bytes of weights that are copied to the stack, so that those of a tile are neighbours.
/// Otherwise a tile uses a small part of each cache line, and weights of more than 16 kB halve its speed (Zen
/// 3). None without SIMD, so that the RAM of a microcontroller is for the layers' outputs.
inline constexpr std::size_t max_packed_bytes = 1 < widest<float> ? 32 * 1024 : 0;

/// All channels of a group, tile by tile.
template <class Order, bool Bias, class V, std::size_t Stride, class T, class F>
constexpr void convolve_group(const T* w, const T* bias, const T* x, T* y, std::size_t columns,
                              F f) noexcept {
    using S = typename Order::Shape;
    for_rows<V, Order::rows>([&]<std::size_t Rows>(std::size_t m) {
        constexpr std::size_t count = Order::depth * S::taps * Rows;
        constexpr bool packed =
            count * sizeof(T) <= max_packed_bytes && !(Rows == S::out && Order::row_step == 1);
        const T* const first = w + m * Order::row_step;
        T* const to = y + m * Order::to_rows * Order::to_columns * Stride;
        if constexpr (packed) {
            alignas(64) T weights[count];
            for (std::size_t k = 0, at = 0; k < Order::depth; ++k)
                for (std::size_t t = 0; t < S::taps; ++t)
                    unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                        weights[at++] = first[r * Order::row_step + k * Order::depth_step + t * S::out];
                    });
            convolve_rows<Order, Bias, V, Rows, WeightSteps<1, S::taps * Rows, Rows>, Stride>(
                weights + 0, bias + m, x, to, columns, f);
        } else
            convolve_rows<Order, Bias, V, Rows, WeightSteps<Order::row_step, Order::depth_step, S::out>,
                          Stride>(first, bias + m, x, to, columns, f);
    });
}

/// y = f(W * x + b) for each sample of a block, or the adjoint, as Order says; f is applied to each register
/// before it is stored. b follows the weights.
template <class Order, bool Bias, class T, std::size_t Stride, class F>
constexpr void convolve(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::convolve<Order, Bias>(w, x, y, f);
    if constexpr (!optimized) return plain::convolve<Order, Bias>(w, x, y, f);
    else {
        using S = typename Order::Shape;
        using V = Value<T, Block<T, Stride>::lanes>;
        for (std::size_t g = 0; g < Order::groups; ++g)
            convolve_group<Order, Bias, V, Stride>(
                w + g * S::out_of_group, w + S::weights + g * Order::rows,
                x.data + g * Order::depth * Order::from_rows * Order::from_columns * Stride,
                y.data + g * Order::rows * Order::to_rows * Order::to_columns * Stride, registers<V>(x.end()),
                f);
    }
}
} // namespace tenon

#include <tenon/config/epilogue.hpp>
