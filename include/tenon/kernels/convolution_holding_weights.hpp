// Convolutions of one sample whose weights stay in registers, as depthwise ones of 3 x 3.
#pragma once

#include <tenon/kernels/convolution_along_positions.hpp>

#include <array>
#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether a group has one output and so few weights that they stay in registers, as depthwise 3 x 3. A row
/// of a `masked` kernel must not reach farther than one register.
template <class S, class V>
inline constexpr bool holds_weights = [] {
    using C = typename S::Columns;
    constexpr bool masked = PositionRegisters<S, V>::masked;
    constexpr std::size_t lanes = lane_count<V>, weights = S::in_of_group * S::taps;
    return S::out_of_group == 1 && weights + (masked ? C::kernel : 1) <= tile_rows<V> * tile_columns<V> &&
           (!masked || (S::out_positions >= lanes && C::before <= lanes && C::span - 1 <= lanes + C::before));
}();

/// Whether convolve_holding_weights reads the image itself, not a copy with padding.
template <class S, class V>
inline constexpr bool reads_in_place = holds_weights<S, V> && PositionRegisters<S, V>::masked;

/// Lanes Shift, Shift + 1, ... of the lanes of a, followed by those of b, and by any.
template <std::size_t Shift, class V> TENON_INLINE V shifted_lanes(V a, V b) noexcept {
    constexpr std::size_t lanes = lane_count<V>;
    return [&]<std::size_t... I>(std::index_sequence<I...>) TENON_INLINE_LAMBDA {
        return V::of(__builtin_shufflevector(a.batch.data, b.batch.data,
                                             (I + Shift < 2 * lanes ? static_cast<int>(I + Shift) : -1)...));
    }(std::make_index_sequence<lanes>{});
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

/// A group of `masked` registers, of which holds_weights is true; x is the image itself. Every element of a
/// row of the kernel reads the same registers, and has a sum of its own; the lanes of the sums are shifted to
/// the positions of the outputs at the end. So a register is loaded once for a row of the kernel, and loads,
/// most of them across cache lines, do not limit the speed.
template <class S, class V, class T, class F>
TENON_INLINE void convolve_in_place(const V* weights, V bias, const T* x, T* y, F f) noexcept {
    using R = typename S::Rows;
    using C = typename S::Columns;
    constexpr std::size_t lanes = lane_count<V>, positions = S::out_positions,
                          count = registers<V>(positions), whole = positions / lanes,
                          remainder = positions % lanes;
    using Sums = std::array<V, C::kernel>;

    // how far from the position of an output row a of the kernel reads, and element e of a row
    constexpr auto row_offset = [](std::size_t a) {
        return static_cast<std::ptrdiff_t>(a * R::dilation * C::in) -
               static_cast<std::ptrdiff_t>(R::before * C::in);
    };
    constexpr auto offset = [](std::size_t e) {
        return static_cast<std::ptrdiff_t>(e * C::dilation) - static_cast<std::ptrdiff_t>(C::before);
    };
    const auto zeros = []() TENON_INLINE_LAMBDA {
        Sums sums;
        unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA { sums[e] = T(0); });
        return sums;
    };
    // read(channel, a) is what row a of the kernel reads
    const auto sums_of = [&](auto read) TENON_INLINE_LAMBDA {
        Sums sums = zeros();
        unrolled<S::in_of_group * R::kernel>([&](auto row) TENON_INLINE_LAMBDA {
            const V values =
                math::keep_in_register(read(x + row / R::kernel * S::in_positions, Index<row % R::kernel>{}));
            unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
                sums[e] = math::fma(weights[row * C::kernel + e], values, sums[e]);
            });
        });
        return sums;
    };
    // the sums of register i, parts of which may be before or behind the image
    const auto sums_at_border = [&](auto i) TENON_INLINE_LAMBDA {
        if constexpr (i == count) return zeros();
        else
            return sums_of([&](const T* channel, auto a) TENON_INLINE_LAMBDA {
                constexpr auto first = static_cast<std::ptrdiff_t>(i * lanes) + row_offset(a);
                return load_with_zeros_around<V, first, positions>(channel);
            });
    };
    // the outputs from position p on; shifted(e) is the sum of element e for them
    const auto outputs = [&](std::size_t p, auto shifted) TENON_INLINE_LAMBDA {
        V total = bias;
        unrolled<C::kernel>([&](auto e) TENON_INLINE_LAMBDA {
            if constexpr (offset(e) == 0) total += shifted(e);
            else total += of_own_row<S>(shifted(e), e, p);
        });
        return f(total);
    };

    Sums before = zeros(), here = sums_at_border(Index<0>{});
    const auto outputs_here = [&](std::size_t p, const Sums& behind) TENON_INLINE_LAMBDA {
        return outputs(p, [&](auto e) TENON_INLINE_LAMBDA {
            constexpr std::ptrdiff_t shift = offset(e),
                                     from = shift < 0 ? shift + static_cast<std::ptrdiff_t>(lanes) : shift;
            if constexpr (shift == 0) return here[e];
            else
                return shifted_lanes<static_cast<std::size_t>(from)>(shift < 0 ? before[e] : here[e],
                                                                     shift < 0 ? here[e] : behind[e]);
        });
    };
    const auto step = [&](std::size_t i, const Sums& behind) TENON_INLINE_LAMBDA {
        store(y + i * lanes, outputs_here(i * lanes, behind));
        before = here;
        here = behind;
    };
    // the registers, but the first, of which every row of the kernel reads the image: `begin` to `end` - 1
    constexpr std::ptrdiff_t reach = row_offset(R::kernel - 1),
                             last = static_cast<std::ptrdiff_t>(positions - lanes) - (reach > 0 ? reach : 0);
    constexpr std::size_t inside_from = R::before == 0 ? 1 : registers<V>(R::before * C::in),
                          inside_to = last < 0 ? 0 : static_cast<std::size_t>(last) / lanes + 1,
                          begin = inside_from <= whole ? inside_from : whole + 1,
                          end = inside_to < begin ? begin : inside_to;
    unrolled<begin - 1>([&](auto i) TENON_INLINE_LAMBDA { step(i, sums_at_border(Index<i + 1>{})); });
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
    for (std::size_t i = begin; i < end; ++i)
        step(i - 1, sums_of([&](const T* channel, auto a) TENON_INLINE_LAMBDA {
                 return load<V>(channel + (static_cast<std::ptrdiff_t>(i * lanes) + row_offset(a)));
             }));
    unrolled<whole + 1 - end>(
        [&](auto i) TENON_INLINE_LAMBDA { step(end - 1 + i, sums_at_border(Index<end + i>{})); });

    // the last outputs: a register that ends with the image, of which `before` and `here` have the sums
    if constexpr (remainder != 0 && remainder < C::before)
        store_first<remainder>(y + whole * lanes, outputs_here(whole * lanes, zeros()));
    else if constexpr (remainder != 0)
        store(y + (positions - lanes), outputs(positions - lanes, [&](auto e) TENON_INLINE_LAMBDA {
                  constexpr std::ptrdiff_t shift = static_cast<std::ptrdiff_t>(remainder) + offset(e);
                  return shifted_lanes<static_cast<std::size_t>(shift)>(before[e], here[e]);
              }));
}

