// The gradients of a convolution's weights and biases.
#pragma once

#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/plain_convolution.hpp>
#include <tenon/kernels/tile.hpp>
#include <tenon/simd/across.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Weights whose gradients are summed at once: those of `rows` x `columns` elements of the kernel, or, if it
/// has one element, of `channels`; each for `outputs` outputs. Rows x columns values of x are neighbours.
template <class V, class S> struct GradientTile {
    static constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }
    static constexpr std::size_t sums = tile_rows<V> * tile_columns<V>;
    static constexpr std::size_t of_inputs =
        S::taps == 1 ? smaller(S::in_of_group, sums / 3) : smaller(S::Columns::kernel, sums / 2);
    static constexpr std::size_t outputs = smaller(S::out_of_group, sums / of_inputs);
    static constexpr std::size_t channels = S::taps == 1 ? of_inputs : 1,
                                 columns = S::taps == 1 ? 1 : of_inputs;
    static constexpr std::size_t rows =
        columns < S::Columns::kernel ? 1 : smaller(S::Rows::kernel, smaller(sums / (of_inputs * outputs), 6));
};

/// Visits the outputs of S that the elements (row, column) to (row + Rows - 1, column + Columns - 1) of the
/// kernel contribute to: segment(row, first, end) for outputs of a row that all of them contribute to, and
/// single(row, column, used) for each other one, where used(a, b) tells whether element (a, b) does.
template <class S, std::size_t Rows, std::size_t Columns, class Segment, class Single>
TENON_INLINE constexpr void for_each_output(std::size_t kernel_row, std::size_t kernel_column,
                                            Segment segment, Single single) noexcept {
    using R = typename S::Rows;
    using C = typename S::Columns;
    if constexpr (!R::clipped && !C::clipped) {
        for (std::size_t row = 0; row < R::out; ++row) segment(row, 0, C::out);
        return;
    }
    // The ranges of the last elements end first, and those of the first begin last.
    const std::size_t first_row = R::outputs(kernel_row + Rows - 1).first,
                      end_row = R::outputs(kernel_row).end,
                      first_column = C::outputs(kernel_column + Columns - 1).first,
                      end_column = C::outputs(kernel_column).end, all_first = C::outputs(kernel_column).first,
                      all_end = C::outputs(kernel_column + Columns - 1).end;
    for (std::size_t row = first_row; row < end_row; ++row) {
        const bool all_rows =
            Rows == 1 || (R::outputs(kernel_row).first <= row && row < R::outputs(kernel_row + Rows - 1).end);
        const auto singles = [&](std::size_t first, std::size_t end) TENON_INLINE_LAMBDA {
            for (std::size_t column = first; column < end; ++column)
                single(row, column, [=](auto a, auto b) TENON_INLINE_LAMBDA {
                    const auto rows = R::outputs(kernel_row + a);
                    const auto columns = C::outputs(kernel_column + b);
                    return rows.first <= row && row < rows.end && columns.first <= column &&
                           column < columns.end;
                });
        };
        if (!all_rows || all_first >= all_end) singles(first_column, end_column);
        else {
            singles(first_column, all_first);
            segment(row, all_first, all_end);
            singles(all_end, end_column);
        }
    }
}

/// The gradients of a tile's weights: dw[i][o] = the sum over samples and positions of x_i dz_o, where i is
/// an element of the kernel, or an input channel. Accumulates per lane, in the order of positions, and
/// reduces across lanes at the end. x is the first channel, dz the first output, dw the weight of both. The
/// unused lanes of the block are left out (views.hpp). Whole: a block without such lanes, compiled
/// separately, because clang 19 keeps half of the sums on the stack if one function handles both.
template <bool Whole, class V, class S, std::size_t Channels, std::size_t Rows, std::size_t Columns,
          std::size_t Outputs, std::size_t Stride, class T>
