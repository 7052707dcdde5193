// Convolutions of one sample with positions of the image in the lanes.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/padded_copy.hpp>
#include <tenon/kernels/tile.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// How registers of one sample run along the positions of an output channel, if the kernel moves by single
/// columns: row by row, the last register of a row beginning earlier so that it ends with the row; or, if
/// the image keeps its size, through all rows, without the values of elements that would read the end of
/// another row. Both read a copy of the image with its padding, unless there is none.
template <class S, class V> struct PositionRegisters {
    using R = typename S::Rows;
    using C = typename S::Columns;
    static constexpr std::size_t lanes = lane_count<V>;
    static constexpr bool same_size = R::stride == 1 && R::out == R::in && C::out == C::in && C::clipped,
                          by_row_is_possible = C::stride == 1 && C::out >= lanes,
                          through_rows_is_possible = C::stride == 1 && same_size;
    static constexpr std::size_t by_row = R::out * registers<V>(C::out),
                                 through_rows = registers<V>(R::out * C::out);
    static constexpr bool masked =
        through_rows_is_possible && (!by_row_is_possible || 5 * through_rows < 4 * by_row);
    static constexpr std::size_t count = masked ? through_rows : by_row;
    /// The copy: rows with their padding. Those of `masked` have none at their ends, but as much as an
    /// element reads before the first and behind the last row.
    static constexpr bool copied = R::clipped || C::clipped;
    static constexpr std::size_t pitch = copied && !masked ? C::padded_in : C::in,
                                 rows = copied ? R::padded_in : R::in,
                                 margin = masked ? C::before + C::after + lanes : lanes,
                                 plane = copied ? rounded_up(rows * pitch + margin, 16) : S::in_positions,
                                 bytes =
                                     copied ? (S::in_of_group * plane + margin) * sizeof(math::Scalar<V>) : 0;
    static constexpr std::size_t max_bytes = 32 * 1024;
    static constexpr bool possible =
        (by_row_is_possible || through_rows_is_possible) && bytes <= max_bytes && 1 < lanes;
};

/// Masks for `masked`: all bits of lane p of element b of a kernel row, if it reads its own row, else none.
/// No factors: 0 times an infinity of another row would be NaN.
template <class S, class T, std::size_t Padded>
inline constexpr auto column_masks = [] {
    using C = typename S::Columns;
    using Bits = math::Unsigned<T>;
    std::array<std::array<Bits, Padded>, C::kernel> masks{};
    for (std::size_t b = 0; b < C::kernel; ++b)
        for (std::size_t p = 0; p < Padded; ++p) {
            const std::size_t column = p % C::out + b * C::dilation; // with the padding before
            masks[b][p] = column >= C::before && column < C::before + C::in ? ~Bits{0} : Bits{0};
        }
    return masks;
}();

/// The lanes of a value that read their own row, with element e of a kernel row and the first lane at
/// position `first`; the other lanes are 0.
template <class S, class V> TENON_INLINE V of_own_row(V value, std::size_t e, std::size_t first) noexcept {
    using T = math::Scalar<V>;
    constexpr std::size_t padded = PositionRegisters<S, V>::count * lane_count<V>;
    // by xsimd, for an instruction of floats: after a multiply-add, g++'s for integers takes longer (Zen 3)
    const T* const mask = reinterpret_cast<const T*>(column_masks<S, T, padded>[e].data() + first);
    return value.batch & load<V>(mask).batch;
}

