// The sizes of a convolution, and in which order its passes read image and kernel.
#pragma once

#include <tenon/kernels/convolution_axis.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A convolution of images of In channels, which gives Out channels; a one-dimensional one has one row. Its
/// weights are [In / Groups][kernel rows][kernel columns][Out]; group g has the outputs from g * Out / Groups
/// on, and the inputs likewise.
template <std::size_t In, std::size_t Out, std::size_t Groups, class RowAxis, class ColumnAxis>
struct ConvolutionShape {
    using Rows = RowAxis;
    using Columns = ColumnAxis;
    static constexpr std::size_t in = In, out = Out, groups = Groups, in_of_group = In / Groups,
                                 out_of_group = Out / Groups, in_positions = Rows::in * Columns::in,
                                 out_positions = Rows::out * Columns::out,
                                 taps = Rows::kernel * Columns::kernel, weights = in_of_group * taps * Out;
};

/// The position that element a of `taps` reads.
template <std::ptrdiff_t Step> constexpr std::size_t stepped(const Taps& taps, std::size_t a) noexcept {
    return static_cast<std::size_t>(static_cast<std::ptrdiff_t>(taps.position) +
                                    static_cast<std::ptrdiff_t>(a) * Step);
}

/// How y = W * x, a convolution, reads: y[m][p] = sum over channels k and elements t of the kernel of
/// w[m * row_step + k * depth_step + t * Out] * x[k][position of t for p], for the `rows` outputs m and
/// `depth` inputs k of a group.
template <class S> struct ForwardOrder {
    using Shape = S;
    static constexpr std::size_t groups = S::groups, rows = S::out_of_group, depth = S::in_of_group,
                                 row_step = 1, depth_step = S::taps * S::out, from_rows = S::Rows::in,
                                 from_columns = S::Columns::in, to_rows = S::Rows::out,
                                 to_columns = S::Columns::out;
    /// From an element of the kernel to the next, on the kernel and on x, along rows and columns.
    static constexpr std::size_t kernel_row_step = 1, kernel_column_step = 1;
    static constexpr std::ptrdiff_t from_row_step = static_cast<std::ptrdiff_t>(S::Rows::dilation),
                                    from_column_step = static_cast<std::ptrdiff_t>(S::Columns::dilation);
    /// From p, positions `to_column_period` to the right read positions `from_column_period` to the right.
    static constexpr std::size_t to_column_period = 1, from_column_period = S::Columns::stride;
    static constexpr bool clipped = S::Rows::clipped || S::Columns::clipped;

    static constexpr Taps row_taps(std::size_t row) noexcept { return S::Rows::taps(row); }
    static constexpr Taps column_taps(std::size_t column) noexcept { return S::Columns::taps(column); }
    /// The index of the value of channel k that element (a, b) of `i` and `j` reads.
    static constexpr std::size_t from(std::size_t k, const Taps& i, std::size_t a, const Taps& j,
                                      std::size_t b) noexcept {
        return (k * from_rows + stepped<from_row_step>(i, a)) * from_columns +
               stepped<from_column_step>(j, b);
    }
};

/// How dx = W^T * dz, the adjoint, reads: m is a channel of x, k one of z.
template <class S> struct AdjointOrder {
    using Shape = S;
    static constexpr std::size_t groups = S::groups, rows = S::in_of_group, depth = S::out_of_group,
                                 row_step = S::taps * S::out, depth_step = 1, from_rows = S::Rows::out,
                                 from_columns = S::Columns::out, to_rows = S::Rows::in,
                                 to_columns = S::Columns::in;
    static constexpr std::size_t kernel_row_step = S::Rows::adjoint_kernel_step,
                                 kernel_column_step = S::Columns::adjoint_kernel_step;
    static constexpr std::ptrdiff_t from_row_step = -static_cast<std::ptrdiff_t>(S::Rows::adjoint_step),
                                    from_column_step = -static_cast<std::ptrdiff_t>(S::Columns::adjoint_step);
    static constexpr std::size_t to_column_period = S::Columns::stride, from_column_period = 1;
    static constexpr bool clipped = S::taps > 1 || S::Rows::stride > 1 || S::Columns::stride > 1 ||
                                    S::Rows::out != S::Rows::in || S::Columns::out != S::Columns::in;

    static constexpr Taps row_taps(std::size_t row) noexcept { return S::Rows::adjoint_taps(row); }
    static constexpr Taps column_taps(std::size_t column) noexcept {
        return S::Columns::adjoint_taps(column);
    }
    /// The index of the value of channel k that element (a, b) of `i` and `j` reads.
    static constexpr std::size_t from(std::size_t k, const Taps& i, std::size_t a, const Taps& j,
                                      std::size_t b) noexcept {
        return (k * from_rows + stepped<from_row_step>(i, a)) * from_columns +
               stepped<from_column_step>(j, b);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
