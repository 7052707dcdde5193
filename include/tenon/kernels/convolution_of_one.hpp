// Convolutions of one sample: the lanes run along output channels, or along positions.
#pragma once

#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/transpose.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Channels in the lanes. A tile is Columns registers of channels at Positions neighbouring positions; what
/// it computes is collected position by position, and transposed when there is enough of it.
template <class S, bool Bias, class V, std::size_t Columns, class T, class F> class ChannelStrip {
    using R = typename S::Rows;
    using C = typename S::Columns;
    static constexpr std::size_t lanes = lane_count<V>, width = Columns * lanes,
                                 most_positions = tile_rows<V> * tile_columns<V> / Columns, capacity = 64;

public:
    /// w and b belong to the strip's first output, x to the group's first channel, y to the first output.
    constexpr ChannelStrip(const T* w, const T* b, const T* x, T* y, std::size_t channels, F f) noexcept
        : w_(w), b_(b), x_(x), y_(y), channels_(channels), f_(f) {}

    void run() noexcept {
        if constexpr (packed) {
            alignas(64) T weights[S::in_of_group * S::taps * width];
            for (std::size_t k = 0; k < S::in_of_group * S::taps; ++k)
                unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                    store(weights + k * width + n * lanes, load<V>(w_ + k * S::out + n * lanes));
                });
            w_ = weights;
            run_over_rows();
        } else run_over_rows();
    }

