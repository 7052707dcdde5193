// Images of another size, whose values are values or means of values of an image: padding, scaling.
#pragma once

#include <tenon/kernels/rows.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// An output along an axis: (1 - second_weight) x[first] + second_weight x[second]; 0 if `is_zero`.
struct AxisSource {
    std::size_t first, second;
    double second_weight;
    bool is_zero;

    static constexpr AxisSource zero() noexcept { return {0, 0, 0, true}; }
    static constexpr AxisSource copy(std::size_t from) noexcept { return {from, from, 0, false}; }
};

/// What each of Out outputs along an axis of In values is computed from, and the reverse.
template <std::size_t In, std::size_t Out> struct AxisMap {
    static constexpr std::size_t inputs = In, outputs = Out;
    std::array<AxisSource, Out> sources{};
    /// The outputs that input i contributes to, and their factors, are the elements of `targets` and
    /// `factors` from begins[i] to begins[i + 1] - 1.
    std::array<std::size_t, In + 1> begins{};
    std::array<std::size_t, 2 * Out> targets{};
    std::array<double, 2 * Out> factors{};
    bool copies = true; ///< whether no output is a mean
    /// Outputs from run_begin to run_end - 1 are copies of inputs beside each other.
    std::size_t run_begin = 0, run_end = 0;

    /// source(o) returns an AxisSource.
    template <class Source> consteval explicit AxisMap(Source source) {
        for (std::size_t o = 0; o < Out; ++o) {
            sources[o] = source(o);
            if (sources[o].second_weight != 0) copies = false;
        }
        for (const AxisSource& source_of : sources) {
            if (source_of.is_zero) continue;
            ++begins[source_of.first + 1];
            if (source_of.second_weight != 0) ++begins[source_of.second + 1];
        }
        for (std::size_t i = 0; i < In; ++i) begins[i + 1] += begins[i];
        std::array<std::size_t, In + 1> at = begins;
        for (std::size_t o = 0; o < Out; ++o) {
            if (sources[o].is_zero) continue;
            add(at[sources[o].first], o, 1 - sources[o].second_weight);
            if (sources[o].second_weight != 0) add(at[sources[o].second], o, sources[o].second_weight);
        }
        for (std::size_t begin = 0, o = 0; o < Out; ++o) {
            const bool next =
                o > begin && !sources[o].is_zero && sources[o].first == sources[o - 1].first + 1;
            if (!next) begin = o;
            if (!sources[o].is_zero && o + 1 - begin > run_end - run_begin) {
                run_begin = begin;
                run_end = o + 1;
            }
        }
    }

private:
    consteval void add(std::size_t& at, std::size_t o, double factor) {
        targets[at] = o;
        factors[at++] = factor;
    }
};

/// y = x resampled along its rows and columns. Map has the AxisMaps `rows` and `columns`.
template <std::size_t Channels, class Map, class T, std::size_t Stride, class X>
constexpr void resample(X x, Block<T, Stride> y) noexcept {
    constexpr auto width = Map::columns.inputs;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        T* to = y.data;
        for (std::size_t c = 0; c < Channels; ++c)
            for (const AxisSource& row : Map::rows.sources)
                for (const AxisSource& column : Map::columns.sources) {
                    const T* const upper = x.data + (c * Map::rows.inputs + row.first) * width * Stride;
                    if (row.is_zero || column.is_zero)
                        for (std::size_t s = 0; s < y.end(); s += lane_count<V>) store(to + s, V(T(0)));
                    else if constexpr (Map::rows.copies && Map::columns.copies)
                        for (std::size_t s = 0; s < y.end(); s += lane_count<V>)
                            store(to + s, load<V>(upper + column.first * Stride + s));
                    else {
                        const T* const lower = upper + (row.second - row.first) * width * Stride;
                        const V lower_weight(static_cast<T>(row.second_weight)),
                            upper_weight(static_cast<T>(1 - row.second_weight)),
                            right_weight(static_cast<T>(column.second_weight)),
                            left_weight(static_cast<T>(1 - column.second_weight));
                        for (std::size_t s = 0; s < y.end(); s += lane_count<V>) {
                            const auto at = [=](const T* of, std::size_t i) {
                                return load<V>(of + i * Stride + s);
                            };
                            const V above = left_weight * at(upper, column.first) +
                                            right_weight * at(upper, column.second),
                                    below = left_weight * at(lower, column.first) +
                                            right_weight * at(lower, column.second);
                            store(to + s, upper_weight * above + lower_weight * below);
                        }
                    }
                    to += Stride;
                }
    });
}
template <std::size_t Channels, class Map, class T, class X>
constexpr void resample(X x, Sample<T> y) noexcept {
    constexpr auto& columns = Map::columns;
    constexpr std::size_t width = columns.inputs, begin = columns.run_begin, end = columns.run_end;
    T* to = y.data;
    for (std::size_t c = 0; c < Channels; ++c)
        for (const AxisSource& row : Map::rows.sources) {
            const T* const from = x.data + (c * Map::rows.inputs + row.first) * width;
            if (row.is_zero)
                for (std::size_t o = 0; o < columns.outputs; ++o) to[o] = T(0);
            else if constexpr (Map::rows.copies && columns.copies) {
                const auto copy = [&](std::size_t o) {
                    const AxisSource& column = columns.sources[o];
                    to[o] = column.is_zero ? T(0) : from[column.first];
                };
                for (std::size_t o = 0; o < begin; ++o) copy(o);
                const T* const run = from + columns.sources[begin].first;
                map_row<end - begin>(to + begin, [](auto v) { return v; }, run);
                for (std::size_t o = end; o < columns.outputs; ++o) copy(o);
            } else {
                const T lower_weight = static_cast<T>(row.second_weight),
                        upper_weight = static_cast<T>(1 - row.second_weight);
                const T* const lower = from + (row.second - row.first) * width;
                T mean[width]{};
                map_row<width>(
                    mean,
                    [=](auto above, auto below) {
                        using V = decltype(above);
                        return V(upper_weight) * above + V(lower_weight) * below;
                    },
                    from, lower);
                for (std::size_t o = 0; o < columns.outputs; ++o) {
                    const AxisSource& column = columns.sources[o];
                    to[o] = static_cast<T>(1 - column.second_weight) * mean[column.first] +
                            static_cast<T>(column.second_weight) * mean[column.second];
                }
            }
            to += columns.outputs;
        }
}

