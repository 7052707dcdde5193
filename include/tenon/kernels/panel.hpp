// y = W x + b for one sample, forward and backward; W lies by input, [In][Out], and b behind it. A row of W
// is a panel of outputs held in registers while the inputs stream by; outputs for which there are not enough
// registers wait in y, and a single output is a panel of inputs. Every weight is loaded once.
#pragma once

#include <tenon/kernels/loops.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/plain.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

/// SIMD multiply-adds up to which a panel is written out without a loop.
#ifndef TENON_UNROLL_BUDGET
#define TENON_UNROLL_BUDGET 64
#endif

namespace tenon::inline TENON_ABI::detail {

/// Sums that run side by side to hide the latency of a multiply-add: 8 on CPUs that start two a cycle.
inline constexpr std::size_t sums_in_flight = 8;

/// The registers of W x + b, given to finish(register's index, z). Long rows of what is well beyond the
/// first-level cache are asked for eight rows ahead, as the prefetcher alone is not always in time: 784-128
/// on Zen 5 with AVX-512 takes 1.60 to 1.68 us, where to read the weights takes 1.54; without, up to 1.96
/// (g++ 12) and 3.1 (clang 19) from run to run. Smaller layers, as 128-128, gain nothing or lose.
template <class V, std::size_t In, std::size_t Out, bool Bias, class T, class Finish>
[[gnu::always_inline]] constexpr void panel(const T* w, const T* x, Finish finish) noexcept {
    // Inputs k, k + streams, ... share a sum; the streams are added at the end.
    constexpr std::size_t count = registers<V>(Out), wanted = sums_in_flight / count,
                          streams = In < 5            ? 1
                                    : wanted < In / 2 ? wanted
                                                      : In / 2;
    constexpr bool prefetch = streams == 1 && Out * sizeof(T) > 256 && In * Out * sizeof(T) > 131072;
    const auto load_row = [](const T* from, auto r) __attribute__((always_inline)) {
        if constexpr (Out < width<V> && width<V> <= 4) return load_first<V, Out>(from, T(0));
        else if constexpr (r + 1 < count || width<V> * sizeof(T) < 64) return load<V>(from);
        else return load_short<V, Out - (count - 1) * width<V>>(from);
    };
    V sum[streams][count];
    unrolled<count>([&](auto r) __attribute__((always_inline)) {
        sum[0][r] = Bias ? load_row(w + In * Out + r * width<V>, r) : V(T(0));
        unrolled<streams - 1>([&](auto s) __attribute__((always_inline)) { sum[s + 1][r] = T(0); });
    });
    const auto input = [&](std::size_t k, auto s) __attribute__((always_inline)) {
        const V all = x[k];
        unrolled<count>([&](auto r) __attribute__((always_inline)) {
            sum[s][r] = math::fma(all, load_row(w + k * Out + r * width<V>, r), sum[s][r]);
        });
    };
    constexpr std::size_t whole = In / streams * streams;
    if constexpr (In * count <= TENON_UNROLL_BUDGET)
        unrolled<whole>([&](auto k) __attribute__((always_inline)) {
            input(k, std::integral_constant<std::size_t, k % streams>{});
        });
    else if constexpr (prefetch) {
        constexpr std::size_t row = Out * sizeof(T);
        auto ahead = reinterpret_cast<std::uintptr_t>(w) + 8 * row; // in the end, of the next layer's rows
#ifdef __clang__ // which else writes out four rows, and mnist takes a tenth longer
#pragma clang loop unroll(disable)
#endif
        for (std::size_t k = 0; k < whole; ++k, ahead += row) {
            unrolled<(row + 63) / 64>([&](auto line) __attribute__((always_inline)) {
                __builtin_prefetch(reinterpret_cast<const void*>(ahead + line * 64));
            });
            input(k, std::integral_constant<std::size_t, 0>{});
        }
    } else
        for (std::size_t k = 0; k < whole; k += streams)
            unrolled<streams>([&](auto s) __attribute__((always_inline)) { input(k + s, s); });
    unrolled<In - whole>([&](auto s) __attribute__((always_inline)) { input(whole + s, s); });
    unrolled<count>([&](auto r) __attribute__((always_inline)) {
        // Pairs, then pairs of pairs: 8, 4, 2, 1.
        unrolled<3>([&](auto level) __attribute__((always_inline)) {
            constexpr std::size_t apart = 4 >> level;
            unrolled<apart>([&](auto s) __attribute__((always_inline)) {
                if constexpr (s + apart < streams) sum[s][r] += sum[s + apart][r];
            });
        });
        finish(r, sum[0][r]);
    });
}

/// W x + b for a row of W that is wider than the registers of a panel: four rows at a time are read from end
/// to end, which the prefetcher follows, and the sums wait in y; the next four are asked for where the
/// first-level cache may not hold W. 784-128 on Zen 3, the weights in the second level: 4.1 us, where to read
/// them takes 4.0; two panels take 5.7 (g++ 12).
template <class V, std::size_t In, std::size_t Out, bool Bias, class T, class F>
constexpr void wide_panel(const T* w, const T* x, T* y, F f) noexcept {
    constexpr std::size_t line = 64 / sizeof(T), step = line < 4 * width<V> ? line : 4 * width<V>,
                          whole = Out / step * step, left = In % 4 == 0 ? 4 : In % 4;
    const auto add = [&]<std::size_t Count, bool Last>(std::size_t k, auto start, auto finish) {
        const T* const row = w + k * Out;
        V all[Count];
        unrolled<Count>([&](auto i) __attribute__((always_inline)) { all[i] = x[k + i]; });
        const auto outputs = [&]<std::size_t Registers>(std::size_t at) __attribute__((always_inline)) {
            if constexpr (!Last && In * Out * sizeof(T) > 32768 && 1 < width<V>)
                unrolled<Count>([&](auto i) __attribute__((always_inline)) {
                    __builtin_prefetch(row + (Count + i) * Out + at);
                });
            unrolled<Registers>([&](auto r) __attribute__((always_inline)) {
                V sum = start(at + r * width<V>);
                unrolled<Count>([&](auto i) __attribute__((always_inline)) {
                    sum = math::fma(all[i], load<V>(row + i * Out + at + r * width<V>), sum);
                });
                store(y + at + r * width<V>, finish(sum));
            });
        };
        for (std::size_t at = 0; at < whole; at += step) outputs.template operator()<step / width<V>>(at);
        if constexpr (whole < Out) outputs.template operator()<registers<V>(Out - whole)>(whole);
    };
    const auto bias = [=](std::size_t at) { return Bias ? load<V>(w + In * Out + at) : V(T(0)); };
    const auto sums = [=](std::size_t at) { return load<V>(y + at); };
    const auto same = [](V sum) { return sum; };
    if constexpr (In == left) add.template operator()<left, true>(0, bias, f);
    else {
        add.template operator()<left, false>(0, bias, same);
        for (std::size_t k = left; k < In - 4; k += 4) add.template operator()<4, false>(k, sums, same);
        add.template operator()<4, true>(In - 4, sums, f);
    }
}

/// Register r of a sample's N values; zeros, where nothing may be read past them.
template <class V, std::size_t N, class T, bool Padded>
[[gnu::always_inline]] constexpr V values(Sample<const T, Padded> x, std::size_t r) noexcept {
    constexpr std::size_t rest = N % width<V>;
    if constexpr (Padded || rest == 0) return load<V>(x.data + r * width<V>);
    else
        return r < N / width<V> ? load<V>(x.data + r * width<V>)
                                : load_first<V, rest>(x.data + r * width<V>, T(0));
}

/// The sum of x_i * w_i over N values, and w_N where `Next`: in the first lane; others hold anything.
template <class V, std::size_t N, bool Next, class T, bool Padded>
[[gnu::always_inline]] constexpr V dot(Sample<const T, Padded> x, const T* w) noexcept {
    // A few lanes are brought together one by one, without the unused.
    if constexpr (1 < N && N <= width<V> && width<V> <= 4) {
        const V products = values<V, N>(x, 0) * load_first<V, N>(w, T(0)),
                second = math::broadcast_lane<1>(products);
        V even = products, odd = Next ? second + V(w[N]) : second;
        if constexpr (N > 2) even += math::broadcast_lane<2>(products);
        if constexpr (N > 3) odd += math::broadcast_lane<3>(products);
        return even + odd;
    } else {
        constexpr std::size_t whole = N / width<V>, streams = whole < 2 ? 1 : whole < 4 ? whole : 4;
        const V last = load<V>(w + whole * width<V>), next = first_lanes(N % width<V> + Next, last, V(T(0)));
        V sum[streams] = {next};
        if constexpr (N % width<V> != 0)
            sum[0] = first_lanes(N % width<V>, values<V, N>(x, whole) * last, next);
        unrolled<streams - 1>([&](auto s) __attribute__((always_inline)) { sum[s + 1] = T(0); });
        const auto add = [&](std::size_t r, auto s) __attribute__((always_inline)) {
            sum[s] = math::fma(values<V, N>(x, r), load<V>(w + r * width<V>), sum[s]);
        };
        for (std::size_t r = 0; r + streams <= whole; r += streams)
            unrolled<streams>([&](auto s) __attribute__((always_inline)) { add(r + s, s); });
        unrolled<whole % streams>([&](auto s) __attribute__((always_inline)) {
            add(whole / streams * streams + s, s);
        });
        unrolled<streams - 1>([&](auto s) __attribute__((always_inline)) { sum[0] += sum[s + 1]; });
        return math::sum(sum[0]);
    }
}

/// y = f(W x + b); f is applied to registers before they are stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded, class F>
constexpr void affine(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    if constexpr (!optimized) return loops::affine<In, Out, Bias>(w, x, y, f);
    using V = Value<T, lanes_for<T>(Out)>;
    if constexpr (Out == 1) {
        using X = Value<T, lanes_for<T>(In)>;
        const X z = dot<X, In, Bias>(x, w);
        if constexpr (std::is_same_v<X, V>) store(y.data, f(z));
        else store(y.data, f(V(math::first_lane(z))));
    } else if constexpr (registers<V>(Out) > sums_in_flight)
        wide_panel<V, In, Out, Bias>(w, x.data, y.data, f);
    else
        panel<V, In, Out, Bias>(
            w, x.data, [&](std::size_t r, V z) __attribute__((always_inline)) {
                store(y.data + r * width<V>, f(z));
            });
}

/// dx = W^T dz, the gradient by the input.
template <std::size_t In, std::size_t Out, class T>
constexpr void affine_input_gradient(const T* w, Sample<const T> dz, Sample<T> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (!optimized) return loops::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (Out == 1) {
        using V = Value<T, lanes_for<T>(In)>;
        const V factor = dz.data[0];
        repeated<registers<V>(In)>(
            [&](std::size_t r) { store(dx.data + r * width<V>, factor * load<V>(w + r * width<V>)); });
    } else {
        using V = Value<T, lanes_for<T>(Out)>;
        repeated<In>(
            [&](std::size_t i) { dx.data[i] = math::first_lane(dot<V, Out, false>(dz, w + i * Out)); });
    }
}

/// dw = x dz^T and db = dz; added to what is there where `add` is true.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded>
constexpr void affine_parameter_gradient(Sample<const T, Padded> x, Sample<const T> dz, T*, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    if constexpr (!optimized) return loops::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    const T* const end = dw + In * Out + (Bias ? Out : 0);
    if constexpr (Out == 1) {
        using V = Value<T, lanes_for<T>(In)>;
        const V factor = dz.data[0];
        repeated<registers<V>(In)>(
            [&](std::size_t r) { put<In>(dw, r, add, factor * values<V, In>(x, r), end); });
        if constexpr (Bias) dw[In] = dz.data[0] + (add ? dw[In] : T(0));
    } else {
        using V = Value<T, lanes_for<T>(Out)>;
        const auto row = [&](T factor, T * to) __attribute__((always_inline)) {
            repeated<registers<V>(Out)>([&](std::size_t r) __attribute__((always_inline)) {
                put<Out>(to, r, add, V(factor) * load<V>(dz.data + r * width<V>), end);
            });
        };
        repeated<In>([&](std::size_t i) { row(x.data[i], dw + i * Out); });
        if constexpr (Bias) row(T(1), dw + In * Out);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
