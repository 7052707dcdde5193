// y = W x + b for one sample, forward and backward; W lies by input, [In][Out], and b behind it. A row of W
// is a panel of outputs held in registers while the inputs stream by: every weight is loaded once.
#pragma once

#include <tenon/simd/plain.hpp>
#include <tenon/simd/views.hpp>

#include <cstddef>
#include <type_traits>

/// SIMD multiply-adds up to which a panel is written out without a loop.
#ifndef TENON_UNROLL_BUDGET
#define TENON_UNROLL_BUDGET 64
#endif

namespace tenon::inline TENON_ABI::detail {

/// Sums that run side by side to hide the latency of a multiply-add: 8 on CPUs that start two a cycle.
inline constexpr std::size_t sums_in_flight = 8;

/// Registers `first`, `first` + 1, ... of W x + b, given to finish(register's index in the panel, z).
template <class V, std::size_t In, std::size_t Out, bool Bias, std::size_t Registers, class T, class Finish>
[[gnu::always_inline]] constexpr void panel(const T* w, const T* x, std::size_t first,
                                            Finish finish) noexcept {
    // Inputs k, k + Streams, ... share a sum; the streams are added at the end.
    constexpr std::size_t wanted = In < 5 || Registers >= sums_in_flight ? 1 : sums_in_flight / Registers;
    constexpr std::size_t streams = wanted < In / 2 ? wanted : In < 5 ? 1 : In / 2;
    const T* const column = w + first * width<V>;
    V sum[streams][Registers];
    unrolled<Registers>([&](auto r) __attribute__((always_inline)) {
        sum[0][r] = Bias ? load<V>(column + In * Out + r * width<V>) : V(T(0));
        unrolled<streams - 1>([&](auto s) __attribute__((always_inline)) { sum[s + 1][r] = T(0); });
    });
    const auto input = [&](std::size_t k, auto s) __attribute__((always_inline)) {
        const V all = x[k];
        unrolled<Registers>([&](auto r) __attribute__((always_inline)) {
            sum[s][r] = math::fma(all, load<V>(column + k * Out + r * width<V>), sum[s][r]);
        });
    };
    constexpr std::size_t whole = In / streams * streams;
    if constexpr (In * Registers <= TENON_UNROLL_BUDGET)
        unrolled<whole>([&](auto k) __attribute__((always_inline)) {
            input(k, std::integral_constant<std::size_t, k % streams>{});
        });
    else
        for (std::size_t k = 0; k < whole; k += streams)
            unrolled<streams>([&](auto s) __attribute__((always_inline)) { input(k + s, s); });
    unrolled<In - whole>([&](auto s) __attribute__((always_inline)) { input(whole + s, s); });
    unrolled<Registers>([&](auto r) __attribute__((always_inline)) {
        // Pairs, then pairs of pairs: 8, 4, 2, 1.
        unrolled<3>([&](auto level) __attribute__((always_inline)) {
            constexpr std::size_t apart = 4 >> level;
            unrolled<apart>([&](auto s) __attribute__((always_inline)) {
                if constexpr (s + apart < streams) sum[s][r] += sum[s + apart][r];
            });
        });
        finish(first + r, sum[0][r]);
    });
}

/// W x + b for a row of W that is wider than all registers: four rows at a time are read from end to end,
/// which the prefetcher follows, and the sums wait in y. 128-640, g++ on Zen 5: 3.0 us by panels, 2.0 us so.
template <class V, std::size_t In, std::size_t Out, bool Bias, class T, class F>
constexpr void rows(const T* w, const T* x, T* y, F f) noexcept {
    const auto add = [&]<std::size_t Count>(std::size_t k) {
        for (std::size_t at = 0; at < Out; at += width<V>) {
            V sum = k > 0 ? load<V>(y + at) : Bias ? load<V>(w + In * Out + at) : V(T(0));
            unrolled<Count>([&](auto i) __attribute__((always_inline)) {
                sum = math::fma(V(x[k + i]), load<V>(w + (k + i) * Out + at), sum);
            });
            store(y + at, k + Count == In ? V(f(sum)) : sum);
        }
    };
    constexpr std::size_t left = In % 4;
    if constexpr (left > 0) add.template operator()<left>(0);
    for (std::size_t k = left; k < In; k += 4) add.template operator()<4>(k);
}

/// The sum of a[i] * b[i] over N values; reads past neither.
template <std::size_t N, class V, class T> constexpr T dot(const T* a, const T* b) noexcept {
    constexpr std::size_t whole = N / width<V>, streams = whole < 4 ? whole : 4;
    T total = 0;
    if constexpr (1 < width<V> && 0 < whole) {
        V sum[streams];
        unrolled<streams>([&](auto s) { sum[s] = T(0); });
        const auto add = [&](std::size_t i, auto s) __attribute__((always_inline)) {
            sum[s] = math::fma(load<V>(a + i * width<V>), load<V>(b + i * width<V>), sum[s]);
        };
        for (std::size_t i = 0; i + streams <= whole; i += streams)
            unrolled<streams>([&](auto s) { add(i + s, s); });
        unrolled<whole % streams>([&](auto s) { add(whole / streams * streams + s, s); });
        unrolled<streams - 1>([&](auto s) { sum[0] += sum[s + 1]; });
        total = math::sum(sum[0]);
    }
    for (std::size_t i = 1 < width<V> ? whole * width<V> : 0; i < N; ++i)
        total = math::fma(a[i], b[i], total);
    return total;
}

/// y = f(W x + b); f is applied to registers before they are stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded, class F>
constexpr void affine(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    if constexpr (Out == 1 && In >= 2 * widest<T>) {
        y.data[0] = f(dot<In, Value<T, widest<T>>>(x.data, w) + (Bias ? w[In] : T(0)));
    } else {
        using V = Value<T, lanes_for<T>(Out)>;
        constexpr std::size_t all = registers<V>(Out), most = sums_in_flight;
        if constexpr (all > 4 * most) return rows<V, In, Out, Bias>(w, x.data, y.data, f);
        const auto finish = [&](std::size_t r, V z) __attribute__((always_inline)) {
            store(y.data + r * width<V>, f(z));
        };
        for (std::size_t first = 0; first < all / most * most; first += most)
            panel<V, In, Out, Bias, most>(w, x.data, first, finish);
        if constexpr (all % most != 0)
            panel<V, In, Out, Bias, all % most>(w, x.data, all / most * most, finish);
    }
}

/// dx = W^T dz, the gradient by the input.
template <std::size_t In, std::size_t Out, class T>
constexpr void affine_input_gradient(const T* w, Sample<const T> dz, Sample<T> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    using V = Value<T, lanes_for<T>(Out)>;
    repeated<In>([&](std::size_t i) { dx.data[i] = dot<Out, V>(w + i * Out, dz.data); });
}

/// dw = x dz^T and db = dz; added to what is there where `add` is true.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded>
constexpr void affine_parameter_gradient(Sample<const T, Padded> x, Sample<const T> dz, T*, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    using V = Value<T, lanes_for<T>(Out)>;
    const auto row = [&](T factor, T * to) __attribute__((always_inline)) {
        repeated<registers<V>(Out)>([&](std::size_t r) __attribute__((always_inline)) {
            const V sum = V(factor) * load<V>(dz.data + r * width<V>);
            put<Out>(to, r, add, sum);
        });
    };
    repeated<In>([&](std::size_t i) { row(x.data[i], dw + i * Out); });
    if constexpr (Bias) row(T(1), dw + In * Out);
}

} // namespace tenon
