// GramMatrix: the upper triangle of M^T M for a matrix M that is given in blocks of rows.
#pragma once

#include <tenon/kernels/tile.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A symmetric matrix of up to N rows, and beside it one more column, or row, for the right side of an
/// equation. The upper triangle is stored in panels of as many columns as a tile has, row after row, so that
/// a tile reads memory from its beginning to its end.
template <class T, std::size_t N> struct GramMatrix {
    using V = Value<T, lanes_for<T>(N + 1)>;
    static constexpr std::size_t height = tile_rows<V>, width = tile_columns<V> * lane_count<V>;
    /// From row to row of M, an odd number of cache lines: otherwise, the rows of a column would share few
    /// places in the cache. Whole tiles can be read.
    static constexpr std::size_t pitch = [] {
        constexpr std::size_t line = 64 / sizeof(T),
                              padded = rounded_up(rounded_up(rounded_up(N + 1, height), width), line);
        return padded / line % 2 == 1 ? padded : padded + line;
    }();
    /// Where a panel begins. The one before it ends with the tile that contains its last diagonal element.
    static constexpr std::size_t start(std::size_t panel) noexcept {
        return width * (width * panel * (panel + 1) / 2 + panel * (height - 1));
    }
    static constexpr std::size_t max_depth = 128; ///< rows of M at a time

    alignas(64) T values[start((N + width) / width)] = {};

    constexpr T& at(std::size_t i, std::size_t j) noexcept {
        return values[start(j / width) + i * width + j % width];
    }
    constexpr const T& at(std::size_t i, std::size_t j) const noexcept {
        return values[start(j / width) + i * width + j % width];
    }

    /// Adds the product of `depth` <= max_depth rows of M, of which `columns` are used; if not `add`, sets
    /// it. Every sum is one chain, whatever the tile's size, so results are the same on every CPU with FMA.
    constexpr void accumulate(const T* m, std::size_t depth, std::size_t columns, bool add) noexcept {
        if (in_compiler() || !optimized) {
            for (std::size_t i = 0; i < columns; ++i)
                for (std::size_t j = i; j < columns; ++j) {
                    T sum = add ? at(i, j) : T(0);
                    for (std::size_t k = 0; k < depth; ++k)
                        sum = math::fma(m[k * pitch + i], m[k * pitch + j], sum);
                    at(i, j) = sum;
                }
            return;
        }
        alignas(64) T a[max_depth * height];
        for (std::size_t first = 0; first < columns; first += height) {
            for (std::size_t k = 0; k < depth; ++k)
                for (std::size_t i = 0; i < height; ++i) a[k * height + i] = m[k * pitch + first + i];
            for (std::size_t n = first / width * width; n < columns; n += width) {
                T* const to = &at(first, n);
                tile<V, height, tile_columns<V>, 1, height>(
                    depth, a, m + n, pitch,
                    [&](auto i, auto j) TENON_INLINE_LAMBDA {
                        return add ? load<V>(to + i * width + j * lane_count<V>) : V(0);
                    },
                    [&](auto i, auto j, V sum)
                        TENON_INLINE_LAMBDA { store(to + i * width + j * lane_count<V>, sum); });
            }
        }
    }

    /// at(i, j) = factors[i] factors[j] at(i, j); there are as many factors as M has columns, rounded up to
    /// whole panels.
    constexpr void scale(const T* factors, std::size_t columns) noexcept {
        for (std::size_t n = 0; n < columns; n += width)
            for (std::size_t i = 0; i < columns && i < n + width; ++i) {
                T* const to = &at(i, n);
                if (in_compiler()) {
                    for (std::size_t j = 0; j < width && n + j < columns; ++j)
                        to[j] *= factors[i] * factors[n + j];
                    continue;
                }
                for (std::size_t j = 0; j < width; j += lane_count<V>)
                    store(to + j, load<V>(to + j) * (V(factors[i]) * load<V>(factors + n + j)));
            }
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
