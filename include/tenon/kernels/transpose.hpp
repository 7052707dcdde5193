// Transposes between sample-major and value-major layout.
#pragma once

#include <tenon/kernels/map.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

#ifndef TENON_SCALAR
/// to(j)[i] = row[i][j] for i, j < 4. Numbers of row i and column j, as ij:
///
///     even_low 00 20 01 21   odd_low 10 30 11 31      to(0) 00 10 20 30   to(1) 01 11 21 31
///     even_high 02 22 03 23  odd_high 12 32 13 33     to(2) 02 12 22 32   to(3) 03 13 23 33
template <class To> TENON_INLINE void transpose_square(const Lanes<float, 4> (&row)[4], To to) noexcept {
    const auto even_low = zip_lo(row[0].batch, row[2].batch), odd_low = zip_lo(row[1].batch, row[3].batch);
    const auto even_high = zip_hi(row[0].batch, row[2].batch), odd_high = zip_hi(row[1].batch, row[3].batch);
    using V = Lanes<float, 4>;
    store(to(0), V(zip_lo(even_low, odd_low)));
    store(to(1), V(zip_hi(even_low, odd_low)));
    store(to(2), V(zip_lo(even_high, odd_high)));
    store(to(3), V(zip_hi(even_high, odd_high)));
}
#ifdef __AVX__
/// The same for i, j < 8, because xsimd's zips of eight lanes would take three instructions each. The lower
/// half of each register before the last step; the upper half has the same of columns 4 to 7:
///
///     pair[0] 00 10 01 11    pair[1] 02 12 03 13    then those of rows 2 and 3, 4 and 5, 6 and 7
///     four[0] 00 10 20 30    four[1] 01 11 21 31    four[2] 02 12 22 32    four[3] 03 13 23 33
///     four[4] 40 50 60 70    four[5] 41 51 61 71    four[6] 42 52 62 72    four[7] 43 53 63 73
template <class To> TENON_INLINE void transpose_square(const Lanes<float, 8> (&row)[8], To to) noexcept {
    __m256 pair[8], four[8];
    unrolled<4>([&](auto i) TENON_INLINE_LAMBDA {
        pair[2 * i] = _mm256_unpacklo_ps(row[2 * i].batch, row[2 * i + 1].batch);
        pair[2 * i + 1] = _mm256_unpackhi_ps(row[2 * i].batch, row[2 * i + 1].batch);
    });
    unrolled<4>([&](auto i) TENON_INLINE_LAMBDA {
        constexpr std::size_t even = i / 2 * 4 + i % 2;
        four[2 * i] = _mm256_shuffle_ps(pair[even], pair[even + 2], 0x44);
        four[2 * i + 1] = _mm256_shuffle_ps(pair[even], pair[even + 2], 0xee);
    });
    unrolled<4>([&](auto j) TENON_INLINE_LAMBDA {
        store(to(j), Lanes<float, 8>(_mm256_permute2f128_ps(four[j], four[4 + j], 0x20)));
        store(to(j + 4), Lanes<float, 8>(_mm256_permute2f128_ps(four[j], four[4 + j], 0x31)));
    });
}
inline constexpr std::size_t square = 8;
#else
inline constexpr std::size_t square = 4;
#endif

/// to[j * step + r] = row[r][j] for r < Size and j < columns, in squares. The last square may repeat columns
/// of the one before it.
template <std::size_t Size>
inline void transpose_squares(const float* const* row, std::size_t columns, float* to,
                              std::size_t step) noexcept {
    using V = Lanes<float, Size>;
    for (std::size_t j = 0; j < columns; j += Size) {
        const std::size_t column = j + Size <= columns ? j : columns - Size;
        V rows[Size];
        unrolled<Size>([&](auto r) TENON_INLINE_LAMBDA { rows[r] = load<V>(row[r] + column); });
        transpose_square(rows, [=, first = to + column * step](std::size_t k)
                                   TENON_INLINE_LAMBDA { return first + k * step; });
    }
}

/// The same for at least four columns. Lanes `present` and above become zeros.
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

