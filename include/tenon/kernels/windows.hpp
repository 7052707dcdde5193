// The windows of a pool: where they lie, and loops over them for one sample and for a block.
#pragma once

#include <tenon/kernels/rows.hpp>
#include <tenon/simd/unroll.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The windows along one axis of Size values. Window o has the values o * Stride - Padding + i, i < Kernel,
/// without those outside of the axis. If Ceil, a last window that ends after the padding is kept (PyTorch's
/// ceil_mode), but for one that would begin there.
template <std::size_t Size, std::size_t Kernel, std::size_t Stride, std::size_t Padding, bool Ceil>
struct WindowAxis {
    static constexpr std::size_t size = Size, kernel = Kernel, stride = Stride, padding = Padding,
                                 padded = Size + 2 * Padding,
                                 step = Stride == 0 ? 1 : Stride; // 0 is refused by the layer
    static constexpr std::size_t outputs = [] {
        if (Kernel > padded) return std::size_t{1}; // refused by the layer
        const std::size_t whole = (padded - Kernel) / step + 1;
        return Ceil && (padded - Kernel) % step != 0 && whole * step < Size + Padding ? whole + 1 : whole;
    }();
    /// Windows from whole_begin to whole_end - 1 lie within the axis.
    static constexpr std::size_t whole_begin = (Padding + step - 1) / step;
    static constexpr std::size_t whole_end = [] {
        if (Size + Padding < Kernel) return whole_begin;
        const std::size_t end = (Size + Padding - Kernel) / step + 1, kept = end < outputs ? end : outputs;
        return kept > whole_begin ? kept : whole_begin;
    }();
    static constexpr bool all_whole = whole_begin == 0 && whole_end == outputs;
    /// Whether all windows lie within the padded axis.
    static constexpr bool all_padded_whole = (outputs - 1) * Stride + Kernel <= padded;
    /// Whether each value is in one window.
    static constexpr bool is_divided = all_whole && Stride == Kernel && outputs * Stride == Size;

    static constexpr bool is_whole(std::size_t o) noexcept {
        return all_whole || (o >= whole_begin && o < whole_end);
    }
    /// Elements of window o from first(o) to end(o) - 1 lie within the axis.
    static constexpr std::size_t first(std::size_t o) noexcept {
        return o * Stride < Padding ? Padding - o * Stride : 0;
    }
    static constexpr std::size_t end(std::size_t o) noexcept {
        const std::size_t rest = Size + Padding - o * Stride;
        return rest < Kernel ? rest : Kernel;
    }
    /// The elements of window o within the padded axis.
    static constexpr std::size_t padded_count(std::size_t o) noexcept {
        const std::size_t rest = padded - o * Stride;
        return rest < Kernel ? rest : Kernel;
    }
    /// Value i is in the windows from first_window(i) to end_window(i) - 1.
    static constexpr std::size_t first_window(std::size_t i) noexcept {
        return i + Padding < Kernel ? 0 : (i + Padding - Kernel) / Stride + 1;
    }
    static constexpr std::size_t end_window(std::size_t i) noexcept {
        const std::size_t end = (i + Padding) / Stride + 1;
        return end < outputs ? end : outputs;
    }
};

