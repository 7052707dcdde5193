// Convolutions of a block of samples, and their adjoints: tiles of registers over the positions of an image.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

namespace plain {

/// y = f(W * x + b), or the adjoint, as Order says, in plain loops: for constant expressions and for builds
/// without optimisation.
template <class Order, bool Bias, class T, class X, class Y, class F>
constexpr void convolve(const T* w, X x, Y y, F f) noexcept {
    using S = typename Order::Shape;
    std::size_t to = 0;
    for (std::size_t m = 0; m < Order::groups * Order::rows; ++m) {
        const std::size_t group = m / Order::rows;
        const T* const row_weights =
            w + group * S::out_of_group + (m - group * Order::rows) * Order::row_step;
        for (std::size_t row = 0; row < Order::to_rows; ++row)
            for (std::size_t column = 0; column < Order::to_columns; ++column, ++to) {
                const Taps i = Order::row_taps(row), j = Order::column_taps(column);
                T* const sum = y.data + to * Y::stride;
                for (std::size_t s = 0; s < y.samples; ++s) sum[s] = Bias ? w[S::weights + m] : T(0);
                for (std::size_t k = 0; k < Order::depth; ++k)
                    for (std::size_t a = 0; a < i.count; ++a)
                        for (std::size_t b = 0; b < j.count; ++b) {
                            const T weight =
                                row_weights[k * Order::depth_step +
                                            ((i.kernel + a * Order::kernel_row_step) * S::Columns::kernel +
                                             j.kernel + b * Order::kernel_column_step) *
                                                S::out];
                            const T* const from =
                                x.data + Order::from(group * Order::depth + k, i, a, j, b) * X::stride;
                            for (std::size_t s = 0; s < y.samples; ++s) sum[s] += weight * from[s];
                        }
                for (std::size_t s = 0; s < y.samples; ++s) sum[s] = f(sum[s]);
            }
    }
}

} // namespace plain

/// sum[m][n] = start(m) + the sum over a group's channels and the elements `i` x `j` of the kernel of weight
/// times x, for Rows x Columns registers held at once. w is the weight of row 0 and the first element, x the
/// first register that it reads; column n reads ColumnStep values further on. Ends with finish(m, n, sum).
/// Each sum is one chain: its order does not depend on the tile.
template <class V, std::size_t Rows, std::size_t Columns, class Order, std::size_t Stride,
          std::size_t ColumnStep, class T, class Start, class Finish>
TENON_INLINE constexpr void convolution_tile(const T* w, const T* x, const Taps& i, const Taps& j,
                                             Start start, Finish finish) noexcept {
    using S = typename Order::Shape;
    constexpr std::size_t kernel_row = Order::kernel_row_step * S::Columns::kernel * S::out,
                          kernel_step = Order::kernel_column_step * S::out;
    constexpr std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(Stride),
                             plane =
                                 static_cast<std::ptrdiff_t>(Order::from_rows * Order::from_columns) * stride,
                             from_row = Order::from_row_step *
                                        static_cast<std::ptrdiff_t>(Order::from_columns) * stride,
                             from_step = Order::from_column_step * stride;
    V sum[Rows][Columns];
    const auto for_each_sum = [](auto f) TENON_INLINE_LAMBDA {
        unrolled<Rows>([&](auto m) TENON_INLINE_LAMBDA {
            unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA { f(m, n); });
        });
    };
    for_each_sum([&](auto m, auto n) TENON_INLINE_LAMBDA { sum[m][n] = start(m); });
    for (std::size_t k = 0; k < Order::depth; ++k)
        for (std::size_t a = 0; a < i.count; ++a) {
            const T* weight = w + k * Order::depth_step + a * kernel_row;
            const T* from =
                x + static_cast<std::ptrdiff_t>(k) * plane + static_cast<std::ptrdiff_t>(a) * from_row;
#ifdef __clang__
#pragma clang loop unroll_count(2)
#endif
            for (std::size_t b = 0; b < j.count; ++b, weight += kernel_step, from += from_step) {
                V x_row[Columns];
                unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                    x_row[n] = math::keep_in_register(load<V>(from + n * ColumnStep));
                });
                unrolled<Rows>([&](auto m) TENON_INLINE_LAMBDA {
                    const V broadcast = weight[m * Order::row_step];
                    unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                        sum[m][n] = math::fma(broadcast, x_row[n], sum[m][n]);
                    });
                });
            }
        }
    for_each_sum([&](auto m, auto n) TENON_INLINE_LAMBDA { finish(m, n, sum[m][n]); });
}

