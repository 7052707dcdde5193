// Convolutions of one sample with output channels in the lanes.
#pragma once

#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/transpose.hpp>

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
                                 max_positions = tile_rows<V> * tile_columns<V> / Columns, capacity = 64;

public:
    /// w and b belong to the strip's first output, x to the group's first channel, y to the first output.
    constexpr ChannelStrip(const T* w, const T* b, const T* x, T* y, std::size_t channels, F f) noexcept
        : w_(w), b_(b), x_(x), y_(y), channels_(channels), f_(f) {}

    /// Not inlined: of a function with values of its own in registers, g++ keeps one of a tile's sums on the
    /// stack, within the loop, which halves the speed.
    [[gnu::noinline]] void run() noexcept {
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
                for_parts<whole_end - first, max_positions>([&]<std::size_t Positions>(std::size_t column) {
                    tile<Positions>(i, [](auto, auto) TENON_INLINE_LAMBDA { return true; }, first + column);
                });
            edge(i, whole_end, C::out);
        }
        flush(filled_);
    }

    /// Positions of a row at which part of the kernel is on padding.
    void edge(Taps i, std::size_t first, std::size_t end) noexcept {
        constexpr std::size_t tile_positions = max_positions < 4 ? max_positions : 4;
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
        for (; first + tile_positions <= end; first += tile_positions)
            tile_from.template operator()<tile_positions>(first);
        for (; first < end; ++first) tile_from.template operator()<1>(first);
    }

    /// The positions from `column` on, where used(b, p) says whether element b reads the image for position
    /// p.
    template <std::size_t Positions, class Used>
    TENON_INLINE void tile(Taps i, Used used, std::size_t column) noexcept {
        // first: if it is called and not inlined, g++ keeps sums that live across the call on the stack
        if (filled_ + Positions > capacity) flush(filled_ / 8 * 8);
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
#ifdef __GNUC__
                    // otherwise g++ unrolls short kernels and clang halves of them, and values that their
                    // elements share are kept in more registers than there are, or are broadcast again from
                    // a register: half the speed for 3 x 3 with g++, three quarters for 5 x 5 with clang
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

} // namespace tenon

#include <tenon/config/epilogue.hpp>
