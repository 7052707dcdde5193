// The maximum and the mean of each channel, of one sample and of a block.
#pragma once

#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/pool.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The largest of `count` rows of registers, the first at `from`, by the rule of exceeds, and its position,
/// counted from `first`. Row p begins at from + p * step.
template <class V> struct Maximum {
    V value, place;

    template <class T>
    TENON_INLINE static constexpr Maximum of(const T* from, std::size_t step, std::size_t first,
                                             std::size_t end) noexcept {
        Maximum maximum{load<V>(from + first * step), V(as_number<T>(first))};
        for (std::size_t p = first + 1; p < end; ++p)
            maximum.update(load<V>(from + p * step), V(as_number<T>(p)));
        return maximum;
    }
    TENON_INLINE constexpr void update(V other, V other_place) noexcept {
        const auto larger = exceeds(other, value);
        value = math::select(larger, other, value);
        place = math::select(larger, other_place, place);
    }
};

/// y = the maximum of each channel. The trace is its position.
template <class Channels, class T, std::size_t Stride, class X, class Trace>
constexpr void global_max_pool(X x, Block<T, Stride> y, Trace trace) noexcept {
    constexpr std::size_t n = Channels::positions;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t c = 0; c < Channels::count; ++c)
            for (std::size_t s = 0; s < y.end(); s += lane_count<V>) {
                const T* const from = x.data + c * n * Stride + s;
                const std::size_t at = c * Stride + s;
                Maximum<V> maximum{};
                if constexpr (n < 8) maximum = Maximum<V>::of(from, Stride, 0, n);
                else { // two chains of comparisons, for the latency
                    maximum = Maximum<V>::of(from, Stride, 0, n / 2);
                    const auto second = Maximum<V>::of(from, Stride, n / 2, n);
                    maximum.update(second.value, second.place);
                }
                store(y.data + at, maximum.value);
                if constexpr (!std::is_same_v<Trace, NoView>) store(trace.data + at, maximum.place);
            }
    });
}
/// Of equal values in different lanes the one with the lowest position is the first, and of NaNs the one with
/// the highest the last.
template <class Channels, class T, class X, class Trace>
constexpr void global_max_pool(X x, Sample<T> y, Trace trace) noexcept {
    constexpr std::size_t n = Channels::positions;
    with_lanes<T, lanes_within<T>(n)>([&]<class V>() {
        constexpr std::size_t lanes = lane_count<V>;
        for (std::size_t c = 0; c < Channels::count; ++c) {
            const T* const from = x.data + c * n;
            const V numbers = load<V>(lane_numbers<V>.data());
            Maximum<V> best{load<V>(from), numbers};
            for (std::size_t p = lanes; p < n; p += lanes) {
                const std::size_t first = p + lanes < n ? p : n - lanes; // some of them again
                best.update(load<V>(from + first), numbers + V(as_number<T>(first)));
            }
            T values[lanes]{}, places[lanes]{};
            store(values, best.value);
            store(places, best.place);
            T value = values[0], place = places[0];
            for (std::size_t lane = 1; lane < lanes; ++lane) {
                const bool number = !math::is_nan(values[lane]), best_is_nan = math::is_nan(value);
                const bool earlier = number && !best_is_nan && values[lane] == value && places[lane] < place;
                const bool later = number || !best_is_nan || places[lane] > place;
                if (earlier || (exceeds(values[lane], value) && later)) {
                    value = values[lane];
                    place = places[lane];
                }
            }
            y.data[c] = value;
            if constexpr (!std::is_same_v<Trace, NoView>) trace.data[c] = place;
        }
    });
}

/// dx = dy where the maximum is, else 0
template <class Channels, class View, class Trace, class Dy>
constexpr void global_max_pool_gradient(Trace trace, Dy dy, View dx) noexcept {
    using T = typename View::Scalar;
    map<Channels::count * Channels::positions>(dx, [] { return T(0); });
    for (std::size_t c = 0; c < Channels::count; ++c)
        for (std::size_t s = 0; s < dx.samples; ++s) {
            const std::size_t at = c * View::stride + s,
                              place = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(trace.data[at]));
            dx.data[(c * Channels::positions + place) * View::stride + s] = dy.data[at];
        }
}

/// y = the mean of each channel, in four sums.
template <class Channels, class T, std::size_t Stride, class X>
constexpr void global_average_pool(X x, Block<T, Stride> y) noexcept {
    constexpr std::size_t n = Channels::positions;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t c = 0; c < Channels::count; ++c)
            for (std::size_t s = 0; s < y.end(); s += lane_count<V>) {
                const T* const from = x.data + c * n * Stride + s;
                V sums[4]{V(T(0)), V(T(0)), V(T(0)), V(T(0))};
                std::size_t p = 0;
                for (; p + 4 <= n; p += 4)
                    for (std::size_t k = 0; k < 4; ++k) sums[k] = sums[k] + load<V>(from + (p + k) * Stride);
                for (; p < n; ++p) sums[0] = sums[0] + load<V>(from + p * Stride);
                store(y.data + c * Stride + s,
                      ((sums[0] + sums[1]) + (sums[2] + sums[3])) * V(T(1) / static_cast<T>(n)));
            }
    });
}
template <class Channels, class T, class X> constexpr void global_average_pool(X x, Sample<T> y) noexcept {
    for (std::size_t c = 0; c < Channels::count; ++c)
        y.data[c] = sum_channel<Channels>(
                        c, [](auto v) { return v; }, x) *
                    (T(1) / static_cast<T>(Channels::positions));
}

/// dx = dy / the number of positions
template <class Channels, class T, std::size_t Stride, class Dy>
constexpr void global_average_pool_gradient(Dy dy, Block<T, Stride> dx) noexcept {
    constexpr std::size_t n = Channels::positions;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t c = 0; c < Channels::count; ++c)
            for (std::size_t s = 0; s < dx.end(); s += lane_count<V>) {
                const V share = load<V>(dy.data + c * Stride + s) * V(T(1) / static_cast<T>(n));
                for (std::size_t p = 0; p < n; ++p) store(dx.data + (c * n + p) * Stride + s, share);
            }
    });
}
template <class Channels, class T, class Dy>
constexpr void global_average_pool_gradient(Dy dy, Sample<T> dx) noexcept {
    constexpr std::size_t n = Channels::positions;
    for (std::size_t c = 0; c < Channels::count; ++c) {
        const T share = dy.data[c] * (T(1) / static_cast<T>(n));
        for (std::size_t p = 0; p < n; ++p) dx.data[c * n + p] = share;
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
