// NormalMatrix: J^T J of a Jacobian J that is given in blocks of rows, and its Cholesky factor.
#pragma once

#include <tenon/kernels/tile.hpp>
#include <tenon/second_order/vectors.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The upper part of [J r]^T [J r] for a Jacobian of N columns and residuals r: J^T J, in column N the vector
/// J^T r, and last r^T r. Or the factor: U with U^T U = J^T J + damping D^2, and in column N the solution y
/// of U^T y = J^T r, which a factorisation of the larger matrix contains.
///
/// Row i begins at values[i * pitch]. Rows and columns are padded to whole tiles. Every sum is one chain,
/// whatever the tile's size, so results are the same on every CPU with FMA.
template <class T, std::size_t N> struct NormalMatrix {
    using V = Value<T, lanes_for<T>(N + 1)>;
    static constexpr std::size_t tile_height = tile_rows<V>, tile_width = tile_columns<V> * lane_count<V>,
                                 rows = rounded_up(N + 1, tile_height);
    /// An odd number of cache lines: otherwise, the rows of a column would share few places in the cache.
    static constexpr std::size_t pitch = [] {
        constexpr std::size_t line = 64 / sizeof(T), width = rounded_up(rounded_up(rows, tile_width), line);
        return width / line % 2 == 1 ? width : width + line;
    }();

    alignas(64) T values[rows * pitch] = {};

    constexpr T& at(std::size_t i, std::size_t j) noexcept { return values[i * pitch + j]; }
    constexpr const T& at(std::size_t i, std::size_t j) const noexcept { return values[i * pitch + j]; }

    /// Adds the product of these `count` rows of [J r], each of `pitch` numbers; if not `add`, sets it.
    constexpr void accumulate(const T* jacobian, std::size_t count, bool add) noexcept {
        for (std::size_t first = 0; first <= N; first += tile_height)
            multiply(jacobian, count, first, [&](std::size_t i, std::size_t j, auto product) {
                return add ? math::rounded(load<decltype(product)>(&at(i, j)) + product) : product;
            });
    }

    /// Makes this the factor of J^T J + damping D^2 for a diagonal D. Returns whether that is positive
    /// definite.
    constexpr bool factor(const NormalMatrix& matrix, T damping, const T* d) noexcept {
        for (std::size_t first = 0; first < N; first += tile_height) {
            multiply(values, first, first, [&](std::size_t i, std::size_t j, auto product) {
                return load<decltype(product)>(&matrix.at(i, j)) - product;
            });
            const std::size_t end = first + tile_height < N ? first + tile_height : N;
            for (std::size_t i = first; i < end; ++i) at(i, i) = math::fma(damping * d[i], d[i], at(i, i));
            for (std::size_t i = first; i < end; ++i) {
                T* const row = &at(i, i);
                const std::size_t size = N + 1 - i;
                for (std::size_t k = first; k < i; ++k) add_scaled(row, -at(k, i), &at(k, i), size, row);
                if (!math::is_finite(row[0]) || row[0] <= 0) return false;
                row[0] = math::sqrt(row[0]);
                scale(row + 1, 1 / row[0], size - 1);
            }
        }
        return true;
    }

    /// Of a factor: x with (J^T J + damping D^2) x = -J^T r.
    constexpr void solve(T* x) const noexcept {
        for (std::size_t i = N; i-- > 0;) {
            const T* const row = &at(i, i);
            x[i] = (-row[N - i] - dot(row + 1, x + i + 1, N - 1 - i)) / row[0];
        }
    }

    /// Of a factor: replaces b by w with U^T w = b.
    constexpr void solve_transposed(T* b) const noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            const T* const row = &at(i, i);
            b[i] /= row[0];
            add_scaled(b + i + 1, -b[i], row + 1, N - 1 - i, b + i + 1);
        }
    }

private:
    /// at(i, j) = finish(i, j, sum over k < depth of a[k * pitch + i] a[k * pitch + j]) for tile_height rows
    /// i from `first` on, and j from the diagonal on (some numbers below it are also written).
    template <class Finish>
    constexpr void multiply(const T* a, std::size_t depth, std::size_t first, Finish finish) noexcept {
        if (in_compiler() || !optimized) {
            for (std::size_t i = first; i < first + tile_height && i <= N; ++i)
                for (std::size_t j = i; j <= N; ++j) {
                    T product = 0;
                    for (std::size_t k = 0; k < depth; ++k)
                        product = math::fma(a[k * pitch + i], a[k * pitch + j], product);
                    at(i, j) = finish(i, j, product);
                }
            return;
        }
        for (std::size_t n = first / tile_width * tile_width; n <= N; n += tile_width)
            tile<V, tile_height, tile_columns<V>, 1, pitch>(
                depth, a + first, a + n, pitch, [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V product) TENON_INLINE_LAMBDA {
                    const std::size_t row = first + i, column = n + j * lane_count<V>;
                    store(&at(row, column), finish(row, column, product));
                });
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