private:
    /// Whether the weights are copied to the stack, so that neighbours share cache lines.
    static constexpr bool packed = S::out > width&& S::out_positions >= 16 &&
                                   S::in_of_group* S::taps* width * sizeof(T) <= max_packed_bytes;
    static constexpr std::size_t tap_step = packed ? width : S::out;

    TENON_INLINE void run_over_rows() noexcept {
        // Outputs of a row that no element of the kernel reads padding for.
        constexpr std::size_t first = C::outputs(0).first, last = C::outputs(C::kernel - 1).end,
                              whole_end = last > first ? last : first;
        for (std::size_t row = 0; row < R::out; ++row) {
            const Taps i = R::taps(row);
            edge(i, 0, first);
            if constexpr (first < whole_end)
                for_parts<whole_end - first, most_positions>([&]<std::size_t Positions>(std::size_t column) {
                    tile<Positions>(i, [](auto, auto) TENON_INLINE_LAMBDA { return true; }, first + column);
                });
            edge(i, whole_end, C::out);
        }
        flush(filled_);
    }

    /// Positions of a row at which part of the kernel is on padding.
    void edge(Taps i, std::size_t first, std::size_t end) noexcept {
        constexpr std::size_t most = most_positions < 4 ? most_positions : 4;
        const auto tile_from = [&]<std::size_t Positions>(std::size_t column) {
            Taps taps[Positions];
            for (std::size_t p = 0; p < Positions; ++p) taps[p] = C::taps(column + p);
            tile<Positions>(
                i,
                [&](std::size_t b, auto p) TENON_INLINE_LAMBDA {
                    return b - taps[p].kernel < taps[p].count; // wraps around below the first
                },
                column);
        };
        for (; first + most <= end; first += most) tile_from.template operator()<most>(first);
        for (; first < end; ++first) tile_from.template operator()<1>(first);
    }

    /// The positions from `column` on, where used(b, p) says whether element b reads the image for position
    /// p.
    template <std::size_t Positions, class Used>
    TENON_INLINE void tile(Taps i, Used used, std::size_t column) noexcept {
        V sum[Positions][Columns];
        unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
            const V start = Bias ? load<V>(b_ + n * lanes) : V(T(0));
            unrolled<Positions>([&](auto p) TENON_INLINE_LAMBDA { sum[p][n] = start; });
        });
        const std::size_t kernel_rows = R::clipped ? i.count : R::kernel;
        const T* w_channel = w_ + i.kernel * C::kernel * tap_step;
        const T* x_channel = x_ + i.position * C::in;
        const auto origin =
            static_cast<std::ptrdiff_t>(column * C::stride) - static_cast<std::ptrdiff_t>(C::before);
        for (std::size_t k = 0; k < S::in_of_group;
             ++k, w_channel += S::taps * tap_step, x_channel += S::in_positions) {
            const T *weight = w_channel, *row = x_channel + origin;
            for (std::size_t a = 0; a < kernel_rows; ++a, row += R::dilation * C::in) {
                const T* from = row;
#ifdef __clang__
#pragma clang loop unroll_count(2)
#endif
                for (std::size_t b = 0; b < C::kernel; ++b, weight += tap_step, from += C::dilation) {
#if defined(__GNUC__) && !defined(__clang__)
                    // g++ would otherwise unroll short kernels, and keep values that their elements share in
                    // more registers than there are: half the speed for 3 x 3
                    asm("" : "+r"(from));
#endif
                    V weights[Columns];
                    unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                        weights[n] = math::keep_in_register(load<V>(weight + n * lanes));
                    });
                    unrolled<Positions>([&](auto p) TENON_INLINE_LAMBDA {
                        if (!used(b, p)) return;
                        const V broadcast = from[p * C::stride];
                        unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                            sum[p][n] = math::fma(broadcast, weights[n], sum[p][n]);
                        });
                    });
                }
            }
        }
        if (filled_ + Positions > capacity) flush(filled_ / 8 * 8);
        unrolled<Positions>([&](auto p) TENON_INLINE_LAMBDA {
            unrolled<Columns>([&](auto n) TENON_INLINE_LAMBDA {
                store(buffer_ + (filled_ + p) * width + n * lanes, f_(sum[p][n]));
            });
        });
        filled_ += Positions;
    }

    /// Writes the first `count` collected positions to y, and moves the others to the front.
    void flush(std::size_t count) noexcept {
        const std::size_t squares = count / 8 * 8;
        const auto to = [&](std::size_t c, std::size_t p) { return y_ + c * S::out_positions + p; };
        if (squares > 0)
            transpose<8>(squares, channels_, [&](std::size_t p) { return buffer_ + p * width; }, to);
        for (std::size_t p = squares; p < count; ++p)
            for (std::size_t c = 0; c < channels_; ++c) *to(c, p) = buffer_[p * width + c];
        y_ += count;
        filled_ -= count;
        for (std::size_t v = 0; v < filled_ * width; v += lanes)
            store(buffer_ + v, load<V>(buffer_ + count * width + v));
    }

    const T *w_, *b_, *x_;
    T* y_; ///< the output that is collected first
    std::size_t channels_, filled_ = 0;
    F f_;
    alignas(64) T buffer_[capacity * width];
};

template <class S, bool Bias, class T, class F>
void convolve_along_channels(const T* w, const T* x, T* y, F f) noexcept {
    using V = Value<T, lanes_for<T>(S::out_of_group)>;
    constexpr std::size_t lanes = lane_count<V>;
    for (std::size_t g = 0; g < S::groups; ++g)
        for_parts<registers<V>(S::out_of_group), 2>([&]<std::size_t Columns>(std::size_t n) {
            const std::size_t channel = g * S::out_of_group + n * lanes, left = S::out_of_group - n * lanes,
                              channels = left < Columns * lanes ? left : Columns * lanes;
            ChannelStrip<S, Bias, V, Columns, T, F>(w + channel, w + S::weights + channel,
                                                    x + g * S::in_of_group * S::in_positions,
                                                    y + channel * S::out_positions, channels, f)
                .run();
        });
}

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

/// Whether the lanes run along positions: whichever wastes fewer of them, and along channels if they fill
/// two registers of 8 (Zen 4: prototypes of both on twenty shapes).
template <class S, class T> consteval bool prefers_positions() {
    using P = PositionRegisters<S, Value<T, widest<T>>>;
    using C = Value<T, lanes_for<T>(S::out_of_group)>;
    if constexpr (!P::possible) return false;
    else {
        if (S::out_of_group % 16 == 0) return false;
        // lanes computed for each lane needed
        const double by_channel =
                         static_cast<double>(rounded_up(S::out_of_group, widest<T>)) / S::out_of_group,
                     by_position = static_cast<double>(P::count * widest<T>) / S::out_positions;
        return by_position <= 1.1 * by_channel || lane_count<C> == 1;
    }
}

