// Loops with a number for each channel, and sums over a channel. Shape<n> has n channels of one value.
#pragma once

#include <tenon/kernels/map.hpp>
#include <tenon/shape.hpp>
#include <tenon/simd/across.hpp>

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

/// Returns the sum of f(values...) over the values of channel c of all samples. f returns the type of its
/// arguments.
template <class Channels, class T, std::size_t Stride, class F, class... From>
constexpr T sum_channel(std::size_t c, F f, Block<T, Stride> first, From... others) noexcept {
    using Number = math::Scalar<std::remove_const_t<T>>;
    Number result = 0;
    with_lanes<Number, Block<Number, Stride>::lanes>([&]<class V>() {
        V sum(Number(0));
        for (std::size_t p = 0; p < Channels::positions; ++p) {
            const std::size_t row = (c * Channels::positions + p) * Stride;
            std::size_t s = 0;
            for (; s + lane_count<V> <= first.samples; s += lane_count<V>)
                sum = sum + f(load<V>(first.data + row + s), load<V>(others.data + row + s)...);
            if (s < first.samples) // without the unused lanes
                sum = first_lanes(first.samples - s,
                                  sum + f(load<V>(first.data + row + s), load<V>(others.data + row + s)...),
                                  sum);
        }
        result = math::first_lane(math::sum(sum));
    });
    return result;
}
template <class Channels, class T, bool Padded, class F, class... From>
constexpr auto sum_channel(std::size_t c, F f, Sample<T, Padded> first, From... others) noexcept {
    using Number = std::remove_const_t<T>;
    const std::size_t row = c * Channels::positions;
    Number result = 0;
    with_lanes<Number, lanes_for<Number>(Channels::positions)>([&]<class V>() {
        V sum(Number(0));
        std::size_t p = 0;
        for (; p + lane_count<V> <= Channels::positions; p += lane_count<V>)
            sum = sum + f(load<V>(first.data + row + p), load<V>(others.data + row + p)...);
        result = math::first_lane(math::sum(sum));
        for (; p < Channels::positions; ++p)
            result += f(load<Number>(first.data + row + p), load<Number>(others.data + row + p)...);
    });
    return result;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
