// Activate: an activation as a separate layer, and how layers apply theirs.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/concepts.hpp>
#include <tenon/demands.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether the backward pass needs z beside y.
template <class A>
inline constexpr bool keeps_z = Elementwise<A> && !requires { requires A::derivative_from_output; };

/// Whether A is applied to the registers of W x + b before they are stored, which saves a pass over y: always
/// for one sample, and for a block whose rows are one register. For other blocks only if A is `cheap`,
/// because its code is then repeated for every size of tile (kernels/tile.hpp).
template <class A, class View> inline constexpr bool fused = true;
template <class A, class T, std::size_t Stride>
inline constexpr bool fused<A, Block<T, Stride>> =
    Stride == Block<T, Stride>::lanes || requires { requires A::cheap; };

/// y = A(z); z and y may be the same memory.
template <class A, std::size_t N, class Z, class Y> constexpr void activate(Z z, Y y) noexcept {
    if constexpr (Elementwise<A>) {
        if constexpr (!std::is_same_v<A, Identity>) map<N>(y, [](auto v) { return A::apply(v); }, z);
        else if (z.data != y.data) map<N>(y, [](auto v) { return v; }, z);
    } else if constexpr (Vectorwise<A>) {
        if (z.data != y.data) map<N>(y, [](auto v) { return v; }, z);
        for_each_sample<N>([](auto values) { A::forward(values); }, y);
    }
}

/// Replaces dy by dz = dy A'(z, y). z is NoView unless keeps_z<A>.
template <class A, std::size_t N, class Z, class Y, class Dy>
constexpr void activation_gradient(Z z, Y y, Dy dy) noexcept {
    if constexpr (std::is_same_v<A, Identity>) return;
    else if constexpr (keeps_z<A>)
        map<N>(dy, [](auto dy_i, auto z_i, auto y_i) { return dy_i * A::derivative(z_i, y_i); }, dy, z, y);
    else if constexpr (Elementwise<A>)
        map<N>(dy, [](auto dy_i, auto y_i) { return dy_i * A::derivative(y_i, y_i); }, dy, y);
    else if constexpr (Vectorwise<A>)
        for_each_sample<N>([](auto y_values, auto dy_values) { A::backward(y_values, dy_values); }, y, dy);
}

} // namespace detail

/// y = A(x), for each value, or for all of a sample together if A is Vectorwise: Activate<Shape<10>,
/// Softmax>. Input and output have the shape Values.
template <class Values, class A>
    requires(detail::activation_fits<A>())
struct Activate {
    using InputShape = Values;
    using OutputShape = Values;
    using OutputActivation = A;
    template <class B> using with_activation = Activate<Values, B>;

    static constexpr std::size_t parameter_count = 0, multiply_adds = 0, trace = 0, scratch = 0;
    static constexpr std::array<Tensor, 0> tensors{};

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::activate<A, Values::size>(x, y);
    }

    /// dx = dy A'(x)
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X x, Y y, Context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) {
            detail::activation_gradient<A, Values::size>(x, y, dy);
            detail::map<Values::size>(dx, [](auto dy_i) { return dy_i; }, dy);
        }
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
