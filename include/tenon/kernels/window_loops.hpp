// Loops over the windows of a pool, for one sample and for a block.
#pragma once

#include <tenon/kernels/rows.hpp>
#include <tenon/kernels/windows.hpp>
#include <tenon/simd/unroll.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The numbers from[0], from[Step], ..., in an order of lanes that is fast to load; nothing past the last is
/// read. in_order() sorts the lanes of a result.
template <class V, std::size_t Step, class T> TENON_INLINE constexpr V load_every(const T* from) noexcept {
    constexpr std::size_t lanes = lane_count<V>;
    if constexpr (lanes == 1 || Step == 1) return load<V>(from);
    else if constexpr (Step == 2) {
        // Within each 16 bytes, as CPUs shuffle two registers in one instruction: of 8 floats 0 1 4 5 2 3
        // 6 7. The upper register begins one earlier, and its odd lanes are used.
        constexpr std::size_t part = 16 / sizeof(T), half = part / 2;
        const typename V::Batch::register_type low = load<V>(from).batch,
                                               high = load<V>(from + lanes - 1).batch;
        return [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
            return V(typename V::Batch(__builtin_shufflevector(
                low, high,
                (I / part * part +
                 (I % part < half ? 2 * (I % part) : lanes + 1 + 2 * (I % part - half)))...)));
        }(std::make_index_sequence<lanes>{});
    } else
        return [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
            typename V::Batch::register_type values{from[I * Step]...};
            return V(typename V::Batch(values));
        }(std::make_index_sequence<lanes>{});
}
template <std::size_t Step, class V> TENON_INLINE constexpr V in_order(V values) noexcept {
    if constexpr (lane_count<V> * sizeof(math::Scalar<V>) <= 16 || Step != 2) return values;
    else {
        constexpr std::size_t lanes = lane_count<V>, part = 16 / sizeof(math::Scalar<V>), half = part / 2;
        const typename V::Batch::register_type from = values.batch;
        return [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
            return V(typename V::Batch(__builtin_shufflevector(
                from, from, (I % (lanes / 2) / half * part + (I < lanes / 2 ? 0 : half) + I % half)...)));
        }(std::make_index_sequence<lanes>{});
    }
}

/// Calls pool<V, WholeRows, WholeColumns, Step>(at, h, w, read) for each window of every sample: y.data[at]
/// is its output, of lane_count<V> samples of a block, or of lane_count<V> windows beside each other of one
/// sample, and read(offset) their values, in the order of load_every<V, Step>.
template <class Windows, class T, std::size_t Stride, class Pool>
constexpr void for_each_window(Block<const T, Stride> x, const Pool& pool) noexcept {
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        std::size_t o = 0;
        for (std::size_t c = 0; c < Windows::channels; ++c)
            for (std::size_t h = 0; h < Windows::Rows::outputs; ++h)
                for (std::size_t w = 0; w < Windows::Columns::outputs; ++w, ++o) {
                    const std::size_t origin = Windows::origin(c, h, w);
                    const auto all = [&]<bool Whole>() TENON_INLINE_LAMBDA {
                        for (std::size_t s = 0; s < x.end(); s += lane_count<V>)
                            pool.template operator()<V, Whole, Whole, 1>(
                                o * Stride + s, h, w, [=](std::size_t offset) TENON_INLINE_LAMBDA {
                                    return load<V>(x.data + (origin + offset) * Stride + s);
                                });
                    };
                    if (Windows::Rows::is_whole(h) && Windows::Columns::is_whole(w))
                        all.template operator()<true>();
                    else if constexpr (!Windows::all_whole) all.template operator()<false>();
                }
    });
}
template <class Windows, class T, bool Padded, class Pool>
constexpr void for_each_window(Sample<const T, Padded> x, const Pool& pool) noexcept {
    using Rows = typename Windows::Rows;
    using Columns = typename Windows::Columns;
    constexpr std::size_t begin = Columns::whole_begin, end = Columns::whole_end, whole = end - begin;
    with_lanes<T, lanes_within<T>(whole)>([&]<class V>() {
        for (std::size_t c = 0; c < Windows::channels; ++c)
            for (std::size_t h = 0; h < Rows::outputs; ++h) {
                const auto at =
                    [&]<class U, bool WholeRows, bool WholeColumns>(std::size_t w) TENON_INLINE_LAMBDA {
                        const std::size_t origin = Windows::origin(c, h, w);
                        pool.template operator()<U, WholeRows, WholeColumns, Columns::step>(
                            (c * Rows::outputs + h) * Columns::outputs + w, h, w,
                            [=](std::size_t offset) TENON_INLINE_LAMBDA {
                                return load_every<U, Columns::step>(x.data + (origin + offset));
                            });
                    };
                const auto row = [&]<bool WholeRows>() TENON_INLINE_LAMBDA {
                    std::size_t w = begin;
                    for (; w + lane_count<V> <= end; w += lane_count<V>)
                        at.template operator()<V, WholeRows, true>(w);
                    if (w < end) // some of them again
                        at.template operator()<V, WholeRows, true>(end - lane_count<V>);
                };
                for (std::size_t w = 0; w < begin && w < Columns::outputs; ++w)
                    at.template operator()<T, false, false>(w);
                if constexpr (whole > 0) {
                    if (Rows::is_whole(h)) row.template operator()<true>();
                    else if constexpr (!Rows::all_whole) row.template operator()<false>();
                }
                if constexpr (end < Columns::outputs)
                    for (std::size_t w = end; w < Columns::outputs; ++w)
                        at.template operator()<T, false, false>(w);
            }
    });
}

