// Maxima and means over windows, forward and backward.
#pragma once

#include <tenon/kernels/window_loops.hpp>
#include <tenon/kernels/windows.hpp>
#include <tenon/simd/primitives.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether `value` takes the place of the maximum so far: PyTorch's rule. Of equal values the first stays,
/// and a NaN is larger than all values.
template <class T>
    requires(lane_count<T> == 1)
constexpr bool exceeds(T value, T maximum) noexcept {
    // -ffinite-math-only permits compilers to reverse a comparison, which is then true for NaN
    const bool larger = value > maximum && !(math::assumes_finite && math::is_nan(maximum));
    return larger || math::is_nan(value);
}
#ifndef TENON_SCALAR
template <class T, std::size_t W> TENON_INLINE auto exceeds(Lanes<T, W> value, Lanes<T, W> maximum) noexcept {
    using V = Lanes<T, W>;
    if constexpr (!math::assumes_finite) return (value > maximum) | !(value == value);
    else { // NaN by its bits, as in math::keep_nan
        using Bits = decltype(math::to_bits(value));
        const auto is_nan = [](V v) {
            const typename Bits::register_type magnitude = math::to_bits(v) & Bits(~math::sign_bit<T>);
            const Bits below_infinity = Bits(math::infinity_bits<T>) - Bits(math::parts::hidden(magnitude));
            const Bits all =
                Bits(math::Unsigned<T>{0}) - math::shift_right(below_infinity, sizeof(T) * 8 - 1);
            return math::from_bits<V>(all & math::to_bits(V(T(1)))) > V(T(0));
        };
        return ((value > maximum) & !is_nan(maximum)) | is_nan(value);
    }
}
#endif

/// The maximum; NaN if either is NaN.
template <class V> TENON_INLINE constexpr V maximum_or_nan(V value, V maximum) noexcept {
    if constexpr (lane_count<V> == 1) return exceeds(value, maximum) ? value : maximum;
    else // the maximum of a NaN and a number is the second, and all bits of an exponent are set in NaN
        return math::from_bits<V>(math::to_bits(math::max(value, maximum)) |
                                  math::to_bits(math::max(maximum, value)));
}

/// The trace of a max pool has for each output the offset of the maximum in its window (Windows), a number.
template <class Windows, class Y, class Trace> struct MaxPoolForward {
    using T = typename Y::Scalar;
    static constexpr bool keeps_offset = !std::is_same_v<Trace, NoView>;
    Y y;
    Trace trace;

    template <class V, bool WholeRows, bool WholeColumns, std::size_t Step, class Read>
    TENON_INLINE constexpr void operator()(std::size_t at, std::size_t h, std::size_t w,
                                           Read read) const noexcept {
        using Rows = typename Windows::Rows;
        using Columns = typename Windows::Columns;
        const std::size_t first =
            (WholeRows ? 0 : Rows::first(h)) * Columns::size + (WholeColumns ? 0 : Columns::first(w));
        V maximum = read(first);
        if constexpr (keeps_offset) {
            V place(as_number<T>(first));
            Windows::template for_each_element<WholeRows, WholeColumns>(
                h, w, [&](std::size_t offset) TENON_INLINE_LAMBDA {
                    if (offset == first) return;
                    const V value = read(offset);
                    const auto larger = exceeds(value, maximum);
                    maximum = math::select(larger, value, maximum);
                    place = math::select(larger, V(as_number<T>(offset)), place);
                });
            store(trace.data + at, in_order<Step>(place));
        } else
            Windows::template for_each_element<WholeRows, WholeColumns>(
                h, w, [&](std::size_t offset) TENON_INLINE_LAMBDA {
                    if (offset != first) maximum = maximum_or_nan(read(offset), maximum);
                });
        store(y.data + at, in_order<Step>(maximum));
    }
};

/// y = the maximum of each window. If there is a trace, the offsets of the maxima are kept.
template <class Windows, class X, class Y, class Trace>
constexpr void max_pool(X x, Y y, Trace trace) noexcept {
    for_each_window<Windows>(x, MaxPoolForward<Windows, Y, Trace>{y, trace});
}

