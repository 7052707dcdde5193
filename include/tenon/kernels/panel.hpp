// y = W x + b for one sample, forward and backward. W is stored input-major, [In][Out], followed by b. All
// outputs stay in registers while the inputs are read once (panel, panel_by_lines). If there are more outputs
// than registers, partial sums are kept in y (wide_panel). A single output vectorises over the inputs (dot).
// Every weight is loaded once.
#pragma once

#include <tenon/kernels/dot.hpp>
#include <tenon/kernels/loops.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/panel_by_lines.hpp>
#include <tenon/kernels/plain.hpp>
#include <tenon/kernels/wide_panel.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

/// A panel of at most this many SIMD multiply-adds is unrolled completely.
#ifndef TENON_UNROLL_BUDGET
#define TENON_UNROLL_BUDGET 64
#endif

namespace tenon::inline TENON_ABI::detail {

/// Independent sums that hide the latency of a multiply-add: 8 on CPUs that start two per cycle.
inline constexpr std::size_t sums_in_flight = 8;

/// How many partial sums a panel computes for each output: enough that all its registers have sums_in_flight
/// together, or nearly, at most In / 2, and 1 for fewer than 5 inputs. Of 5 to 7 registers two sums each pay
/// if rows are whole registers; else loads from two cache lines take as long as one sum.
template <class V, std::size_t In, std::size_t Out> consteval std::size_t panel_streams() {
    constexpr std::size_t count = registers<V>(Out);
    const bool has_two = count > 4 && count < sums_in_flight && Out % lane_count<V> == 0;
    const std::size_t needed = has_two ? 2 : sums_in_flight / count;
    if (In < 5) return 1;
    return needed < In / 2 ? needed : In / 2;
}

/// Calls add_input(k, k % Streams) for each k < Inputs, without a loop. The stream is an integral constant.
template <std::size_t Inputs, std::size_t Streams, class AddInput>
TENON_INLINE constexpr void add_inputs_unrolled(AddInput add_input) noexcept {
    unrolled<Inputs>([&](auto k) TENON_INLINE_LAMBDA {
        add_input(k, std::integral_constant<std::size_t, k % Streams>{});
    });
}

/// The same in a loop over groups of one input for each stream.
template <std::size_t Inputs, std::size_t Streams, class AddInput>
TENON_INLINE constexpr void add_inputs_in_loop(AddInput add_input) noexcept {
    for (std::size_t k = 0; k < Inputs; k += Streams)
        unrolled<Streams>([&](auto stream) TENON_INLINE_LAMBDA { add_input(k + stream, stream); });
}

/// The same in a loop for a single stream that prefetches the row of W eight inputs ahead. The hardware
/// prefetcher alone is sometimes late: 784-128 on Zen 5 with AVX-512 takes 1.60 to 1.68 us, where reading the
/// weights takes 1.54; without prefetching, up to 1.96 (g++ 12) and 3.1 (clang 19) from run to run. Smaller
/// layers, such as 128-128, gain nothing or lose.
template <std::size_t Inputs, std::size_t Out, class T, class AddInput>
TENON_INLINE constexpr void add_inputs_prefetching(const T* w, AddInput add_input) noexcept {
    constexpr std::size_t row_bytes = Out * sizeof(T), cache_line = 64;
    // the last eight iterations prefetch the next layer's weights, which is harmless
    auto ahead = reinterpret_cast<std::uintptr_t>(w) + 8 * row_bytes;
#ifdef __clang__
    // clang would otherwise unroll four rows, and mnist takes a tenth longer
#pragma clang loop unroll(disable)
#endif
    for (std::size_t k = 0; k < Inputs; ++k, ahead += row_bytes) {
        unrolled<(row_bytes + cache_line - 1) / cache_line>([&](auto line) TENON_INLINE_LAMBDA {
            __builtin_prefetch(reinterpret_cast<const void*>(ahead + line * cache_line));
        });
        add_input(k, std::integral_constant<std::size_t, 0>{});
    }
}

/// Whether a panel prefetches rows: they are long, and W is much larger than the first-level cache.
template <class T, std::size_t In, std::size_t Out>
inline constexpr bool is_prefetched = Out * sizeof(T) > 256 && Out * sizeof(T) * In > 131072;

/// Returns the sum of sum[0][r], sum[1][r], ..., added in pairs, then pairs of pairs: 8, 4, 2, 1.
template <std::size_t R, class V, std::size_t Streams, std::size_t Count>
TENON_INLINE constexpr V sum_pairwise(V (&sum)[Streams][Count]) noexcept {
    unrolled<3>([&](auto level) TENON_INLINE_LAMBDA {
        constexpr std::size_t distance = 4 >> level;
        unrolled<distance>([&](auto s) TENON_INLINE_LAMBDA {
            if constexpr (s + distance < Streams) sum[s][R] += sum[s + distance][R];
        });
    });
    return sum[0][R];
}

/// Computes the registers of W x + b and calls finish(index, register) for each.
template <class V, std::size_t In, std::size_t Out, bool Bias, class T, class Finish>
TENON_INLINE constexpr void panel(const T* w, const T* x, Finish finish) noexcept {
    constexpr std::size_t count = registers<V>(Out), streams = panel_streams<V, In, Out>();
    // Register r of a row of W, or of b.
    const auto load_weights = [](const T* from, auto r) TENON_INLINE_LAMBDA {
        if constexpr (Out < lane_count<V> && lane_count<V> <= 4) return load_first<V, Out>(from, T(0));
        else if constexpr (r + 1 < count || lane_count<V> * sizeof(T) < 64) return load<V>(from);
        else return load_short<V, Out - (count - 1) * lane_count<V>>(from);
    };

    // Start with the bias. Inputs k, k + streams, k + 2 streams, ... are added to sum[k % streams].
    V sum[streams][count];
    unrolled<count>([&](auto r) TENON_INLINE_LAMBDA {
        sum[0][r] = Bias ? load_weights(w + In * Out + r * lane_count<V>, r) : V(T(0));
        unrolled<streams - 1>([&](auto s) TENON_INLINE_LAMBDA { sum[s + 1][r] = T(0); });
    });
    const auto add_input = [&](std::size_t k, auto stream) TENON_INLINE_LAMBDA {
        const V x_broadcast = x[k];
        unrolled<count>([&](auto r) TENON_INLINE_LAMBDA {
            sum[stream][r] =
                math::fma(x_broadcast, load_weights(w + k * Out + r * lane_count<V>, r), sum[stream][r]);
        });
    };

    // Add the inputs in groups of one for each stream, then the remaining ones.
    constexpr std::size_t inputs = In / streams * streams;
    constexpr bool prefetch = streams == 1 && is_prefetched<T, In, Out>;
    if constexpr (In * count <= TENON_UNROLL_BUDGET) add_inputs_unrolled<inputs, streams>(add_input);
    else if constexpr (prefetch) add_inputs_prefetching<inputs, Out>(w, add_input);
    else add_inputs_in_loop<inputs, streams>(add_input);
    unrolled<In - inputs>([&](auto stream) TENON_INLINE_LAMBDA { add_input(inputs + stream, stream); });

    unrolled<count>([&](auto r) TENON_INLINE_LAMBDA { finish(r, sum_pairwise<r>(sum)); });
}

/// y = f(W x + b). f is applied to each register before it is stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded, class F>
constexpr void affine(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    if constexpr (!optimized) return loops::affine<In, Out, Bias>(w, x, y, f);
    using V = Value<T, lanes_for<T>(Out)>;
    if constexpr (Out == 1) {
        using Inputs = Value<T, lanes_for<T>(In)>;
        const Inputs z = dot<Inputs, In, Bias>(x, w);
        if constexpr (std::is_same_v<Inputs, V>) store(y.data, f(z));
        else store(y.data, f(V(math::first_lane(z))));
    } else if constexpr (registers<V>(Out) > sums_in_flight)
        wide_panel<V, In, Out, Bias>(w, x.data, y.data, f);
    else {
        constexpr std::size_t count = registers<V>(Out);
        const auto finish = [&](std::size_t r, V z)
                                TENON_INLINE_LAMBDA { store(y.data + r * lane_count<V>, f(z)); };
        if constexpr (has_rows_in_half_lines<V, Out> && count > 1 && In * count > TENON_UNROLL_BUDGET &&
                      !is_prefetched<T, In, Out>)
            if (starts_in_line_or_half(w)) return panel_by_lines<V, In, Out, Bias>(w, x.data, finish);
        panel<V, In, Out, Bias>(w, x.data, finish);
    }
}

/// dx = W^T dz, the gradient with respect to the input.
template <std::size_t In, std::size_t Out, class T>
constexpr void affine_input_gradient(const T* w, Sample<const T> dz, Sample<T> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (!optimized) return loops::affine_input_gradient<In, Out>(w, dz, dx);
    if constexpr (Out == 1) {
        using V = Value<T, lanes_for<T>(In)>;
        const V factor = dz.data[0];
        repeated<registers<V>(In)>([&](std::size_t r) {
            store(dx.data + r * lane_count<V>, factor * load<V>(w + r * lane_count<V>));
        });
    } else {
        using V = Value<T, lanes_for<T>(Out)>;
        repeated<In>(
            [&](std::size_t i) { dx.data[i] = math::first_lane(dot<V, Out, false>(dz, w + i * Out)); });
    }
}

/// dw = x dz^T and db = dz; added to dw and db if `add`.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded>
constexpr void affine_parameter_gradient(Sample<const T, Padded> x, Sample<const T> dz, T*, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    if constexpr (!optimized) return loops::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    const T* const end = dw + In * Out + (Bias ? Out : 0);
    if constexpr (Out == 1) {
        using V = Value<T, lanes_for<T>(In)>;
        const V factor = dz.data[0];
        repeated<registers<V>(In)>([&](std::size_t r) {
            store_or_accumulate<In>(dw, r, add, factor * load_values<V, In>(x, r), end);
        });
        if constexpr (Bias) dw[In] = dz.data[0] + (add ? dw[In] : T(0));
    } else {
        using V = Value<T, lanes_for<T>(Out)>;
        const auto store_row = [&](T factor, T* row) TENON_INLINE_LAMBDA {
            repeated<registers<V>(Out)>([&](std::size_t r) TENON_INLINE_LAMBDA {
                store_or_accumulate<Out>(row, r, add, V(factor) * load<V>(dz.data + r * lane_count<V>), end);
            });
        };
        repeated<In>([&](std::size_t i) { store_row(x.data[i], dw + i * Out); });
        if constexpr (Bias) store_row(T(1), dw + In * Out);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