constexpr void weight_gradient_tile(const T* x, const T* dz, std::size_t samples, std::size_t kernel_row,
                                    std::size_t kernel_column, T* dw, bool add) noexcept {
    constexpr std::size_t lanes = lane_count<V>, inputs = Channels * Rows * Columns, count = inputs * Outputs,
                          in_columns = S::Columns::in, padded_count = rounded_up(count, lanes);
    // The distance in x of input i from the first.
    constexpr auto distance = [](std::size_t i) {
        return (i / (Rows * Columns) * S::in_positions +
                i % (Rows * Columns) / Columns * S::Rows::dilation * in_columns +
                i % Columns * S::Columns::dilation) *
               Stride;
    };
    V sum[padded_count];
    unrolled<padded_count>([&](auto i) TENON_INLINE_LAMBDA { sum[i] = T(0); });

    // Registers of the output (row, column) in dz, and of what the first element reads for it in x, which may
    // lie outside of the image.
    const auto dz_at = [=](std::size_t row, std::size_t column)
                           TENON_INLINE_LAMBDA { return dz + (row * S::Columns::out + column) * Stride; };
    const auto x_at = [=](std::size_t row, std::size_t column) TENON_INLINE_LAMBDA {
        const auto in_row =
                       static_cast<std::ptrdiff_t>(row * S::Rows::stride + kernel_row * S::Rows::dilation) -
                       static_cast<std::ptrdiff_t>(S::Rows::before),
                   in_column = static_cast<std::ptrdiff_t>(column * S::Columns::stride +
                                                           kernel_column * S::Columns::dilation) -
                               static_cast<std::ptrdiff_t>(S::Columns::before);
        return x + (in_row * static_cast<std::ptrdiff_t>(in_columns) + in_column) *
                       static_cast<std::ptrdiff_t>(Stride);
    };
    // Holds the fewer operands in registers; the others are read once each.
    const auto add_register = [&](const T* from, const T* z) TENON_INLINE_LAMBDA {
        if constexpr (inputs <= Outputs) {
            V x_registers[inputs];
            unrolled<inputs>([&](auto i) TENON_INLINE_LAMBDA {
                x_registers[i] = math::keep_in_register(load<V>(from + distance(i)));
            });
            unrolled<Outputs>([&](auto o) TENON_INLINE_LAMBDA {
                const V read = math::keep_in_register(load<V>(z + o * S::out_positions * Stride));
                unrolled<inputs>([&](auto i) TENON_INLINE_LAMBDA {
                    sum[i * Outputs + o] = math::fma(x_registers[i], read, sum[i * Outputs + o]);
                });
            });
        } else {
            V dz_registers[Outputs];
            unrolled<Outputs>([&](auto o) TENON_INLINE_LAMBDA {
                dz_registers[o] = math::keep_in_register(load<V>(z + o * S::out_positions * Stride));
            });
            unrolled<inputs>([&](auto i) TENON_INLINE_LAMBDA {
                const V read = math::keep_in_register(load<V>(from + distance(i)));
                unrolled<Outputs>([&](auto o) TENON_INLINE_LAMBDA {
                    sum[i * Outputs + o] = math::fma(read, dz_registers[o], sum[i * Outputs + o]);
                });
            });
        }
    };
    // The same of the first `used_lanes` lanes, without the elements that read padding.
    const auto add_some = [&](const T* from, const T* z, std::size_t used_lanes,
                              auto used) TENON_INLINE_LAMBDA {
        unrolled<inputs>([&](auto i) TENON_INLINE_LAMBDA {
            if (!used(i % (Rows * Columns) / Columns, i % Columns)) return;
            const V read = load<V>(from + distance(i));
            unrolled<Outputs>([&](auto o) TENON_INLINE_LAMBDA {
                V& to = sum[i * Outputs + o];
                const V added = math::fma(read, load<V>(z + o * S::out_positions * Stride), to);
                if constexpr (Whole || lanes == 1) to = added;
                else to = used_lanes < lanes ? first_lanes(used_lanes, added, to) : added;
            });
        });
    };
    const auto all = [](auto, auto) TENON_INLINE_LAMBDA { return true; };
    const std::size_t whole = Whole ? Stride : samples / lanes * lanes, end_sample = Whole ? Stride : samples;
    for_each_output<S, Rows, Columns>(
        kernel_row, kernel_column,
        [&](std::size_t row, std::size_t first, std::size_t end) TENON_INLINE_LAMBDA {
            const T *from = x_at(row, first), *z = dz_at(row, first);
            if constexpr (S::Columns::stride == 1 && Whole) // no gaps between positions
                for (const T* const z_end = z + (end - first) * Stride; z != z_end; z += lanes, from += lanes)
                    add_register(from, z);
            else
                for (; first < end; ++first, from += S::Columns::stride * Stride, z += Stride) {
                    for (std::size_t s = 0; s < whole; s += lanes) add_register(from + s, z + s);
                    if constexpr (!Whole)
                        if (whole < samples) add_some(from + whole, z + whole, samples - whole, all);
                }
        },
        [&](std::size_t row, std::size_t column, auto used) TENON_INLINE_LAMBDA {
            const T *const from = x_at(row, column), *const z = dz_at(row, column);
            for (std::size_t s = 0; s < end_sample; s += lanes)
                add_some(from + s, z + s, samples - s < lanes ? samples - s : lanes, used);
        });

    alignas(64) T totals[padded_count];
    unrolled<padded_count / lanes>([&](auto r) TENON_INLINE_LAMBDA {
        V row[lanes];
        unrolled<lanes>([&](auto lane) TENON_INLINE_LAMBDA { row[lane] = sum[r * lanes + lane]; });
        store(totals + r * lanes, math::row_sums(row));
    });
    for (std::size_t i = 0; i < inputs; ++i)
        for (std::size_t o = 0; o < Outputs; ++o) {
            T& to = dw[(i / (Rows * Columns) * S::taps + i % (Rows * Columns) / Columns * S::Columns::kernel +
                        i % Columns) *
                           S::out +
                       o];
            to = add ? to + math::rounded(totals[i * Outputs + o]) : totals[i * Outputs + o];
        }
}