/// The windows of an image of Channels x Rows::size x Columns::size values. Within a window, the element in
/// row i and column j has the offset i * Columns::size + j.
template <std::size_t Channels, class RowAxis, class ColumnAxis> struct Windows {
    using Rows = RowAxis;
    using Columns = ColumnAxis;
    static constexpr std::size_t channels = Channels, elements = Rows::kernel * Columns::kernel,
                                 outputs = Channels * Rows::outputs * Columns::outputs,
                                 inputs = Channels * Rows::size * Columns::size;
    static constexpr bool all_whole = Rows::all_whole && Columns::all_whole,
                          is_divided = Rows::is_divided && Columns::is_divided;

    /// The index of the value with offset 0 in a window. It wraps around if that is above or left of the
    /// image; adding the offset of a value within the image wraps it back.
    static constexpr std::size_t origin(std::size_t c, std::size_t h, std::size_t w) noexcept {
        return (c * Rows::size + h * Rows::stride - Rows::padding) * Columns::size + w * Columns::stride -
               Columns::padding;
    }

    /// Calls f(offset) for each element of window (h, w) within the image, in row-major order. WholeRows,
    /// WholeColumns: all of its rows, or columns, are known to lie within the image.
    template <bool WholeRows, bool WholeColumns, class F>
    TENON_INLINE static constexpr void for_each_element([[maybe_unused]] std::size_t h,
                                                        [[maybe_unused]] std::size_t w, F f) noexcept {
        if constexpr (WholeRows && WholeColumns && elements <= 16)
            unrolled<elements>([&](auto k) __attribute__((always_inline)) {
                f(k / Columns::kernel * Columns::size + k % Columns::kernel);
            });
        else {
            const std::size_t top = WholeRows ? 0 : Rows::first(h),
                              left = WholeColumns ? 0 : Columns::first(w),
                              bottom = WholeRows ? Rows::kernel : Rows::end(h),
                              right = WholeColumns ? Columns::kernel : Columns::end(w);
            for (std::size_t i = top; i < bottom; ++i)
                for (std::size_t j = left; j < right; ++j) f(i * Columns::size + j);
        }
    }
};

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
        return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
            return V(typename V::Batch(__builtin_shufflevector(
                low, high,
                (I / part * part +
                 (I % part < half ? 2 * (I % part) : lanes + 1 + 2 * (I % part - half)))...)));
        }(std::make_index_sequence<lanes>{});
    } else
        return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
            typename V::Batch::register_type values{from[I * Step]...};
            return V(typename V::Batch(values));
        }(std::make_index_sequence<lanes>{});
}
template <std::size_t Step, class V> TENON_INLINE constexpr V in_order(V values) noexcept {
    if constexpr (lane_count<V> * sizeof(math::Scalar<V>) <= 16 || Step != 2) return values;
    else {
        constexpr std::size_t lanes = lane_count<V>, part = 16 / sizeof(math::Scalar<V>), half = part / 2;
        const typename V::Batch::register_type from = values.batch;
        return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
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
                    const auto all = [&]<bool Whole>() __attribute__((always_inline)) {
                        for (std::size_t s = 0; s < x.end(); s += lane_count<V>)
                            pool.template operator()<V, Whole, Whole, 1>(
                                o * Stride + s, h, w, [=](std::size_t offset) __attribute__((always_inline)) {
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
                const auto at = [&]<class U, bool WholeRows, bool WholeColumns>(
                                    std::size_t w) __attribute__((always_inline)) {
                    const std::size_t origin = Windows::origin(c, h, w);
                    pool.template operator()<U, WholeRows, WholeColumns, Columns::step>(
                        (c * Rows::outputs + h) * Columns::outputs + w, h, w,
                        [=](std::size_t offset) __attribute__((always_inline)) {
                            return load_every<U, Columns::step>(x.data + (origin + offset));
                        });
                };
                const auto row = [&]<bool WholeRows>() __attribute__((always_inline)) {
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
                                h, w, [&](std::size_t offset) __attribute__((always_inline)) {
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
                            unrolled<tile>([&](auto k) __attribute__((always_inline)) { sums[k] = V(T(0)); });
                            for (std::size_t h = Rows::first_window(row); h < Rows::end_window(row); ++h)
                                for (std::size_t w = Columns::first_window(column);
                                     w < Columns::end_window(column); ++w) {
                                    const std::size_t o = (c * Rows::outputs + h) * Columns::outputs + w,
                                                      offset = i - Windows::origin(c, h, w);
                                    unrolled<tile>([&](auto k) __attribute__((always_inline)) {
                                        sums[k] =
                                            sums[k] + share.template operator()<V>(
                                                          o * Stride + s + k * lane_count<V>, h, w, offset);
                                    });
                                }
                            unrolled<tile>([&](auto k) __attribute__((always_inline)) {
                                store(dx.data + i * Stride + s + k * lane_count<V>, sums[k]);
                            });
                        }
        }
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
