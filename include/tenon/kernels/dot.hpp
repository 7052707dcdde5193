// The products of one sample's values and weights, and their sum: a layer of one output, or dx of one input.
#pragma once

#include <tenon/kernels/map.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Register r of a sample's N values. The lanes past the last value are zeros if they may not be read, else
/// unspecified.
template <class V, std::size_t N, class T, bool Padded>
TENON_INLINE constexpr V load_values(Sample<const T, Padded> x, std::size_t r) noexcept {
    constexpr std::size_t remainder = N % lane_count<V>;
    if constexpr (Padded || remainder == 0) return load<V>(x.data + r * lane_count<V>);
    else
        return r < N / lane_count<V> ? load<V>(x.data + r * lane_count<V>)
                                     : load_first<V, remainder>(x.data + r * lane_count<V>, T(0));
}

/// Returns the sum of x_i * w_i over N values, plus w_N if Bias, in the first lane; other lanes are
/// unspecified.
template <class V, std::size_t N, bool Bias, class T, bool Padded>
TENON_INLINE constexpr V dot(Sample<const T, Padded> x, const T* w) noexcept {
    // Up to four lanes are added one by one, so that unused ones cost nothing.
    if constexpr (1 < N && N <= lane_count<V> && lane_count<V> <= 4) {
        const V products = load_values<V, N>(x, 0) * load_first<V, N>(w, T(0)),
                second = math::broadcast_lane<1>(products);
        V even = products, odd = Bias ? second + V(w[N]) : second;
        if constexpr (N > 2) even += math::broadcast_lane<2>(products);
        if constexpr (N > 3) odd += math::broadcast_lane<3>(products);
        return even + odd;
    } else {
        // Start with the last, partial register: its products, and the bias in the lane after them.
        constexpr std::size_t remainder = N % lane_count<V>, full_registers = N / lane_count<V>,
                              streams = full_registers < 2   ? 1
                                        : full_registers < 4 ? full_registers
                                                             : 4;
        const V last_weights = load<V>(w + full_registers * lane_count<V>),
                bias = first_lanes(remainder + Bias, last_weights, V(T(0)));
        V sum[streams] = {bias};
        if constexpr (remainder != 0)
            sum[0] = first_lanes(remainder, load_values<V, N>(x, full_registers) * last_weights, bias);
        unrolled<streams - 1>([&](auto s) TENON_INLINE_LAMBDA { sum[s + 1] = T(0); });

        // Add the full registers; register r belongs to sum[r % streams].
        const auto add = [&](std::size_t r, auto s) TENON_INLINE_LAMBDA {
            sum[s] = math::fma(load_values<V, N>(x, r), load<V>(w + r * lane_count<V>), sum[s]);
        };
        for (std::size_t r = 0; r + streams <= full_registers; r += streams)
            unrolled<streams>([&](auto s) TENON_INLINE_LAMBDA { add(r + s, s); });
        unrolled<full_registers % streams>(
            [&](auto s) TENON_INLINE_LAMBDA { add(full_registers / streams * streams + s, s); });

        unrolled<streams - 1>([&](auto s) TENON_INLINE_LAMBDA { sum[0] += sum[s + 1]; });
        return math::sum(sum[0]);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