/// A group of which holds_weights is true: one register of positions at a time. The sums are those of
/// convolve_along_positions, in the same order. x is the image itself if reads_in_place, else an image as
/// PositionRegisters says. To copy small images takes as long as a sixth of the sums, and loads from a copy
/// wait until it is in the cache (Zen 3).
template <class S, bool Bias, class V, class T, class F>
void convolve_holding_weights(const T* w, const T* b, const T* x, T* y, F f) noexcept {
    using P = PositionRegisters<S, V>;
    using R = typename S::Rows;
    using C = typename S::Columns;
    const V bias = Bias ? *b : T(0);
    V weights[S::in_of_group * S::taps];
    unrolled<S::in_of_group * S::taps>(
        [&](auto t) TENON_INLINE_LAMBDA { weights[t] = math::keep_in_register(V(w[t * S::out])); });
    if constexpr (P::masked) convolve_in_place<S>(weights, bias, x, y, f);
    else {
        constexpr std::size_t lanes = lane_count<V>;
        const auto outputs_at = [&](const T* from) TENON_INLINE_LAMBDA {
            V sum = bias;
            unrolled<S::in_of_group * S::taps>([&](auto t) TENON_INLINE_LAMBDA {
                constexpr std::size_t k = t / S::taps, a = t % S::taps / C::kernel, e = t % C::kernel;
                const V values =
                    load<V>(from + (k * P::plane + a * R::dilation * P::pitch + e * C::dilation));
                sum = math::fma(weights[t], values, sum);
            });
            return f(sum);
        };
        for (std::size_t row = 0; row < R::out; ++row, x += R::stride * P::pitch, y += C::out) {
            for (std::size_t p = 0; p + lanes <= C::out; p += lanes) store(y + p, outputs_at(x + p));
            if constexpr (C::out % lanes != 0) store(y + (C::out - lanes), outputs_at(x + (C::out - lanes)));
        }
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
