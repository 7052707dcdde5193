// Loops with a number for each channel, and sums over a channel. Shape<n> has n channels of one value.
#pragma once

#include <tenon/kernels/map.hpp>
#include <tenon/shape.hpp>
#include <tenon/simd/across.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The channels of a shape. Channel c is the values c * positions to (c + 1) * positions - 1.
template <class Values> struct ChannelsOf;
template <std::size_t Count, std::size_t... Sizes> struct ChannelsOf<Shape<Count, Sizes...>> {
    static constexpr std::size_t count = Count, positions = (Sizes * ... * 1);
};

/// to = f(of_channel, from...) for each value. of_channel(array) is the element of an array with one number
/// for each channel, in every lane. Nothing past the last value is written.
template <class Channels, class T, std::size_t Stride, class F, class... From>
constexpr void map_channels(Block<T, Stride> to, F f, From... from) noexcept {
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t c = 0, i = 0; c < Channels::count; ++c)
            for (std::size_t p = 0; p < Channels::positions; ++p, ++i)
                for (std::size_t k = i * Stride; k < i * Stride + to.end(); k += lane_count<V>)
                    store(to.data + k,
                          V(f([=](const T* array) { return V(array[c]); }, load<V>(from.data + k)...)));
    });
}
template <class Channels, class T, class F, class... From>
constexpr void map_channels(Sample<T> to, F f, From... from) noexcept {
    constexpr bool along_channels = Channels::positions == 1;
    constexpr std::size_t rows = along_channels ? 1 : Channels::count,
                          length = along_channels ? Channels::count : Channels::positions;
    // Values `at` to at + lane_count - 1 of a row
    const auto map_values = [&]<class V>(std::size_t row, std::size_t at) {
        const std::size_t k = row * length + at;
        const auto of_channel = [=](const T* array) {
            if constexpr (along_channels) return load<V>(array + at);
            else return V(array[row]);
        };
        store(to.data + k, V(f(of_channel, load<V>(from.data + k)...)));
    };
    with_lanes<T, lanes_for<T>(length)>([&]<class V>() {
        for (std::size_t row = 0; row < rows; ++row) {
            std::size_t at = 0;
            for (; at + lane_count<V> <= length; at += lane_count<V>)
                map_values.template operator()<V>(row, at);
            for (; at < length; ++at) map_values.template operator()<T>(row, at);
        }
    });
}

/// Copies N values; reads and writes nothing after them.
template <std::size_t N, class To, class From> constexpr void copy_exactly(To to, From from) noexcept {
    map_channels<ChannelsOf<Shape<N>>>(to, [](auto, auto v) { return v; }, from);
}
/// The same of zeros.
template <std::size_t N, class To> constexpr void fill_exactly_with_zero(To to) noexcept {
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t s = 0; s < to.samples; ++s) to.data[i * To::stride + s] = 0;
}
/// to += more, for N values; nothing after them is read or written.
template <std::size_t N, class To, class More> constexpr void add_exactly(To to, More more) noexcept {
    map_channels<ChannelsOf<Shape<N>>>(to, [](auto, auto a, auto b) { return a + b; }, to, more);
}
/// A view of N values that may be read and written in whole registers: of a block `values`, which has a row
/// of registers for each; of one sample, whose values may end inside a register, a copy in `memory`.
template <std::size_t N, class View, class T>
constexpr auto in_whole_registers(View values, T* memory) noexcept {
    if constexpr (is_block_view<View>) return values;
    else {
        const Sample<T> copy{memory};
        copy_exactly<N>(copy, values);
        return copy;
    }
}
/// Calls write(view) with such a view, and copies what it writes to `values` if the view is not that.
template <std::size_t N, class View, class F> constexpr void write_exactly(View values, F write) noexcept {
    if constexpr (is_block_view<View>) write(values);
    else {
        alignas(64) typename View::Scalar memory[padded(N)];
        const auto copy = values.rebind(memory + 0);
        write(copy);
        copy_exactly<N>(values, copy.read_only());
    }
}

