// Between samples one after the other and samples side by side.
#pragma once

#include <tenon/simd/views.hpp>

#include <cstddef>
#include <type_traits>

namespace tenon::inline TENON_ABI::detail {

/// to(j)[i] = from(i)[j] for i < rows and j < columns, where from and to give the beginning of a row; in
/// squares of 4 x 4 where the CPU has registers of four lanes.
template <class From, class To>
constexpr void transpose(std::size_t rows, std::size_t columns, From from, To to) noexcept {
    std::size_t i = 0;
    const auto single = [&](std::size_t row, std::size_t first) {
        for (std::size_t j = first; j < columns; ++j) to(j)[row] = from(row)[j];
    };
#ifndef TENON_SCALAR
    using T = std::remove_pointer_t<decltype(to(rows))>;
    if constexpr (sizeof(T) == sizeof(float))
        if (!std::is_constant_evaluated())
            for (; i < rows / 4 * 4; i += 4) {
                using V = Lanes<T, 4>;
                const auto *const a = from(i), *const b = from(i + 1), *const c = from(i + 2),
                                  *const d = from(i + 3);
                for (std::size_t j = 0; j < columns / 4 * 4; j += 4) {
                    const auto even = load<V>(a + j).batch, odd = load<V>(b + j).batch;
                    const auto even2 = load<V>(c + j).batch, odd2 = load<V>(d + j).batch;
                    const auto low = zip_lo(even, even2), low2 = zip_lo(odd, odd2);
                    const auto high = zip_hi(even, even2), high2 = zip_hi(odd, odd2);
                    store(to(j) + i, V(zip_lo(low, low2)));
                    store(to(j + 1) + i, V(zip_hi(low, low2)));
                    store(to(j + 2) + i, V(zip_lo(high, high2)));
                    store(to(j + 3) + i, V(zip_hi(high, high2)));
                }
                for (std::size_t row = i; row < i + 4; ++row) single(row, columns / 4 * 4);
            }
#endif
    for (; i < rows; ++i) single(i, 0);
}

/// Samples one after the other into a block of samples side by side; the lanes past the last are zero.
template <std::size_t N, class From, class T, std::size_t Stride>
constexpr void fill(Block<T, Stride> block, From sample) noexcept {
    transpose(block.samples, N, sample, [&](std::size_t i) { return block.data + i * Stride; });
    const std::size_t end = rounded_up(block.samples, Block<T, Stride>::lanes);
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t s = block.samples; s < end; ++s) block.data[i * Stride + s] = 0;
}

} // namespace tenon
