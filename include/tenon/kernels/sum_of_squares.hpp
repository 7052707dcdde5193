// The sum of squares of a flat array, such as a gradient.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/simd/across.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class T, std::size_t N>
using UpdateValue = Value<T, N <= max_scalar_update ? 1 : lanes_for<T>(N)>; ///< the type that Update uses

/// Sum of squares of N numbers and the zeros after them. Its root is an upper bound of all |x|. One
/// instruction per register, and NaN and infinity propagate.
template <std::size_t N, class T> TENON_INLINE T sum_of_squares(const T* values) noexcept {
    using V = UpdateValue<T, N>;
    constexpr std::size_t sum_count = N / lane_count<V> < 4    ? 1
                                      : N / lane_count<V> < 32 ? 4
                                                               : 8; // independent sums
    V sums[sum_count];
    for (V& sum : sums) sum = V(0);
    constexpr std::size_t step = sum_count * lane_count<V>, whole = N / step * step;
    for (std::size_t i = 0; i < whole; i += step)
        for (std::size_t k = 0; k < sum_count; ++k) {
            const V x = load<V>(values + i + k * lane_count<V>);
            sums[k] = math::fma(x, x, sums[k]);
        }
    if constexpr (whole < N) // otherwise g++ warns of a loop that is never entered
        for (std::size_t i = whole; i < N; i += lane_count<V>) {
            const V x = load<V>(values + i);
            sums[0] = math::fma(x, x, sums[0]);
        }
    for (std::size_t k = 1; k < sum_count; ++k) sums[0] = sums[0] + sums[k];
    return math::first_lane(math::sum(sums[0]));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
