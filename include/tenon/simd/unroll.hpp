// Loops over constant indices: the compiler keeps arrays that they index in registers.
#pragma once

#include <tenon/version.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Calls f(0), f(1), ... f(N - 1); each index is a std::integral_constant.
template <std::size_t N, class F> TENON_INLINE constexpr void unrolled(F&& f) noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
        (f(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<N>{});
}

/// Calls f(0), f(1), ... f(N - 1): unrolled if N is at most 8, else in a loop.
template <std::size_t N, class F> TENON_INLINE constexpr void repeated(F&& f) noexcept {
    if constexpr (N <= 8) unrolled<N>(f);
    else
        for (std::size_t i = 0; i < N; ++i) f(i);
}

/// `n` rounded up to a multiple of `step`.
constexpr std::size_t rounded_up(std::size_t n, std::size_t step) noexcept {
    return (n + step - 1) / step * step;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
