// Between samples one after the other and samples side by side.
#pragma once

#include <tenon/kernels/map.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

#ifndef TENON_SCALAR
/// to(j)[i] = row[i][j] for i, j < 4.
template <class To>
[[gnu::always_inline]] inline void transpose_square(const Lanes<float, 4> (&row)[4], To to) noexcept {
    const auto low = zip_lo(row[0].batch, row[2].batch), low2 = zip_lo(row[1].batch, row[3].batch);
    const auto high = zip_hi(row[0].batch, row[2].batch), high2 = zip_hi(row[1].batch, row[3].batch);
    using V = Lanes<float, 4>;
    store(to(0), V(zip_lo(low, low2)));
    store(to(1), V(zip_hi(low, low2)));
    store(to(2), V(zip_lo(high, high2)));
    store(to(3), V(zip_hi(high, high2)));
}
#ifdef __AVX__
/// The same for i, j < 8: xsimd's zips of eight lanes would take three instructions each.
template <class To>
[[gnu::always_inline]] inline void transpose_square(const Lanes<float, 8> (&row)[8], To to) noexcept {
    __m256 pair[8], four[8];
    unrolled<4>([&](auto i) __attribute__((always_inline)) {
        pair[2 * i] = _mm256_unpacklo_ps(row[2 * i].batch, row[2 * i + 1].batch);
        pair[2 * i + 1] = _mm256_unpackhi_ps(row[2 * i].batch, row[2 * i + 1].batch);
    });
    unrolled<4>([&](auto i) __attribute__((always_inline)) {
        constexpr std::size_t even = i / 2 * 4 + i % 2;
        four[2 * i] = _mm256_shuffle_ps(pair[even], pair[even + 2], 0x44);
        four[2 * i + 1] = _mm256_shuffle_ps(pair[even], pair[even + 2], 0xee);
    });
    unrolled<4>([&](auto j) __attribute__((always_inline)) {
        store(to(j), Lanes<float, 8>(_mm256_permute2f128_ps(four[j], four[4 + j], 0x20)));
        store(to(j + 4), Lanes<float, 8>(_mm256_permute2f128_ps(four[j], four[4 + j], 0x31)));
    });
}
inline constexpr std::size_t square = 8;
#else
inline constexpr std::size_t square = 4;
#endif

/// to[j * step + r] = row[r][j] for r < Size and j < columns, in squares; the last one may go over columns of
/// the one before it again.
template <std::size_t Size>
inline void transpose_squares(const float* const* row, std::size_t columns, float* to,
                              std::size_t step) noexcept {
    using V = Lanes<float, Size>;
    for (std::size_t j = 0; j < columns; j += Size) {
        const std::size_t at = j + Size <= columns ? j : columns - Size;
        V rows[Size];
        unrolled<Size>([&](auto r) __attribute__((always_inline)) { rows[r] = load<V>(row[r] + at); });
        transpose_square(
            rows, [ =, first = to + at * step ](std::size_t k)
                      __attribute__((always_inline)) { return first + k * step; });
    }
}

/// The same for at least four columns; lanes from `present` on become zeros.
template <std::size_t Size>
inline void transpose_strip(const float* const* row, std::size_t present, std::size_t columns, float* to,
                            std::size_t step) noexcept {
    if (columns >= Size) transpose_squares<Size>(row, columns, to, step);
    else
        for (std::size_t r = 0; r < Size; r += 4) transpose_squares<4>(row + r, columns, to + r, step);
    if (present >= Size) return;
    for (std::size_t j = 0; j < columns; ++j) {
        using V = Lanes<float, Size>;
        store(to + j * step, first_lanes(present, load<V>(to + j * step), V(0)));
    }
}
#endif

/// *to(j, i) = from(i)[j] for i < rows and j < columns: from(i) is the beginning of a row, and to(j, i) ...
/// to(j, i + 7) lie side by side for each multiple i of 8, at the same distance from to(j + 1, i) for every
/// j. Rows past the last, up to a multiple of Pad, are zeros. `rows` > 0 and `columns` are numbers or
/// integral constants.
template <std::size_t Pad, class Rows, class Columns, class From, class To>
constexpr void transpose(Rows rows, Columns columns, From from, To to) noexcept {
    const std::size_t end = rounded_up(rows, Pad);
    std::size_t i = 0;
#ifndef TENON_SCALAR
    using T = std::remove_cvref_t<decltype(*to(0, 0))>;
    if constexpr (std::is_same_v<T, float> && Pad % 4 == 0) {
        using V = Lanes<T, 4>;
        if (std::is_constant_evaluated()) {
            // one by one
        } else if (columns >= 4) {
            constexpr std::size_t size = Pad % square == 0 ? square : 4;
            for (; i < end; i += size) {
                const T* row[size];
                for (std::size_t r = 0; r < size; ++r) row[r] = from(i + r < rows ? i + r : rows - 1);
                T* const first = to(0, i);
                transpose_strip<size>(row, i < rows ? rows - i : 0, columns, first,
                                      static_cast<std::size_t>(to(1, i) - first));
            }
            return;
        } else { // in registers: what is stored one by one cannot be forwarded to the load of a register
            // What is left is known before the loop: g++ 12 warns (-Waggressive-loop-optimizations) of a
            // second loop from where the first ended if it learns late that the second is never entered.
            i = rows / 4 * 4;
            for (std::size_t four = 0; four < i; four += 4) {
                const T* const row[]{from(four), from(four + 1), from(four + 2), from(four + 3)};
                for (std::size_t j = 0; j < columns; ++j) {
                    const auto even = zip_lo(V(row[0][j]).batch, V(row[2][j]).batch);
                    store(to(j, four), V(zip_lo(even, zip_lo(V(row[1][j]).batch, V(row[3][j]).batch))));
                }
            }
            if constexpr (requires { requires Rows::value % Pad == 0; }) return; // no row is left
        }
    }
#endif
    for (; i < end; ++i) {
        const auto* const row = from(i < rows ? i : 0);
        for (std::size_t j = 0; j < columns; ++j) *to(j, i) = i < rows ? row[j] : 0;
    }
}

template <std::size_t N> using Index = std::integral_constant<std::size_t, N>;

/// Samples one after the other into a block of samples side by side; the lanes past the last are zero.
template <std::size_t N, class From, class T, std::size_t Stride>
constexpr void fill(Block<T, Stride> block, From sample) noexcept {
    transpose<Block<T, Stride>::lanes>(block.samples, Index<N>{}, sample, [=](std::size_t i, std::size_t s) {
        return block.data + i * Stride + s;
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