/// dx = the sum of dy over the outputs that x contributes to, times its factors.
template <std::size_t Channels, class Map, class T, std::size_t Stride, class Dy>
constexpr void resample_gradient(Dy dy, Block<T, Stride> dx) noexcept {
    constexpr auto& rows = Map::rows;
    constexpr auto& columns = Map::columns;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        T* to = dx.data;
        for (std::size_t c = 0; c < Channels; ++c)
            for (std::size_t i = 0; i < rows.inputs; ++i)
                for (std::size_t j = 0; j < columns.inputs; ++j, to += Stride)
                    for (std::size_t s = 0; s < dx.end(); s += lane_count<V>) {
                        V sum(T(0));
                        for (std::size_t r = rows.begins[i]; r < rows.begins[i + 1]; ++r) {
                            const T* const from =
                                dy.data + (c * rows.outputs + rows.targets[r]) * columns.outputs * Stride + s;
                            V along(T(0));
                            for (std::size_t k = columns.begins[j]; k < columns.begins[j + 1]; ++k) {
                                const V g = load<V>(from + columns.targets[k] * Stride);
                                if constexpr (columns.copies) along = along + g;
                                else along = along + V(static_cast<T>(columns.factors[k])) * g;
                            }
                            if constexpr (rows.copies) sum = sum + along;
                            else sum = sum + V(static_cast<T>(rows.factors[r])) * along;
                        }
                        store(to + s, sum);
                    }
    });
}
template <std::size_t Channels, class Map, class T, class Dy>
constexpr void resample_gradient(Dy dy, Sample<T> dx) noexcept {
    constexpr auto& rows = Map::rows;
    constexpr auto& columns = Map::columns;
    // Whether every column has one output, in a row, as with zeros around the image.
    constexpr bool is_run = columns.copies && columns.run_end - columns.run_begin == columns.inputs &&
                            columns.begins[columns.inputs] == columns.inputs;
    T* to = dx.data;
    for (std::size_t c = 0; c < Channels; ++c)
        for (std::size_t i = 0; i < rows.inputs; ++i, to += columns.inputs) {
            if constexpr (is_run && rows.copies)
                if (rows.begins[i + 1] == rows.begins[i] + 1) {
                    const std::size_t row = c * rows.outputs + rows.targets[rows.begins[i]];
                    map_row<columns.inputs>(
                        to, [](auto g) { return g; }, dy.data + row * columns.outputs + columns.run_begin);
                    continue;
                }
            T sums[columns.outputs]{};
            for (std::size_t r = rows.begins[i]; r < rows.begins[i + 1]; ++r) {
                const T* const from = dy.data + (c * rows.outputs + rows.targets[r]) * columns.outputs;
                const T factor = static_cast<T>(rows.factors[r]);
                map_row<columns.outputs>(
                    sums, [=](auto sum, auto g) { return sum + decltype(sum)(factor) * g; }, sums, from);
            }
            if constexpr (is_run)
                map_row<columns.inputs>(to, [](auto g) { return g; }, sums + columns.run_begin);
            else
                for (std::size_t j = 0; j < columns.inputs; ++j) {
                    T sum(0);
                    for (std::size_t k = columns.begins[j]; k < columns.begins[j + 1]; ++k)
                        sum += static_cast<T>(columns.factors[k]) * sums[columns.targets[k]];
                    to[j] = sum;
                }
        }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
