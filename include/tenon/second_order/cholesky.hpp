// CholeskyFactor: U with U^T U = A + damping I for a symmetric matrix A, and the equations it solves.
#pragma once

#include <tenon/second_order/gram_matrix.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The factor of a matrix A of `size` <= N rows. If A has a right side b in column `size`, the factor has
/// U^-T b there. Rounds in the same way on every CPU with FMA.
template <class T, std::size_t N> class CholeskyFactor {
    using Matrix = GramMatrix<T, N>;
    using V = typename Matrix::V;
    static constexpr std::size_t height = Matrix::height, width = Matrix::width,
                                 sums = 16; ///< of a product of a row and a vector

public:
    /// Returns whether A + damping I is positive definite.
    constexpr bool factor(const Matrix& a, T damping, std::size_t size) noexcept {
        size_ = size;
        if (in_compiler() || !optimized) return factor_plainly(a, damping);
        for (std::size_t first = 0; first < size; first += height) {
            pack(first);
            // The panels with the diagonal block come first.
            const std::size_t end = first + height < size ? first + height : size,
                              begin = first / width * width, panels_end = rounded_up(end, width);
            for (std::size_t n = begin; n < panels_end; n += width) {
                for (std::size_t i = 0; i < height * width; ++i) (&u_.at(first, n))[i] = (&a.at(first, n))[i];
                for (std::size_t i = first; i < end; ++i)
                    if (i / width * width == n) u_.at(i, i) += damping;
                update<false>(&u_.at(first, n), first, n, &u_.at(first, n));
            }
            if (!factor_diagonal(first, end)) return false;
            for (std::size_t n = begin; n < panels_end; n += width)
                update<true>(&u_.at(first, n), 0, n, &u_.at(first, n));
            for (std::size_t n = panels_end; n <= size; n += width)
                update<true>(&a.at(first, n), first, n, &u_.at(first, n));
        }
        return true;
    }

    /// x = U^-1 U^-T b for the right side b.
    constexpr void solve(T* x) const noexcept {
        for (std::size_t i = 0; i < size_; ++i) x[i] = u_.at(i, size_);
        solve_upper(x);
    }

    /// Replaces b by U^-1 b.
    constexpr void solve_upper(T* b) const noexcept {
        for (std::size_t i = size_; i-- > 0;) b[i] = (b[i] - row_times(i, b)) * inverse_[i];
    }

    /// Replaces b, which has room for whole panels, by U^-T b.
    constexpr void solve_transposed(T* b) const noexcept {
        for (std::size_t i = 0; i < size_; ++i) {
            const T x = b[i] * inverse_[i];
            b[i] = x;
            std::size_t j = i + 1;
            for (; j < size_ && (in_compiler() || j % width != 0); ++j)
                b[j] = math::fma(-x, u_.at(i, j), b[j]);
            if (in_compiler()) continue;
            for (; j < size_; j += width) {
                const T* const row = &u_.at(i, j);
                for (std::size_t k = 0; k < width; k += lane_count<V>)
                    store(b + j + k, math::fma(V(-x), load<V>(row + k), load<V>(b + j + k)));
            }
        }
    }

private:
    constexpr bool factor_plainly(const Matrix& a, T damping) noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            for (std::size_t j = i; j <= size_; ++j) {
                T sum = j == i ? a.at(i, i) + damping : a.at(i, j);
                for (std::size_t k = 0; k < i; ++k) sum = math::fma(-u_.at(k, i), u_.at(k, j), sum);
                if (j == i) {
                    if (!math::is_finite(sum) || sum <= 0) return false;
                    inverse_[i] = 1 / math::sqrt(sum);
                }
                u_.at(i, j) = sum * inverse_[i];
            }
        return true;
    }

    /// Copies the columns from `first` on, of the rows above them, with the sign that the update needs.
    constexpr void pack(std::size_t first) noexcept {
        const T* columns[height] = {};
        for (std::size_t i = 0; i < height && first + i <= N; ++i) columns[i] = &u_.at(0, first + i);
        for (std::size_t i = 0; i < height; ++i)
            for (std::size_t k = 0; k < first; ++k)
                packed_[k * height + i] = columns[i] == nullptr ? T(0) : -columns[i][k * width];
    }

    /// `to` becomes the tile of U at (first, n), from that of A, if the rows above are ready; if not Solve,
    /// it is not yet multiplied by the inverse of the diagonal block.
    template <bool Solve>
    constexpr void update(const T* from, std::size_t depth, std::size_t n, T* to) noexcept {
        V done[height][tile_columns<V>];
        tile<V, height, tile_columns<V>, 1, height>(
            depth, packed_, &u_.at(0, n), width,
            [&](auto i, auto j) TENON_INLINE_LAMBDA { return load<V>(from + i * width + j * lane_count<V>); },
            [&](auto i, auto j, V sum) TENON_INLINE_LAMBDA {
                if constexpr (Solve) {
                    unrolled<i>([&](auto k) TENON_INLINE_LAMBDA {
                        sum = math::fma(V(block_[k][i]), done[k][j], sum);
                    });
                    sum = sum * V(block_inverse_[i]);
                    done[i][j] = sum;
                }
                store(to + i * width + j * lane_count<V>, sum);
            });
    }

    /// The factor of the diagonal block of the rows from `first` to `end`: its inverse diagonal, and the
    /// negated elements off the diagonal.
    constexpr bool factor_diagonal(std::size_t first, std::size_t end) noexcept {
        const std::size_t count = end - first;
        for (std::size_t i = 0; i < height; ++i) {
            block_inverse_[i] = 0;
            for (std::size_t j = i; j < height; ++j) {
                block_[i][j] = 0;
                if (j >= count) continue;
                T sum = u_.at(first + i, first + j);
                for (std::size_t k = 0; k < i; ++k) sum = math::fma(block_[k][i], -block_[k][j], sum);
                if (i == j) {
                    if (!math::is_finite(sum) || sum <= 0) return false;
                    inverse_[first + i] = block_inverse_[i] = 1 / math::sqrt(sum);
                } else block_[i][j] = -(sum * block_inverse_[i]);
            }
        }
        return true;
    }

    /// The sum of U(i, j) x_j for j > i, in sixteen sums whatever the registers.
    constexpr T row_times(std::size_t i, const T* x) const noexcept {
        std::size_t j = i + 1;
        if (in_compiler()) {
            T sum = 0;
            for (; j < size_; ++j) sum = math::fma(u_.at(i, j), x[j], sum);
            return sum;
        }
        alignas(64) T lanes[sums] = {};
        for (; j < size_ && j % sums != 0; ++j)
            lanes[j % sums] = math::fma(u_.at(i, j), x[j], lanes[j % sums]);
        constexpr std::size_t registers = sums / lane_count<V>;
        V sum[registers];
        for (std::size_t k = 0; k < registers; ++k) sum[k] = load<V>(lanes + k * lane_count<V>);
        for (; j + sums <= size_; j += sums)
            for (std::size_t k = 0; k < registers; ++k) {
                const std::size_t at = j + k * lane_count<V>;
                sum[k] = math::fma(load<V>(&u_.at(i, at)), load<V>(x + at), sum[k]);
            }
        for (std::size_t k = 0; k < registers; ++k) store(lanes + k * lane_count<V>, sum[k]);
        for (; j < size_; ++j) lanes[j % sums] = math::fma(u_.at(i, j), x[j], lanes[j % sums]);
        for (std::size_t half = sums / 2; half > 0; half /= 2)
            for (std::size_t k = 0; k < half; ++k) lanes[k] = math::rounded(lanes[k] + lanes[k + half]);
        return lanes[0];
    }

    Matrix u_;
    alignas(64) T packed_[Matrix::pitch * height] = {};
    T block_[height][height] = {}, block_inverse_[height] = {}, inverse_[N] = {};
    std::size_t size_ = 0;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
