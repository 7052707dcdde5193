// y = W x + b over a block of samples, forward and backward; W lies by input, [In][Out], and b behind it.
#pragma once

#include <tenon/simd/plain.hpp>
#include <tenon/simd/tile.hpp>

#include <cstddef>
#include <type_traits>

namespace tenon::inline TENON_ABI::detail {

/// y = f(W x + b) for every sample; f is applied to registers before they are stored.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    if (std::is_constant_evaluated()) return plain::affine<In, Out, Bias>(w, x, y, f);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_tiles<V, Out>(
        registers<V>(x.samples), [&]<std::size_t Rows, std::size_t Columns>(std::size_t m, std::size_t n) {
            tile<V, Rows, Columns, 1, Out>(
                In, w + m, x.data + n * width<V>, Stride,
                [&](auto i, auto) -> V { return Bias ? w[In * Out + m + i] : T(0); },
                [&](auto i, auto j, V z) { store(y.data + (m + i) * Stride + (n + j) * width<V>, f(z)); });
        });
}

/// Whether a first layer's inputs, being more than its outputs, stay as they are, and its outputs are turned.
template <class T, std::size_t In, std::size_t Out>
inline constexpr bool wants_rows = (In > Out) && (Out >= widest<T>);

/// The same for samples one after the other: the lanes run along the outputs, which are turned in the end.
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
constexpr void affine(const T* w, Rows<T, In> x, Block<T, Stride> y, F f) noexcept {
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t columns = registers<V>(Out), step = columns * width<V>,
                          most = Stride < 48 ? Stride : 48;
    alignas(64) T sums[most * step];
    for (std::size_t first = 0; first < x.samples; first += most) {
        const std::size_t samples = x.samples - first < most ? x.samples - first : most;
        for_tiles<V>(
            samples, columns, [&]<std::size_t Rows, std::size_t Columns>(std::size_t m, std::size_t n) {
                tile<V, Rows, Columns, In, 1>(
                    In, x.data + (first + m) * In, w + n * width<V>, Out,
                    [&](auto, auto j) -> V {
                        return Bias ? load<V>(w + In * Out + (n + j) * width<V>) : V(T(0));
                    },
                    [&](auto i, auto j, V z) { store(sums + (m + i) * step + (n + j) * width<V>, f(z)); });
            });
        fill<Out>(Block<T, Stride>{y.data + first, samples}, [&](std::size_t s) { return sums + s * step; });
    }
}

/// dx = W^T dz, the gradient by the input.
template <std::size_t In, std::size_t Out, class T, std::size_t Stride>
constexpr void affine_input_gradient(const T* w, Block<const T, Stride> dz, Block<T, Stride> dx) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_input_gradient<In, Out>(w, dz, dx);
    using V = Value<T, Block<T, Stride>::lanes>;
    for_tiles<V, In>(
        registers<V>(dz.samples), [&]<std::size_t Rows, std::size_t Columns>(std::size_t m, std::size_t n) {
            tile<V, Rows, Columns, Out, 1>(
                Out, w + m * Out, dz.data + n * width<V>, Stride, [](auto, auto) -> V { return T(0); },
                [&](auto i, auto j, V v) { store(dx.data + (m + i) * Stride + (n + j) * width<V>, v); });
        });
}

/// dw = x dz^T and db = dz, summed over the samples; added to what is there where `add` is true. `turned` has
/// room for dz with its samples one after the other: samples * padded(Out) values.
template <std::size_t In, std::size_t Out, bool Bias, class X, class T, std::size_t Stride>
constexpr void affine_parameter_gradient(X x, Block<const T, Stride> dz, T* turned, T* dw,
                                         bool add) noexcept {
    if (std::is_constant_evaluated()) return plain::affine_parameter_gradient<In, Out, Bias>(x, dz, dw, add);
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t columns = registers<V>(Out), step = columns * width<V>;
    transpose(
        Out, dz.samples, [&](std::size_t o) { return dz.data + o * Stride; },
        [&](std::size_t s) { return turned + s * step; });
    const auto sum_over_samples = [&]<std::size_t AllRows, std::size_t ARow, std::size_t AStep>(const T* a,
                                                                                                T* to) {
        for_tiles<V, AllRows>(
            columns, [&]<std::size_t Rows, std::size_t Columns>(std::size_t m, std::size_t n) {
                const auto place = [&](auto i, auto j) { return to + (m + i) * Out + (n + j) * width<V>; };
                tile<V, Rows, Columns, ARow, AStep>(
                    dz.samples, a + m * ARow, turned + n * width<V>, step,
                    [&](auto i, auto j) -> V { return add ? load<V>(place(i, j)) : V(T(0)); },
                    [&](auto i, auto j, V v) {
                        if (Out % width<V> != 0 && n + j + 1 == columns)
                            store_first<Out % width<V>>(place(i, j), v);
                        else store(place(i, j), v);
                    });
            });
    };
    sum_over_samples.template operator()<In, X::stride, X::sample_step>(x.data, dw);
    const T one = 1;
    if constexpr (Bias) sum_over_samples.template operator()<1, 0, 0>(&one, dw + In * Out);
}

} // namespace tenon
