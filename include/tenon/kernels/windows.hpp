// The windows of a pool: where they lie.
#pragma once

#include <tenon/simd/unroll.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The windows along one axis of Size values. Window o has the values o * Stride - Padding + i, i < Kernel,
/// without those outside of the axis. If Ceil, a last window that ends after the padding is kept (PyTorch's
/// ceil_mode), except one that would begin there.
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
        const std::size_t whole = (Size + Padding - Kernel) / step + 1,
                          end = whole < outputs ? whole : outputs;
        return end > whole_begin ? end : whole_begin;
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
        const std::size_t remaining = Size + Padding - o * Stride;
        return remaining < Kernel ? remaining : Kernel;
    }
    /// The elements of window o within the padded axis.
    static constexpr std::size_t padded_count(std::size_t o) noexcept {
        const std::size_t remaining = padded - o * Stride;
        return remaining < Kernel ? remaining : Kernel;
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
            unrolled<elements>([&](auto k) TENON_INLINE_LAMBDA {
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

} // namespace tenon

#include <tenon/config/epilogue.hpp>