/// At most four, and a divisor of `count`.
consteval std::size_t registers_together(std::size_t count) {
    return count % 4 == 0 ? 4 : count % 2 == 0 ? 2 : 1;
}

/// An offset as a number of a trace. The conversion of signed numbers is one instruction.
template <class T> constexpr T as_number(std::size_t offset) noexcept {
    return static_cast<T>(static_cast<std::ptrdiff_t>(offset));
}

/// dx = for each value the sum of share<V>(at, h, w, offset) over the windows that it is in, where `at` is as
/// in for_each_window, for blocks.
template <class Windows, class T, std::size_t Stride, class Share>
constexpr void sum_over_windows(Block<T, Stride> dx, const Share& share) noexcept {
    using Rows = typename Windows::Rows;
    using Columns = typename Windows::Columns;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        if constexpr (Windows::is_divided) {
            std::size_t o = 0;
            for (std::size_t c = 0; c < Windows::channels; ++c)
                for (std::size_t h = 0; h < Rows::outputs; ++h)
                    for (std::size_t w = 0; w < Columns::outputs; ++w, ++o)
                        for (std::size_t s = 0; s < dx.end(); s += lane_count<V>) {
                            T* const to = dx.data + Windows::origin(c, h, w) * Stride + s;
                            Windows::template for_each_element<true, true>(
                                h, w, [&](std::size_t offset) TENON_INLINE_LAMBDA {
                                    store(to + offset * Stride,
                                          share.template operator()<V>(o * Stride + s, h, w, offset));
                                });
                        }
        } else {
            // Several registers together, for the loops over few windows.
            constexpr std::size_t tile = lane_count<V> == 1 ? 1 : registers_together(Stride / lane_count<V>);
            std::size_t i = 0;
            for (std::size_t c = 0; c < Windows::channels; ++c)
                for (std::size_t row = 0; row < Rows::size; ++row)
                    for (std::size_t column = 0; column < Columns::size; ++column, ++i)
                        for (std::size_t s = 0; s < dx.end(); s += tile * lane_count<V>) {
                            V sums[tile];
                            unrolled<tile>([&](auto k) TENON_INLINE_LAMBDA { sums[k] = V(T(0)); });
                            for (std::size_t h = Rows::first_window(row); h < Rows::end_window(row); ++h)
                                for (std::size_t w = Columns::first_window(column);
                                     w < Columns::end_window(column); ++w) {
                                    const std::size_t o = (c * Rows::outputs + h) * Columns::outputs + w,
                                                      offset = i - Windows::origin(c, h, w);
                                    unrolled<tile>([&](auto k) TENON_INLINE_LAMBDA {
                                        sums[k] =
                                            sums[k] + share.template operator()<V>(
                                                          o * Stride + s + k * lane_count<V>, h, w, offset);
                                    });
                                }
                            unrolled<tile>([&](auto k) TENON_INLINE_LAMBDA {
                                store(dx.data + i * Stride + s + k * lane_count<V>, sums[k]);
                            });
                        }
        }
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
