// Sums and products of long vectors.
#pragma once

#include <tenon/views.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class V, class T>
TENON_INLINE constexpr T dot_of_values(const T* a, const T* b, std::size_t n) noexcept {
    constexpr std::size_t sum_count = 16, values = sum_count / lane_count<V>;
    V sums[values];
    for (V& sum : sums) sum = V(0);
    std::size_t i = 0;
    for (; i + sum_count <= n; i += sum_count)
        for (std::size_t k = 0; k < values; ++k) {
            const std::size_t at = i + k * lane_count<V>;
            sums[k] = math::fma(load<V>(a + at), load<V>(b + at), sums[k]);
        }
    alignas(64) T lanes[sum_count];
    for (std::size_t k = 0; k < values; ++k) store(lanes + k * lane_count<V>, sums[k]);
    for (std::size_t k = 0; i + k < n; ++k) lanes[k] = math::fma(a[i + k], b[i + k], lanes[k]);
    for (std::size_t half = sum_count / 2; half > 0; half /= 2)
        for (std::size_t k = 0; k < half; ++k) lanes[k] = math::rounded(lanes[k] + lanes[k + half]);
    return lanes[0];
}

/// The sum of a_i b_i, in sixteen sums whatever the registers, so that it is the same on every CPU with FMA.
template <class T> constexpr T dot(const T* a, const T* b, std::size_t n) noexcept {
    T result = 0;
    if (in_compiler() && n < 16) { // the sixteen sums of few values cost too many operations
        for (std::size_t i = 0; i < n; ++i) result += a[i] * b[i];
        return result;
    }
    with_lanes<T, widest<T>>([&]<class V>() { result = dot_of_values<V>(a, b, n); });
    return result;
}
template <class T> constexpr T norm(const T* a, std::size_t n) noexcept { return math::sqrt(dot(a, a, n)); }

/// to_i = from_i + factor a_i
template <class T>
constexpr void add_scaled(const T* from, T factor, const T* a, std::size_t n, T* to) noexcept {
    with_lanes<T, widest<T>>([&]<class V>() {
        std::size_t i = 0;
        for (; i + lane_count<V> <= n; i += lane_count<V>)
            store(to + i, math::fma(V(factor), load<V>(a + i), load<V>(from + i)));
        for (; i < n; ++i) to[i] = math::fma(factor, a[i], from[i]);
    });
}

/// a_i = factor a_i
template <class T> constexpr void scale(T* a, T factor, std::size_t n) noexcept {
    with_lanes<T, widest<T>>([&]<class V>() {
        std::size_t i = 0;
        for (; i + lane_count<V> <= n; i += lane_count<V>) store(a + i, V(factor) * load<V>(a + i));
        for (; i < n; ++i) a[i] *= factor;
    });
}

/// The largest |a_i|; NaN counts as 0.
template <class T> constexpr T largest(const T* a, std::size_t n) noexcept {
    T result = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const T magnitude = math::abs(a[i]);
        if (magnitude > result) result = magnitude;
    }
    return result;
}

template <class T> constexpr bool is_all_finite(const T* a, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i)
        if (!math::is_finite(a[i])) return false;
    return true;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