/// Masks for `masked`: lane p of element b of a kernel row is 1 if it reads its own row, else 0.
template <class S, class T, std::size_t Padded>
inline constexpr auto column_masks = [] {
    using C = typename S::Columns;
    std::array<std::array<T, Padded>, C::kernel> masks{};
    for (std::size_t b = 0; b < C::kernel; ++b)
        for (std::size_t p = 0; p < Padded; ++p) {
            const std::size_t column = p % C::out + b * C::dilation; // with the padding before
            masks[b][p] = column >= C::before && column < C::before + C::in ? 1 : 0;
        }
    return masks;
}();

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
        constexpr std::size_t most = sums / (mask_sums ? C::kernel : Rows);
        for_parts<P::count, (most < 4 ? most : 4)>([&]<std::size_t Columns>(std::size_t n) {
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
            const auto mask = [&](std::size_t e, std::size_t c) TENON_INLINE_LAMBDA {
                return load<V>(column_masks<S, T, P::count * lanes>[e].data() + to[c]);
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
                        else total = math::fma(sum[e][c], mask(e, c), total);
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
                                if (e * C::dilation != C::before) read = read * mask(e, c);
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

/// Calls use(image) with the image of a group as PositionRegisters says.
template <class S, class V, class T, class Use> void with_padding(const T* x, Use use) noexcept {
    using P = PositionRegisters<S, V>;
    if constexpr (!P::copied) use(x);
    else {
        alignas(64) T copy[P::bytes / sizeof(T)] = {};
        T* const first = copy + (P::masked ? P::margin : 0);
        constexpr std::size_t before = S::Rows::before * P::pitch + (P::masked ? 0 : S::Columns::before);
        for (std::size_t k = 0; k < S::in_of_group; ++k)
            for (std::size_t row = 0; row < S::Rows::in; ++row) {
                const T* const from = x + (k * S::Rows::in + row) * S::Columns::in;
                T* const to = first + k * P::plane + before + row * P::pitch;
                for (std::size_t column = 0; column < S::Columns::in; ++column) to[column] = from[column];
            }
        use(static_cast<const T*>(first) - (P::masked ? S::Columns::before : 0));
    }
}

/// y = f(W * x + b) for one sample, or the adjoint, as Order says; see convolve for blocks.
template <class Order, bool Bias, class T, bool Padded, class F>
constexpr void convolve(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::convolve<Order, Bias>(w, x, y, f);
    if constexpr (!optimized) return plain::convolve<Order, Bias>(w, x, y, f);
    else {
        using S = typename Order::Shape;
        constexpr bool forward = std::is_same_v<Order, ForwardOrder<S>>;
        if constexpr (forward && prefers_positions<S, T>()) {
            using V = Value<T, widest<T>>;
            for (std::size_t g = 0; g < S::groups; ++g)
                with_padding<S, V>(x.data + g * S::in_of_group * S::in_positions, [&](const T* image) {
                    convolve_along_positions<S, Bias, V>(w + g * S::out_of_group,
                                                         w + S::weights + g * S::out_of_group, image,
                                                         y.data + g * S::out_of_group * S::out_positions, f);
                });
        } else if constexpr (forward && 1 < widest<T> && 1 < S::out_of_group)
            convolve_along_channels<S, Bias>(w, x.data, y.data, f);
        else
            for (std::size_t g = 0; g < Order::groups; ++g)
                convolve_group<Order, Bias, T, 1>(
                    w + g * S::out_of_group, w + S::weights + g * Order::rows,
                    x.data + g * Order::depth * Order::from_rows * Order::from_columns,
                    y.data + g * Order::rows * Order::to_rows * Order::to_columns, 1, f);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