/// The register of each output position of a group, in tiles: of several registers of samples, or, if a row
/// of samples is one register, of two neighbouring positions that read alike.
template <class Order, bool Bias, class V, std::size_t Stride, class T, class F>
constexpr void convolve_group(const T* w, const T* bias, const T* x, T* y, std::size_t columns,
                              F f) noexcept {
    using S = typename Order::Shape;
    constexpr std::size_t period = Order::to_column_period;
    for (std::size_t row = 0; row < Order::to_rows; ++row) {
        const Taps i = Order::row_taps(row);
        const T* const row_weights = w + i.kernel * S::Columns::kernel * S::out;
        const T* const from_row = x + i.position * Order::from_columns * Stride;
        T* const to_row = y + row * Order::to_columns * Stride;
        const auto position = [&]<std::size_t Columns, std::size_t FromStep, std::size_t ToStep>(
                                  const Taps& j, std::size_t column, std::size_t n) {
            for_rows<V, Order::rows>([&]<std::size_t Rows>(std::size_t m) {
                convolution_tile<V, Rows, Columns, Order, Stride, FromStep>(
                    row_weights + j.kernel * S::out + m * Order::row_step,
                    from_row + j.position * Stride + n * lane_count<V>, i, j,
                    [&](auto r) -> V { return Bias ? bias[m + r] : T(0); },
                    [&](auto r, auto c, V z) {
                        store(to_row + ((m + r) * Order::to_rows * Order::to_columns + column) * Stride +
                                  n * lane_count<V> + c * ToStep,
                              f(z));
                    });
            });
        };
        if constexpr (Stride == lane_count<V>)
            for (std::size_t first = 0; first < period && first < Order::to_columns; ++first)
                for (std::size_t column = first; column < Order::to_columns; column += period) {
                    const Taps j = Order::column_taps(column);
                    if (column + period < Order::to_columns) {
                        const Taps next = Order::column_taps(column + period);
                        if (next.kernel == j.kernel && next.count == j.count) {
                            position.template
                            operator()<2, Order::from_column_period * Stride, period * Stride>(j, column, 0);
                            column += period;
                            continue;
                        }
                    }
                    position.template operator()<1, 0, 0>(j, column, 0);
                }
        else
            for (std::size_t column = 0; column < Order::to_columns; ++column) {
                const Taps j = Order::column_taps(column);
                for_strips<V>(columns, [&]<std::size_t Columns>(std::size_t n) {
                    position.template operator()<Columns, lane_count<V>, lane_count<V>>(j, column, n);
                });
            }
    }
}

/// y = f(W * x + b) for each sample of a block, or the adjoint, as Order says; f is applied to each register
/// before it is stored. b follows the weights.
template <class Order, bool Bias, class T, std::size_t Stride, class F>
constexpr void convolve(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain::convolve<Order, Bias>(w, x, y, f);
    using S = typename Order::Shape;
    using V = Value<T, Block<T, Stride>::lanes>;
    for (std::size_t g = 0; g < Order::groups; ++g)
        convolve_group<Order, Bias, V, Stride>(
            w + g * S::out_of_group, w + S::weights + g * Order::rows,
            x.data + g * Order::depth * Order::from_rows * Order::from_columns * Stride,
            y.data + g * Order::rows * Order::to_rows * Order::to_columns * Stride, registers<V>(x.end()), f);
}
template <class Order, bool Bias, class T, bool Padded, class F>
constexpr void convolve(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated() || !optimized) return plain::convolve<Order, Bias>(w, x, y, f);
    using S = typename Order::Shape;
    for (std::size_t g = 0; g < Order::groups; ++g)
        convolve_group<Order, Bias, T, 1>(w + g * S::out_of_group, w + S::weights + g * Order::rows,
                                          x.data + g * Order::depth * Order::from_rows * Order::from_columns,
                                          y.data + g * Order::rows * Order::to_rows * Order::to_columns, 1,
                                          f);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