/// transpose() for at least four columns of floats, in strips of rows. `end` is `rows` rounded up to a
/// multiple of Pad.
template <std::size_t Pad, class Rows, class Columns, class From, class To>
TENON_INLINE void transpose_wide(Rows rows, std::size_t end, Columns columns, From from, To to) noexcept {
    constexpr std::size_t size = Pad % square == 0 ? square : 4;
    for (std::size_t i = 0; i < end; i += size) {
        const float* row[size]; // past the last row, that row again
        for (std::size_t r = 0; r < size; ++r) row[r] = from(i + r < rows ? i + r : rows - 1);
        float* const first = to(0, i);
        transpose_strip<size>(row, i < rows ? rows - i : 0, columns, first,
                              static_cast<std::size_t>(to(1, i) - first));
    }
}

/// transpose() without padding, for at least four columns of floats. Returns how many rows it has transposed:
/// all but the last rows % 4.
template <class From, class To>
TENON_INLINE std::size_t transpose_strips(std::size_t rows, std::size_t columns, From from, To to) noexcept {
    std::size_t i = 0;
    const auto strip = [&](auto size) {
        const float* row[size];
        for (std::size_t r = 0; r < size; ++r) row[r] = from(i + r);
        float* const first = to(0, i);
        transpose_strip<size>(row, size, columns, first, static_cast<std::size_t>(to(1, i) - first));
        i += size;
    };
    while (i + square <= rows) strip(std::integral_constant<std::size_t, square>{});
    if (i + 4 <= rows) strip(std::integral_constant<std::size_t, 4>{});
    return i;
}

/// transpose() for fewer than four columns of floats and the first `whole` rows, a multiple of four. It
/// builds whole registers, because narrow stores cannot be forwarded to a wide load.
template <class Columns, class From, class To>
TENON_INLINE void transpose_narrow(std::size_t whole, Columns columns, From from, To to) noexcept {
    using V = Lanes<float, 4>;
    for (std::size_t i = 0; i < whole; i += 4) {
        const float* const row[]{from(i), from(i + 1), from(i + 2), from(i + 3)};
        for (std::size_t j = 0; j < columns; ++j) {
            const auto even = zip_lo(V(row[0][j]).batch, V(row[2][j]).batch);
            store(to(j, i), V(zip_lo(even, zip_lo(V(row[1][j]).batch, V(row[3][j]).batch))));
        }
    }
}
#endif

/// *to(j, i) = from(i)[j] for i < rows and j < columns, where from(i) is the beginning of row i.
/// - For each multiple i of 8, to(j, i), to(j, i + 1), ..., to(j, i + 7) are contiguous.
/// - to(j + 1, i) - to(j, i) is the same for every j.
/// - Rows past the last, up to a multiple of Pad, become zeros. If Pad is 1, nothing past them is written.
/// - `rows` > 0 and `columns` are numbers or integral constants.
template <std::size_t Pad, class Rows, class Columns, class From, class To>
constexpr void transpose(Rows rows, Columns columns, From from, To to) noexcept {
    const std::size_t end = rounded_up(rows, Pad);
    std::size_t i = 0;
#ifndef TENON_SCALAR
    using T = std::remove_cvref_t<decltype(*to(0, 0))>;
    if constexpr (std::is_same_v<T, float> && Pad == 1)
        if (!std::is_constant_evaluated() && columns >= 4) i = transpose_strips(rows, columns, from, to);
    if constexpr (std::is_same_v<T, float> && Pad % 4 == 0)
        if (!std::is_constant_evaluated()) {
            if (columns >= 4) return transpose_wide<Pad>(rows, end, columns, from, to);
            // What is left is known before the loop: g++ 12 warns (-Waggressive-loop-optimizations) of a
            // second loop from where the first ended if it learns late that the second is never entered.
            i = rows / 4 * 4;
            transpose_narrow(i, columns, from, to);
            if constexpr (requires { requires Rows::value % Pad == 0; }) return; // no row is left
        }
#endif
    for (; i < end; ++i) {
        const auto* const row = from(i < rows ? i : 0);
        for (std::size_t j = 0; j < columns; ++j) *to(j, i) = i < rows ? row[j] : 0;
    }
}

template <std::size_t N> using Index = std::integral_constant<std::size_t, N>;

/// Transposes sample-major samples into a block. The unused lanes become zeros; nobody depends on them
/// ("Unused lanes" in views.hpp).
template <std::size_t N, class From, class T, std::size_t Stride>
constexpr void fill(Block<T, Stride> block, From sample) noexcept {
    transpose<Block<T, Stride>::lanes>(block.samples, Index<N>{}, sample, [=](std::size_t i, std::size_t s) {
        return block.data + i * Stride + s;
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
