// Between samples one after the other and samples side by side.
#pragma once

#include <tenon/simd/views.hpp>

#include <cstddef>
#include <type_traits>

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

/// Squares of Size x Size within rows i ... and columns `begin` ... `end`. Of the rows, where not Whole, only
/// `present` are there; the others are zeros.
template <std::size_t Size, bool Whole, class From, class To>
[[gnu::always_inline]] inline void transpose_squares(std::size_t i, std::size_t present, std::size_t begin,
                                                     std::size_t end, From from, To to) noexcept {
    using V = Lanes<float, Size>;
    for (std::size_t j = begin; j < end; j += Size) {
        V row[Size];
        unrolled<Size>([&](auto r) __attribute__((always_inline)) {
            if (Whole || r < present) row[r] = load<V>(from(i + r) + j);
            else row[r] = 0.f;
        });
        transpose_square(
            row, [=](std::size_t k) __attribute__((always_inline)) { return to(j + k, i); });
    }
}

/// As transpose below, in squares as far as there are any; gives how many rows and columns that was.
template <class Rows, class Columns, class From, class To>
[[gnu::always_inline]] inline std::size_t transpose_by_squares(Rows rows, std::size_t end, Columns columns,
                                                               From from, To to) noexcept {
    const std::size_t wide = columns / square * square, turned = columns / 4 * 4;
    const auto strip = [=]<std::size_t Size, bool Whole>(std::size_t i) __attribute__((always_inline)) {
        transpose_squares<Size, Whole>(i, rows - i, 0, Size == 4 ? turned : wide, from, to);
        if constexpr (Size > 4) {
            transpose_squares<4, Whole>(i, rows - i, wide, turned, from, to);
            transpose_squares<4, Whole>(i + 4, rows - i < 4 ? 0 : rows - i - 4, wide, turned, from, to);
        }
    };
    std::size_t i = 0;
    for (; i < rows / square * square; i += square) strip.template operator()<square, true>(i);
    if (i + square <= end) {
        strip.template operator()<square, false>(i);
        i += square;
    }
    if (square > 4 && i + 4 <= end) {
        strip.template operator()<4, false>(i);
        i += 4;
    }
    return i;
}
#endif

/// *to(j, i) = from(i)[j] for i < rows and j < columns: from(i) is the beginning of a row, and to(j, i) ...
/// to(j, i + 7) lie side by side for each multiple i of 8. Rows past the last, up to a multiple of Pad, are
/// zeros. `rows` and `columns` are numbers or integral constants.
template <std::size_t Pad, class Rows, class Columns, class From, class To>
constexpr void transpose(Rows rows, Columns columns, From from, To to) noexcept {
    const std::size_t end = rounded_up(rows, Pad);
    const auto one_by_one = [=](std::size_t begin, std::size_t last, std::size_t turned) {
        for (std::size_t j = turned; j < columns; ++j) {
            for (std::size_t i = begin; i < last && i < rows; ++i) *to(j, i) = from(i)[j];
            for (std::size_t i = rows; i < last; ++i) *to(j, i) = 0;
        }
    };
#ifndef TENON_SCALAR
    using T = std::remove_cvref_t<decltype(*to(0, 0))>;
    if constexpr (std::is_same_v<T, float>)
        if (!std::is_constant_evaluated()) {
            const std::size_t begin = transpose_by_squares(rows, end, columns, from, to);
            one_by_one(0, begin, columns / 4 * 4);
            return one_by_one(begin, end, 0);
        }
#endif
    one_by_one(0, end, 0);
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
