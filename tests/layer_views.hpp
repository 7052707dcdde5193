// Forward and backward pass of a layer on views of any kind, in buffers whose ends are checked.
#pragma once

#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

inline constexpr std::size_t guards = 64;

/// `size` values, then numbers that must not be overwritten.
template <class T> struct Guarded {
    std::size_t size;
    std::vector<T> values;

    explicit Guarded(std::size_t n) : size(n), values(n + guards, T(1234.5)) {}
    T* data() { return values.data(); }
    bool untouched() const {
        return std::all_of(values.begin() + static_cast<std::ptrdiff_t>(size), values.end(),
                           [](T value) { return value == T(1234.5); });
    }
};

/// A layer with its sizes as numbers, so that the check is compiled once for all.
template <class T, class View> struct AnyLayer {
    using ReadOnly = decltype(std::declval<View>().read_only());

    std::size_t in, out, parameters, trace, scratch;
    void (*forward)(const T*, ReadOnly x, View y, View trace);
    void (*backward)(const T*, ReadOnly x, ReadOnly y, View trace, View dy, View dx, View scratch,
                     T* gradient);
};
template <class L, class View> constexpr auto context_of(View trace) {
    if constexpr (L::trace > 0) return tenon::Context<View>{trace};
    else return tenon::Context<>{};
}
template <class L, class T, class View> constexpr AnyLayer<T, View> layer_of() {
    using ReadOnly = typename AnyLayer<T, View>::ReadOnly;
    return {L::InputShape::size,
            L::OutputShape::size,
            L::parameter_count,
            L::trace,
            L::scratch,
            [](const T* p, ReadOnly x, View y, View trace) { L::forward(p, x, y, context_of<L>(trace)); },
            [](const T* p, ReadOnly x, ReadOnly y, View trace, View dy, View dx, View scratch, T* gradient) {
                L::backward(p, x, y, context_of<L>(trace), dy, dx, scratch, gradient, false);
            }};
}

/// What a layer computes of x and dy.
template <class T> struct Results {
    std::vector<T> y, dx, gradient;
};
template <class T, class View>
Results<T> results(const AnyLayer<T, View>& layer, std::size_t samples, const std::vector<T>& parameters,
                   const T* xs, const T* dys) {
    const auto buffer = [](std::size_t n) { return Guarded<T>(View::buffer_size(n)); };
    const std::size_t in = layer.in, out = layer.out;
    auto x = buffer(in), y = buffer(out), trace = buffer(layer.trace), dy = buffer(out), dx = buffer(in),
         scratch = buffer(layer.scratch);
    Guarded<T> gradient(layer.parameters);
    std::fill_n(gradient.data(), layer.parameters, T(0));
    const auto view = [&](Guarded<T>& values) {
        if constexpr (requires { View{nullptr, samples}; }) return View{values.data(), samples};
        else return View{values.data()};
    };
    for (std::size_t s = 0; s < samples; ++s) {
        for (std::size_t i = 0; i < in; ++i) x.values[i * View::stride + s] = xs[s * in + i];
        for (std::size_t o = 0; o < out; ++o) dy.values[o * View::stride + s] = dys[s * out + o];
    }
    layer.forward(parameters.data(), view(x).read_only(), view(y), view(trace));
    Results<T> result;
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t o = 0; o < out; ++o) result.y.push_back(y.values[o * View::stride + s]);
    layer.backward(parameters.data(), view(x).read_only(), view(y).read_only(), view(trace), view(dy),
                   view(dx), view(scratch), gradient.data());
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t i = 0; i < in; ++i) result.dx.push_back(dx.values[i * View::stride + s]);
    result.gradient = gradient.values; // 0 for those that are not trained
    result.gradient.resize(layer.parameters);
    for (const auto* buffers : {&x, &y, &trace, &dy, &dx, &scratch, &gradient}) CHECK(buffers->untouched());
    return result;
}
