// The gradients of a convolution's weights and biases.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/tile.hpp>
#include <tenon/simd/across.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

namespace plain {

/// dw[k][t][m] = the sum over samples and positions of z of x[k] at what element t reads, times dz[m]; added
/// to dw if `add`.
template <class S, class T, class X, class Dz>
constexpr void convolution_weight_gradient(X x, Dz dz, T* dw, bool add) noexcept {
    using Order = ForwardOrder<S>;
    for (std::size_t m = 0; m < S::out; ++m)
        for (std::size_t k = 0; k < S::in_of_group; ++k)
            for (std::size_t a = 0; a < S::Rows::kernel; ++a)
                for (std::size_t b = 0; b < S::Columns::kernel; ++b) {
                    const auto rows = S::Rows::outputs(a), columns = S::Columns::outputs(b);
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

/// db[m] = the sum of dz[m] over samples and positions; added to db if `add`.
template <std::size_t Out, std::size_t Positions, class T, class Dz>
constexpr void convolution_bias_gradient(Dz dz, T* db, bool add) noexcept {
    for (std::size_t m = 0; m < Out; ++m) {
        T sum = 0;
        for (std::size_t p = 0; p < Positions; ++p)
            for (std::size_t s = 0; s < dz.samples; ++s) sum += dz.data[(m * Positions + p) * Dz::stride + s];
        db[m] = add ? db[m] + sum : sum;
    }
}

} // namespace plain

template <class S, class T, class X, class Dz>
constexpr void convolution_weight_gradient(X x, Dz dz, T*, T* dw, bool add) noexcept {
    plain::convolution_weight_gradient<S>(x, dz, dw, add);
}
template <std::size_t Out, std::size_t Positions, class T, class Dz>
constexpr void convolution_bias_gradient(Dz dz, T* db, bool add) noexcept {
    plain::convolution_bias_gradient<Out, Positions>(dz, db, add);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