/// The sums over a channel of the N values that f(values...) returns, an array of V, in four parts.
template <class V, std::size_t N> struct ChannelSums {
    using Number = math::Scalar<V>;
    static constexpr std::size_t parts = 4;
    std::array<std::array<V, N>, parts> sums{};

    constexpr ChannelSums() noexcept {
        for (auto& part : sums)
            for (V& sum : part) sum = V(Number(0));
    }
    TENON_INLINE constexpr void add(std::size_t part, const std::array<V, N>& values) noexcept {
        for (std::size_t n = 0; n < N; ++n) sums[part][n] = sums[part][n] + values[n];
    }
    /// The totals, over the first `used` parts and all lanes.
    constexpr std::array<Number, N> totals(std::size_t used) const noexcept {
        std::array<Number, N> result{};
        for (std::size_t n = 0; n < N; ++n) {
            V sum = sums[0][n];
            for (std::size_t part = 1; part < used; ++part) sum = sum + sums[part][n];
            result[n] = math::first_lane(math::sum(sum));
        }
        return result;
    }
};

/// Returns the sums of the N values of f(values...), a std::array, over the values of channel c of all
/// samples.
template <class Channels, std::size_t N, class T, std::size_t Stride, class F, class... From>
constexpr auto sums_of_channel(std::size_t c, F f, Block<T, Stride> first, From... others) noexcept {
    using Number = math::Scalar<std::remove_const_t<T>>;
    // Four parts, so that additions do not wait for each other.
    constexpr std::size_t parts = Channels::positions < 4 ? 1 : 4;
    std::array<Number, N> result{};
    with_lanes<Number, Block<Number, Stride>::lanes>([&]<class V>() {
        ChannelSums<V, N> sums;
        const auto add_row = [&](std::size_t p, std::size_t part) TENON_INLINE_LAMBDA {
            const std::size_t row = (c * Channels::positions + p) * Stride;
            std::size_t s = 0;
            for (; s + lane_count<V> <= first.samples; s += lane_count<V>)
                sums.add(part, f(load<V>(first.data + row + s), load<V>(others.data + row + s)...));
            if (s < first.samples) { // without the unused lanes
                auto values = f(load<V>(first.data + row + s), load<V>(others.data + row + s)...);
                for (V& value : values) value = first_lanes(first.samples - s, value, V(Number(0)));
                sums.add(part, values);
            }
        };
        std::size_t p = 0;
        for (; p + parts <= Channels::positions; p += parts)
            unrolled<parts>([&](auto part) TENON_INLINE_LAMBDA { add_row(p + part, part); });
        if constexpr (Channels::positions % parts != 0) // g++ 12 warns of a loop that is never entered
            for (; p < Channels::positions; ++p) add_row(p, 0);
        result = sums.totals(parts);
    });
    return result;
}
template <class Channels, std::size_t N, class T, bool Padded, class F, class... From>
constexpr auto sums_of_channel(std::size_t c, F f, Sample<T, Padded> first, From... others) noexcept {
    using Number = std::remove_const_t<T>;
    const std::size_t row = c * Channels::positions;
    std::array<Number, N> result{};
    with_lanes<Number, lanes_for<Number>(Channels::positions)>([&]<class V>() {
        constexpr std::size_t lanes = lane_count<V>, whole = Channels::positions / lanes,
                              parts = whole < 4 ? 1 : 4;
        ChannelSums<V, N> sums;
        const auto add = [&](std::size_t r, std::size_t part) TENON_INLINE_LAMBDA {
            const std::size_t at = row + r * lanes;
            sums.add(part, f(load<V>(first.data + at), load<V>(others.data + at)...));
        };
        std::size_t r = 0;
        for (; r + parts <= whole; r += parts)
            unrolled<parts>([&](auto part) TENON_INLINE_LAMBDA { add(r + part, part); });
        if constexpr (whole % parts != 0)
            for (; r < whole; ++r) add(r, 0);
        result = sums.totals(parts);
        for (std::size_t p = whole * lanes; p < Channels::positions; ++p) {
            const auto values = f(load<Number>(first.data + row + p), load<Number>(others.data + row + p)...);
            for (std::size_t n = 0; n < N; ++n) result[n] += values[n];
        }
    });
    return result;
}

/// Returns the sum of f(values...) over the values of channel c of all samples. f returns the type of its
/// arguments.
template <class Channels, class F, class First, class... From>
constexpr auto sum_channel(std::size_t c, F f, First first, From... others) noexcept {
    return sums_of_channel<Channels, 1>(
        c, [=](auto value, auto... values) { return std::array<decltype(value), 1>{f(value, values...)}; },
        first, others...)[0];
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