/// dx = the sum of dy over the windows whose maximum x is.
template <class Windows, class T, std::size_t Stride, class Trace, class Dy>
constexpr void max_pool_gradient(Trace trace, Dy dy, Block<T, Stride> dx) noexcept {
    const auto share = [=]<class V>(std::size_t at, std::size_t, std::size_t, std::size_t offset)
                           TENON_INLINE_LAMBDA {
                               return V(math::select(load<V>(trace.data + at) == V(as_number<T>(offset)),
                                                     load<V>(dy.data + at), V(T(0))));
                           };
    sum_over_windows<Windows>(dx, share);
}
template <class Windows, class T, class Trace, class Dy>
constexpr void max_pool_gradient(Trace trace, Dy dy, Sample<T> dx) noexcept {
    for (std::size_t i = 0; i < Windows::inputs; ++i) dx.data[i] = T(0);
    std::size_t o = 0;
    for (std::size_t c = 0; c < Windows::channels; ++c)
        for (std::size_t h = 0; h < Windows::Rows::outputs; ++h)
            for (std::size_t w = 0; w < Windows::Columns::outputs; ++w, ++o) {
                T& to = dx.data[Windows::origin(c, h, w) +
                                static_cast<std::size_t>(static_cast<std::ptrdiff_t>(trace.data[o]))];
                to = to + dy.data[o];
            }
}

/// 1 / the number of values that the mean of window (h, w) is divided by: those within the image, and, if
/// CountPadding, those of the padding.
template <class Windows, bool CountPadding, class T>
constexpr T mean_factor([[maybe_unused]] std::size_t h, [[maybe_unused]] std::size_t w) noexcept {
    using Rows = typename Windows::Rows;
    using Columns = typename Windows::Columns;
    constexpr bool same =
        CountPadding ? Rows::all_padded_whole && Columns::all_padded_whole : Windows::all_whole;
    if constexpr (same) return T(1) / static_cast<T>(Windows::elements);
    else if constexpr (CountPadding)
        return T(1) / static_cast<T>(Rows::padded_count(h) * Columns::padded_count(w));
    else
        return T(1) / static_cast<T>((Rows::end(h) - Rows::first(h)) * (Columns::end(w) - Columns::first(w)));
}

template <class Windows, bool CountPadding, class Y> struct AveragePoolForward {
    using T = typename Y::Scalar;
    Y y;

    template <class V, bool WholeRows, bool WholeColumns, std::size_t Step, class Read>
    TENON_INLINE constexpr void operator()(std::size_t at, std::size_t h, std::size_t w,
                                           Read read) const noexcept {
        V sum(T(0));
        Windows::template for_each_element<WholeRows, WholeColumns>(
            h, w, [&](std::size_t offset) TENON_INLINE_LAMBDA { sum = sum + read(offset); });
        store(y.data + at, in_order<Step>(sum) * V(mean_factor<Windows, CountPadding, T>(h, w)));
    }
};

/// y = the mean of each window.
template <class Windows, bool CountPadding, class X, class Y> constexpr void average_pool(X x, Y y) noexcept {
    for_each_window<Windows>(x, AveragePoolForward<Windows, CountPadding, Y>{y});
}

/// dx = the sum over the windows that x is in of dy / the window's number of values.
template <class Windows, bool CountPadding, class T, std::size_t Stride, class Dy>
constexpr void average_pool_gradient(Dy dy, Block<T, Stride> dx) noexcept {
    const auto share = [=]<class V>(std::size_t at, std::size_t h, std::size_t w, std::size_t)
                           TENON_INLINE_LAMBDA {
                               return load<V>(dy.data + at) * V(mean_factor<Windows, CountPadding, T>(h, w));
                           };
    sum_over_windows<Windows>(dx, share);
}
template <class Windows, bool CountPadding, class T, class Dy>
constexpr void average_pool_gradient(Dy dy, Sample<T> dx) noexcept {
    for (std::size_t i = 0; i < Windows::inputs; ++i) dx.data[i] = T(0);
    using Rows = typename Windows::Rows;
    using Columns = typename Windows::Columns;
    for (std::size_t c = 0; c < Windows::channels; ++c)
        for (std::size_t h = 0; h < Rows::outputs; ++h) {
            T sums[Columns::size]{}; // of the shares of a row of windows
            for (std::size_t w = 0; w < Columns::outputs; ++w) {
                const T share = dy.data[(c * Rows::outputs + h) * Columns::outputs + w] *
                                mean_factor<Windows, CountPadding, T>(h, w);
                const std::size_t left = w * Columns::step - Columns::padding; // may wrap around
                for (std::size_t j = Columns::first(w); j < Columns::end(w); ++j) sums[left + j] += share;
            }
            for (std::size_t i = Rows::first(h); i < Rows::end(h); ++i) {
                T* const row =
                    dx.data + (c * Rows::size + h * Rows::step + i - Rows::padding) * Columns::size;
                map_row<Columns::size>(row, [](auto a, auto b) { return a + b; }, row, sums);
            }
        }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
