// Convolutions and the gradients of their weights in plain loops, for constant expressions and for builds
// without optimisation.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail::plain {

/// y = f(W * x + b), or the adjoint, as Order says.
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

/// dw[k][t][m] = the sum over samples and positions of z of x[k] at what element t reads, times dz[m]; added
/// to dw if `add`.
template <class S, class T, class X, class Dz>
constexpr void convolution_weight_gradient(X x, Dz dz, T* dw, bool add) noexcept {
    using Order = ForwardOrder<S>;
    for (std::size_t m = 0; m < S::out; ++m)
        for (std::size_t k = 0; k < S::in_of_group; ++k)
            for (std::size_t a = 0; a < S::Rows::kernel; ++a)
                for (std::size_t b = 0; b < S::Columns::kernel; ++b) {
                    const auto rows = S::Rows::outputs(a);
                    const auto columns = S::Columns::outputs(b);
                    const std::size_t channel = m / S::out_of_group * S::in_of_group + k;
                    T sum = 0;
                    for (std::size_t row = rows.first; row < rows.end; ++row)
                        for (std::size_t column = columns.first; column < columns.end; ++column) {
                            const std::size_t in_row = row * S::Rows::stride + a * S::Rows::dilation -
                                                       S::Rows::before,
                                              in_column = column * S::Columns::stride +
                                                          b * S::Columns::dilation - S::Columns::before;
                            const T* const from =
                                x.data +
                                ((channel * Order::from_rows + in_row) * Order::from_columns + in_column) *
                                    X::stride;
                            const T* const z =
                                dz.data + ((m * S::Rows::out + row) * S::Columns::out + column) * Dz::stride;
                            for (std::size_t s = 0; s < dz.samples; ++s) sum += from[s] * z[s];
                        }
                    T& to = dw[((k * S::Rows::kernel + a) * S::Columns::kernel + b) * S::out + m];
                    to = add ? to + sum : sum;
                }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