/// A group with its positions in the lanes. x is an image as PositionRegisters says.
template <class S, bool Bias, class V, class T, class F>
void convolve_along_positions(const T* w, const T* b, const T* x, T* y, F f) noexcept {
    using P = PositionRegisters<S, V>;
    using C = typename S::Columns;
    constexpr std::size_t lanes = lane_count<V>, row_registers = registers<V>(C::out),
                          positions = S::out_positions;
    for_rows<V, S::out_of_group>([&]<std::size_t Rows>(std::size_t m) {
        constexpr std::size_t sums = tile_rows<V> * tile_columns<V>;
        constexpr bool mask_sums = P::masked && Rows == 1 && 2 * C::kernel <= sums;
        constexpr std::size_t max_columns = sums / (mask_sums ? C::kernel : Rows);
        for_parts<P::count, (max_columns < 4 ? max_columns : 4)>([&]<std::size_t Columns>(std::size_t n) {
            const T* from[Columns];
            std::size_t to[Columns];
            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                if constexpr (P::masked) {
                    to[c] = (n + c) * lanes;
                    from[c] = x + to[c];
                } else {
                    const std::size_t row = (n + c) / row_registers, at = (n + c) % row_registers * lanes,
                                      column = at + lanes > C::out ? C::out - lanes : at;
                    to[c] = row * C::out + column;
                    from[c] = x + row * S::Rows::stride * P::pitch + column;
                }
            });
            const auto finish = [&](auto r, auto c, V z) TENON_INLINE_LAMBDA {
                T* const first = y + (m + r) * positions + to[c];
                if constexpr (P::masked && positions % lanes != 0)
                    if (to[c] + lanes > positions) return store_first<positions % lanes>(first, z);
                store(first, z);
            };
            if constexpr (mask_sums) {
                // a sum for each element of a kernel row, so that one mask serves all rows and channels
                V sum[C::kernel][Columns];
                unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA { sum[e][c] = T(0); });
                });
                for (std::size_t k = 0; k < S::in_of_group; ++k)
                    repeated<S::Rows::kernel>([&](std::size_t a) TENON_INLINE_LAMBDA {
                        const std::size_t offset = k * P::plane + a * S::Rows::dilation * P::pitch;
                        unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                            const V broadcast = w[m + ((k * S::Rows::kernel + a) * C::kernel + e) * S::out];
                            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                                sum[e][c] = math::fma(broadcast, load<V>(from[c] + offset + e * C::dilation),
                                                      sum[e][c]);
                            });
                        });
                    });
                unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                    V total = Bias ? b[m] : T(0);
                    unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                        if constexpr (e * C::dilation == C::before) total += sum[e][c];
                        else total += of_own_row<S>(sum[e][c], e, to[c]);
                    });
                    finish(Index<0>{}, c, f(total));
                });
                return;
            }
            V sum[Rows][Columns];
            unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA { sum[r][c] = Bias ? b[m + r] : T(0); });
            });
            const T* weight = w + m;
            for (std::size_t k = 0; k < S::in_of_group; ++k)
                for (std::size_t a = 0; a < S::Rows::kernel; ++a) {
                    const std::size_t offset = k * P::plane + a * S::Rows::dilation * P::pitch;
                    repeated<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                        V x_row[Columns];
                        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                            V read = load<V>(from[c] + offset + e * C::dilation);
                            if constexpr (P::masked)
                                if (e * C::dilation != C::before) read = of_own_row<S>(read, e, to[c]);
                            x_row[c] = math::keep_in_register(read);
                        });
                        unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                            const V broadcast = weight[r];
                            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                                sum[r][c] = math::fma(broadcast, x_row[c], sum[r][c]);
                            });
                        });
                        weight += S::out;
                    });
                }
            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA { finish(r, c, f(sum[r][c])); });
            });
        });
    });
}

/// Calls use(g, image) for every group, with its image as PositionRegisters says.
template <class S, class V, class T, class Use> void with_padding(const T* x, Use use) noexcept {
    using P = PositionRegisters<S, V>;
    if constexpr (!P::copied)
        for (std::size_t g = 0; g < S::groups; ++g) use(g, x + g * S::in_of_group * S::in_positions);
    else {
        // rows that are neighbours in the copy, too, are copied as one
        constexpr std::size_t rows = P::pitch == S::Columns::in ? 1 : S::Rows::in,
                              columns = S::in_positions / rows;
        constexpr std::size_t before = S::Rows::before * P::pitch + (P::masked ? 0 : S::Columns::before);
        alignas(64) T copy[P::bytes / sizeof(T)] = {}; // the zeros stay for all groups
        T* const first = copy + (P::masked ? P::margin : 0);
        for (std::size_t g = 0; g < S::groups; ++g) {
            for (std::size_t k = 0; k < S::in_of_group; ++k, x += S::in_positions)
                for (std::size_t row = 0; row < rows; ++row)
                    copy_values<V, columns>(x + row * columns,
                                            first + k * P::plane + before + row * P::pitch);
            use(g, static_cast<const T*>(first) - (P::masked ? S::Columns::before : 0));
        }
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
