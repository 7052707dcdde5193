// Gradients of y = W x + b at each step of a sequence; those of the parameters are summed over the steps.
#pragma once

#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/panel.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// weight_gradient_over_steps for blocks of samples: dz of a few steps at a time is transposed, a strip of
/// outputs after another, so that a tile reads it and x from near caches.
template <std::size_t In, std::size_t Out, class T, class X, class Dz>
constexpr void weight_gradient_in_strips(std::size_t first, std::size_t end, X x, Dz dz, T* dw,
                                         bool add) noexcept {
    using View = decltype(dz(first));
    using V = Value<T, lanes_for<T>(Out)>;
    constexpr std::size_t steps_at_once = View::stride < 128 ? 128 / View::stride : 1;
    alignas(64) T transposed[steps_at_once * View::stride * tile_columns<V> * lane_count<V>];
    for (std::size_t begin = first; begin < end; begin += steps_at_once) {
        const std::size_t steps = end - begin < steps_at_once ? end - begin : steps_at_once;
        for_strips<V>(registers<V>(Out), [&]<std::size_t Columns>(std::size_t n) {
            constexpr std::size_t width = Columns * lane_count<V>;
            const std::size_t o = n * lane_count<V>, outputs = Out - o < width ? Out - o : width;
            const auto strip_of = [&](std::size_t t)
                                      TENON_INLINE_LAMBDA { return transposed + t * View::stride * width; };
            for (std::size_t t = 0; t < steps; ++t)
                transpose<lane_count<V>>(
                    outputs, dz(begin + t).samples,
                    [rows = dz(begin + t).data + o * View::stride](std::size_t i) {
                        return rows + i * View::stride;
                    },
                    [to = strip_of(t)](std::size_t s, std::size_t i) { return to + s * width + i; });
            for_rows<V, In>([&]<std::size_t Rows>(std::size_t m) {
                V sums[Rows * Columns];
                unrolled<Rows * Columns>([&](auto i) TENON_INLINE_LAMBDA { sums[i] = T(0); });
                for (std::size_t t = 0; t < steps; ++t) {
                    const auto view = x(begin + t);
                    using Inputs = decltype(view);
                    tile<V, Rows, Columns, Inputs::stride, 1>(
                        dz(begin + t).samples, view.data + m * Inputs::stride, strip_of(t), width,
                        [&](auto i, auto j) TENON_INLINE_LAMBDA { return sums[i * Columns + j]; },
                        [&](auto i, auto j, V sum) TENON_INLINE_LAMBDA { sums[i * Columns + j] = sum; });
                }
                unrolled<Rows * Columns>([&](auto i) TENON_INLINE_LAMBDA {
                    store_or_accumulate<Out>(dw + (m + i / Columns) * Out, n + i % Columns,
                                             add || begin > first, sums[i], dw);
                });
            });
        });
    }
}

