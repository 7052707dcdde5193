// Convolutions of one sample whose weights stay in registers, as depthwise ones of 3 x 3.
#pragma once

#include <tenon/kernels/convolution_along_positions.hpp>

#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether a group has one output and so few weights that they stay in registers, as depthwise 3 x 3.
template <class S, class V>
inline constexpr bool holds_weights =
    S::out_of_group == 1 && (!PositionRegisters<S, V>::masked || S::out_positions >= lane_count<V>) &&
    S::in_of_group * S::taps + (PositionRegisters<S, V>::masked ? S::Columns::kernel : 1) <=
        tile_rows<V> * tile_columns<V>;

/// Whether convolve_holding_weights reads the image itself, not a copy with padding.
template <class S, class V>
inline constexpr bool reads_in_place = holds_weights<S, V> && PositionRegisters<S, V>::masked;

/// Lanes Shift, Shift + 1, ... of the lanes of a, followed by those of b.
template <std::size_t Shift, class V> TENON_INLINE V shifted_lanes(V a, V b) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
        return V::of(__builtin_shufflevector(a.batch.data, b.batch.data, static_cast<int>(I + Shift)...));
    }(std::make_index_sequence<lane_count<V>>{});
}

/// Loads from position First of a channel of Count positions, at least a register, with zeros around them.
template <class V, std::ptrdiff_t First, std::size_t Count, class T>
TENON_INLINE V load_with_zeros_around(const T* channel) noexcept {
    constexpr auto lanes = static_cast<std::ptrdiff_t>(lane_count<V>),
                   count = static_cast<std::ptrdiff_t>(Count);
    if constexpr (First <= -lanes || First >= count) return T(0);
    else if constexpr (First < 0) return shifted_lanes<lanes + First>(V(T(0)), load<V>(channel));
    else if constexpr (First + lanes > count)
        return shifted_lanes<First + lanes - count>(load<V>(channel + (count - lanes)), V(T(0)));
    else return load<V>(channel + First);
}

/// Where kernels of `masked` registers read: element e of kernel row a at offset(a, e) from the position of
/// the output. The registers from `begin` to `end` - 1 read nothing before or behind the image.
template <class S, class V> struct InPlace {
    using R = typename S::Rows;
    using C = typename S::Columns;
    static constexpr std::ptrdiff_t offset(std::size_t a, std::size_t e) noexcept {
        return static_cast<std::ptrdiff_t>(a * R::dilation * C::in + e * C::dilation) -
               static_cast<std::ptrdiff_t>(R::before * C::in + C::before);
    }
    static constexpr std::size_t lanes = lane_count<V>, count = PositionRegisters<S, V>::count,
                                 before = registers<V>(R::before * C::in + C::before),
                                 behind = static_cast<std::size_t>(offset(R::kernel - 1, C::kernel - 1)),
                                 begin = before < count ? before : count,
                                 whole = (S::out_positions - lanes) < behind
                                             ? 0
                                             : (S::out_positions - lanes - behind) / lanes + 1,
                                 end = whole > begin ? whole : begin;
};

/// A group of which holds_weights is true: one register of positions at a time. The sums are those of
/// convolve_along_positions, in the same order. x is the image itself if reads_in_place, else an image as
/// PositionRegisters says. To copy small images takes as long as a sixth of the sums, and loads from a copy
/// wait until it is in the cache (Zen 3).
template <class S, bool Bias, class V, class T, class F>
void convolve_holding_weights(const T* w, const T* b, const T* x, T* y, F f) noexcept {
    using P = PositionRegisters<S, V>;
    using R = typename S::Rows;
    using C = typename S::Columns;
    constexpr std::size_t lanes = lane_count<V>, positions = S::out_positions;
    constexpr std::size_t chains = P::masked ? C::kernel : 1;
    const V bias = Bias ? *b : T(0);
    V weights[S::in_of_group * S::taps];
    unrolled<S::in_of_group * S::taps>(
        [&](auto t) TENON_INLINE_LAMBDA { weights[t] = math::keep_in_register(V(w[t * S::out])); });
    // the outputs from position `to` on; read(row, e) is what element e of a row of the kernel reads
    const auto outputs = [&](std::size_t to, auto read) TENON_INLINE_LAMBDA {
        V sum[chains];
        unrolled<chains>([&](auto e) TENON_INLINE_LAMBDA { sum[e] = P::masked ? V(T(0)) : bias; });
        unrolled<S::in_of_group * R::kernel>([&](auto row) TENON_INLINE_LAMBDA {
            unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                V& chain = sum[P::masked ? e : 0];
                chain = math::fma(weights[row * C::kernel + e], read(row, e), chain);
            });
        });
        if constexpr (!P::masked) return f(sum[0]);
        else {
            V total = bias;
            unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                if constexpr (e * C::dilation == C::before) total += sum[e];
                else total += of_own_row<S>(sum[e], e, to);
            });
            return f(total);
        }
    };
    if constexpr (P::masked) {
        using I = InPlace<S, V>;
        // the last register begins earlier, to end with the image
        const auto at_border = [&](auto i) TENON_INLINE_LAMBDA {
            constexpr std::size_t p = (i + 1) * lanes <= positions ? i * lanes : positions - lanes;
            store(y + p, outputs(p, [&](auto row, auto e) TENON_INLINE_LAMBDA {
                      return load_with_zeros_around<
                          V, static_cast<std::ptrdiff_t>(p) + I::offset(row % R::kernel, e), positions>(
                          x + row / R::kernel * S::in_positions);
                  }));
        };
        unrolled<I::begin>(at_border);
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
        for (std::size_t p = I::begin * lanes; p < I::end * lanes; p += lanes)
            store(y + p, outputs(p, [&](auto row, auto e) TENON_INLINE_LAMBDA {
                      const T* const channel = x + row / R::kernel * S::in_positions;
                      return load<V>(channel +
                                     (static_cast<std::ptrdiff_t>(p) + I::offset(row % R::kernel, e)));
                  }));
        unrolled<I::count - I::end>([&](auto i) TENON_INLINE_LAMBDA { at_border(Index<I::end + i>{}); });
    } else {
        const auto outputs_at = [&](const T* from) TENON_INLINE_LAMBDA {
            return outputs(0, [&](auto row, auto e) TENON_INLINE_LAMBDA {
                return load<V>(from + (row / R::kernel * P::plane + row % R::kernel * R::dilation * P::pitch +
                                       e * C::dilation));
            });
        };
        for (std::size_t row = 0; row < R::out; ++row, x += R::stride * P::pitch, y += C::out) {
            for (std::size_t p = 0; p + lanes <= C::out; p += lanes) store(y + p, outputs_at(x + p));
            if constexpr (C::out % lanes != 0) store(y + (C::out - lanes), outputs_at(x + (C::out - lanes)));
        }
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