/// dw = the sum over samples and positions of x dz; added to dw if `add`. x and dz are blocks of `samples`
/// samples.
template <bool Whole, class S, class V, std::size_t Stride, class T>
constexpr void weight_gradient_of_block(const T* x, const T* dz, std::size_t samples, T* dw,
                                        bool add) noexcept {
    using Tile = GradientTile<V, S>;
    for (std::size_t g = 0; g < S::groups; ++g)
        for_parts<S::out_of_group, Tile::outputs>([&]<std::size_t Outputs>(std::size_t o) {
            for_parts<S::in_of_group, Tile::channels>([&]<std::size_t Channels>(std::size_t c) {
                for_parts<S::Rows::kernel, Tile::rows>([&]<std::size_t Rows>(std::size_t a) {
                    for_parts<S::Columns::kernel, Tile::columns>([&]<std::size_t Columns>(std::size_t b) {
                        const std::size_t output = g * S::out_of_group + o;
                        weight_gradient_tile<Whole, V, S, Channels, Rows, Columns, Outputs, Stride>(
                            x + (g * S::in_of_group + c) * S::in_positions * Stride,
                            dz + output * S::out_positions * Stride, samples, a, b,
                            dw + ((c * S::Rows::kernel + a) * S::Columns::kernel + b) * S::out + output, add);
                    });
                });
            });
        });
}

/// dw = the sum over samples and positions of x dz; added to dw if `add`.
template <class S, class T, std::size_t Stride>
constexpr void convolution_weight_gradient(Block<const T, Stride> x, Block<const T, Stride> dz, T* dw,
                                           bool add) noexcept {
    if constexpr (optimized)
        if (!std::is_constant_evaluated()) {
            using V = Value<T, Block<T, Stride>::lanes>;
            if (dz.samples == Stride)
                return weight_gradient_of_block<true, S, V, Stride>(x.data, dz.data, Stride, dw, add);
            return weight_gradient_of_block<false, S, V, Stride>(x.data, dz.data, dz.samples, dw, add);
        }
    plain::convolution_weight_gradient<S>(x, dz, dw, add);
}
/// The same of one sample.
template <class S, class T, class X, class Dz>
constexpr void convolution_weight_gradient(X x, Dz dz, T* dw, bool add) noexcept {
    if constexpr (optimized)
        if (!std::is_constant_evaluated())
            return weight_gradient_of_block<true, S, T, 1>(x.data, dz.data, 1, dw, add);
    plain::convolution_weight_gradient<S>(x, dz, dw, add);
}

/// db = the sum of dz over samples and positions; added to db if `add`.
template <std::size_t Out, std::size_t Positions, class T, class Dz>
constexpr void convolution_bias_gradient(Dz dz, T* db, bool add) noexcept {
    for (std::size_t c = 0; c < Out; ++c) {
        const T total =
            sum_channel<ChannelsOf<tenon::Shape<Out, Positions>>>(c, [](auto v) { return v; }, dz);
        db[c] = add ? db[c] + math::rounded(total) : total;
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
