// Flatten, Unflatten: the same values in another shape.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/map.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// y = x. Outside training no code remains of it.
template <class From, class To> struct SameValues : LayerDefaults {
    using InputShape = From;
    using OutputShape = To;
    using Inference = NoLayer;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        map<From::size>(y, [](auto v) { return v; }, x);
    }
    /// dx = dy
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) map<From::size>(dx, [](auto g) { return g; }, dy);
    }
};

} // namespace detail

/// y = x, from Values to Shape<n>; PyTorch's Flatten.
template <class Values> struct Flatten : detail::SameValues<Values, Shape<Values::size>> {};

/// y = x, from Shape<n> to Values, such as an image; PyTorch's Unflatten.
template <class Values> struct Unflatten : detail::SameValues<Shape<Values::size>, Values> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