/// dw[i][o] = the sum over the steps first <= t < end, and over the samples of their views, of x_i dz_o;
/// added to dw if `add`. x(t) and dz(t) are views of a step, all of one kind.
template <std::size_t In, std::size_t Out, class T, class X, class Dz>
constexpr void weight_gradient_over_steps(std::size_t first, std::size_t end, X x, Dz dz, T* dw,
                                          bool add) noexcept {
    using View = decltype(dz(first));
    using Inputs = decltype(x(first));
    constexpr bool is_block = is_block_view<View>;
    if (std::is_constant_evaluated() || !optimized) {
        for (std::size_t i = 0; i < In; ++i)
            for (std::size_t o = 0; o < Out; ++o) {
                T sum = 0;
                for (std::size_t t = first; t < end; ++t)
                    for (std::size_t s = 0; s < dz(t).samples; ++s)
                        sum = math::fma(x(t).data[i * Inputs::stride + s], dz(t).data[o * View::stride + s],
                                        sum);
                dw[i * Out + o] = sum + (add ? dw[i * Out + o] : T(0));
            }
        return;
    }
    if constexpr (is_block && In >= 4 && Out >= widest<T>)
        return weight_gradient_in_strips<In, Out>(first, end, x, dz, dw, add);
    using V = Value<T, [] {
        if constexpr (is_block) return View::lanes;
        else return lanes_for<T>(Out);
    }()>;
    constexpr std::size_t columns = is_block ? Out : registers<V>(Out);
    for_rows<V, In>([&]<std::size_t Rows>(std::size_t m) {
        constexpr std::size_t widest_tile = tile_rows<V> * tile_columns<V> / Rows;
        for_parts<columns, (columns < widest_tile ? columns : widest_tile)>([&]<std::size_t Columns>(
                                                                                std::size_t n) {
            V sum[Rows][Columns];
            unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA { sum[r][c] = T(0); });
            });
            for (std::size_t t = first; t < end; ++t) {
                const auto x_view = x(t);
                const auto dz_view = dz(t);
                if constexpr (is_block)
                    for (std::size_t s = 0; s < dz_view.end(); s += lane_count<V>) {
                        const bool all = s + lane_count<V> <= dz_view.samples;
                        const auto read = [&](const T* row) TENON_INLINE_LAMBDA {
                            const V value = load<V>(row + s);
                            return all ? value : first_lanes(dz_view.samples - s, value, V(T(0)));
                        };
                        V right[Columns];
                        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                            right[c] = math::keep_in_register(read(dz_view.data + (n + c) * View::stride));
                        });
                        unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                            const V left = read(x_view.data + (m + r) * View::stride);
                            unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                                sum[r][c] = math::fma(left, right[c], sum[r][c]);
                            });
                        });
                    }
                else {
                    V right[Columns];
                    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                        right[c] = math::keep_in_register(load<V>(dz_view.data + (n + c) * lane_count<V>));
                    });
                    unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                        const V left = x_view.data[m + r];
                        unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                            sum[r][c] = math::fma(left, right[c], sum[r][c]);
                        });
                    });
                }
            }
            unrolled<Rows>([&](auto r) TENON_INLINE_LAMBDA {
                unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                    T* const row = dw + (m + r) * Out;
                    if constexpr (is_block) {
                        const T total = math::first_lane(math::sum(sum[r][c]));
                        row[n + c] = total + (add ? row[n + c] : T(0));
                    } else store_or_accumulate<Out>(row, n + c, add, sum[r][c], dw);
                });
            });
        });
    });
}

/// db[o] = the sum over the steps first <= t < end, and over the samples, of dz_o; added to db if `add`.
template <std::size_t Out, class T, class Dz>
constexpr void bias_gradient_over_steps(std::size_t first, std::size_t end, Dz dz, T* db, bool add) noexcept {
    using View = decltype(dz(first));
    std::array<T, View::stride> ones;
    ones.fill(T(1));
    weight_gradient_over_steps<1, Out>(
        first, end,
        [&](std::size_t t) {
            if constexpr (is_block_view<View>) return View{ones.data(), dz(t).samples};
            else return View{ones.data()};
        },
        dz, db, add);
}

/// The gradients of U [Units][Out], of which the factor is the output of the step before, y(t - 1), and
/// `first` in the first step, and of the bias behind it, over `steps` steps; added if `add`.
template <std::size_t Units, std::size_t Out, class T, class First, class Y, class Dz>
constexpr void recurrent_gradient(std::size_t steps, First first, Y y, Dz dz, T* du, bool add) noexcept {
    weight_gradient_over_steps<Units, Out>(
        0, steps, [&](std::size_t t) { return t > 0 ? y(t - 1) : first; }, dz, du, add);
    bias_gradient_over_steps<Out>(0, steps, dz, du + Units * Out, add);
}

/// dx = W^T dz of each step, unless dx is NoView.
template <std::size_t In, std::size_t Out, class T, class Dz, class Dx>
constexpr void input_gradient_of_steps(std::size_t steps, const T* w, Dz dz, Dx dx) noexcept {
    if constexpr (!std::is_same_v<Dx, NoView>)
        for (std::size_t t = 0; t < steps; ++t)
            write_exactly<In>(dx(t), [&](auto to) { affine_input_gradient<In, Out>(w, dz(t), to); });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
