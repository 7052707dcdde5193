// Convolutions in loops over single numbers, and checks of kernels of registers against them.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "convolutions.hpp"

#include <cstddef>
#include <utility>
#include <vector>

/// A convolution from x to z, or its transpose, from z to x. Its sizes are numbers, so that it is compiled
/// once for all.
struct ConvolutionLoops {
    struct Axis {
        std::size_t in, out, kernel, stride, before, dilation;
    };
    std::size_t in, out, groups;
    Axis rows, columns;
    bool transposed;

    /// Calls f(weight, x, z) with the indices of each product.
    template <class F> void for_each_product(F f) const {
        const std::size_t of_group = in / groups;
        const auto along = [](const Axis& axis, auto g) { // g(element, position of x, position of z)
            for (std::size_t k = 0; k < axis.kernel; ++k)
                for (std::size_t o = 0; o < axis.out; ++o) {
                    const std::size_t at = o * axis.stride + k * axis.dilation;
                    if (axis.before <= at && at < axis.before + axis.in) g(k, at - axis.before, o);
                }
        };
        for (std::size_t m = 0; m < out; ++m)
            for (std::size_t k = 0; k < of_group; ++k)
                along(rows, [&](std::size_t a, std::size_t x_row, std::size_t z_row) {
                    along(columns, [&](std::size_t b, std::size_t x_column, std::size_t z_column) {
                        const std::size_t channel = m / (out / groups) * of_group + k;
                        f(((k * rows.kernel + a) * columns.kernel + b) * out + m,
                          (channel * rows.in + x_row) * columns.in + x_column,
                          (m * rows.out + z_row) * columns.out + z_column);
                    });
                });
    }

    template <class T>
    ConvolutionResults<T> operator()(std::size_t samples, const std::vector<T>& parameters,
                                     const std::vector<T>& xs, const std::vector<T>& dys) const {
        const std::size_t inputs = xs.size() / samples, outputs = dys.size() / samples,
                          weights = in / groups * rows.kernel * columns.kernel * out,
                          positions = outputs / (transposed ? in : out);
        ConvolutionResults<T> all{std::vector<T>(dys.size()), std::vector<T>(xs.size()),
                                  std::vector<T>(weights + outputs / positions)};
        for (std::size_t s = 0; s < samples; ++s) {
            const T *const x = xs.data() + s * inputs, *const dy = dys.data() + s * outputs;
            T *const y = all.y.data() + s * outputs, *const dx = all.dx.data() + s * inputs;
            for (std::size_t o = 0; o < outputs; ++o) {
                y[o] = parameters[weights + o / positions];
                all.gradient[weights + o / positions] += dy[o];
            }
            for_each_product([&](std::size_t w, std::size_t i, std::size_t o) {
                if (transposed) std::swap(i, o);
                y[o] += parameters[w] * x[i];
                dx[i] += parameters[w] * dy[o];
                all.gradient[w] += x[i] * dy[o];
            });
        }
        return all;
    }
};

template <class A> constexpr ConvolutionLoops::Axis axis_of() {
    return {A::in, A::out, A::kernel, A::stride, A::before, A::dilation};
}
template <class In, class Out, class S, class A, bool Bias, bool Transposed>
constexpr ConvolutionLoops loops_of(tenon::detail::Convolution<In, Out, S, A, Bias, Transposed>) {
    static_assert(Bias);
    return {S::in,     S::out, S::groups, axis_of<typename S::Rows>(), axis_of<typename S::Columns>(),
            Transposed};
}

/// y, dx and the gradient, of small whole numbers, are exactly those of loops.
template <class View, class T = typename View::Scalar>
void check_convolution(const AnyConvolution<View>& layer, const ConvolutionLoops& loops,
                       std::size_t samples) {
    INFO(loops.in << " and " << loops.out << " channels, rows of " << loops.columns.in << ", " << samples
                  << " samples");
    WholeNumbers numbers{17 + static_cast<unsigned>(layer.parameters)};
    auto parameters = numbers.take<T>(layer.parameters);
    parameters.resize(parameters.size() + tenon::detail::padded(1)); // as in a net
    const auto xs = numbers.take<T>(samples * layer.in), dys = numbers.take<T>(samples * layer.out);
    const auto found = results(layer, samples, parameters, xs, dys),
               wanted = loops(samples, parameters, xs, dys);
    CHECK(found.y == wanted.y);
    CHECK(found.dx == wanted.dx);
    CHECK(found.gradient == wanted.gradient);
}
template <class L, class View> void check_view(std::size_t samples) {
    check_convolution(convolution_of<L, View>(), loops_of(L{}), samples);
}

/// The largest number of channels, or the largest length, to try.
template <class T> constexpr std::size_t sizes = 2 * tenon::detail::widest<T> + 1;

template <class T, template <std::size_t> class LayerOf, std::size_t... I>
void check_samples(std::index_sequence<I...>) {
    (check_view<LayerOf<I + 1>, tenon::Sample<T>>(1), ...);
}
template <class T, template <std::size_t> class LayerOf, std::size_t... I>
void check_blocks(std::index_sequence<I...>) {
    (check_view<LayerOf<I + 1>, tenon::Block<T, tenon::detail::block_stride<T>(64)>>(I % 3 + 1), ...);
}
/// Also in blocks, in which channels are the rows of tiles: one tile of each height, and two.
template <class T, template <std::size_t> class LayerOf> void check_all() {
    using V = tenon::Value<T, tenon::lanes_for<T>(64)>;
    check_samples<T, LayerOf>(std::make_index_sequence<sizes<T>>{});
    check_blocks<T, LayerOf>(std::make_index_sequence<tenon::detail::tile_rows<V> + 1>{});
}
