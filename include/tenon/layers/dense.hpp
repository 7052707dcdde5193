// Dense: every output is an activation of a weighted sum of all inputs plus a bias.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/concepts.hpp>
#include <tenon/kernels/affine.hpp>
#include <tenon/kernels/panel.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = A(W x + b), x of In and y of Out values; PyTorch's Linear with an activation. Parameters: W
/// input-major, [In][Out], without padding, then b; there is no b if Bias is false.
template <std::size_t In, std::size_t Out, class A = Identity, bool Bias = true>
    requires(detail::activation_fits<A>())
struct Dense {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Out>;
    using OutputActivation = A;
    template <class B> using with_activation = Dense<In, Out, B, Bias>;

    static constexpr std::size_t parameter_count = In * Out + (Bias ? Out : 0);
    static constexpr std::size_t multiply_adds = In * Out;
    static constexpr std::size_t trace = detail::keeps_z<A> ? Out : 0;
    static constexpr std::size_t scratch = Out;
    template <class T> static constexpr bool reads_rows = detail::prefers_rows<T, In, Out>;
    static constexpr auto tensors = [] {
        constexpr Tensor weight{"weight", 0, 2, {Out, In}, {1, Out}, In, Out},
            bias{"bias", In * Out, 1, {Out}, {1}};
        if constexpr (Bias) return std::array{weight, bias};
        else return std::array{weight};
    }();

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        constexpr bool stores_z = detail::keeps_z<A> && Context::keeps_trace;
        if constexpr (Elementwise<A> && !stores_z && detail::fused<A, Y>)
            detail::affine<In, Out, Bias>(parameters, x, y, [](auto v) { return A::apply(v); });
        else {
            const auto sums = [&] {
                if constexpr (stores_z) return context.trace;
                else return y;
            }();
            detail::affine<In, Out, Bias>(parameters, x, sums, [](auto v) { return v; });
            detail::activate<A, Out>(sums.read_only(), y);
        }
    }

    /// dz = dy A'(z); dW += dz x^T; db += dz; dx = W^T dz
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, Context context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        detail::activation_gradient<A, Out>(context.trace, y, dy);
        const auto dz = dy.read_only();
        if constexpr (!std::is_same_v<Gradient, NoView>)
            detail::affine_parameter_gradient<In, Out, Bias>(x, dz, scratch_view.data, gradient, add);
        if constexpr (!std::is_same_v<Dx, NoView>) detail::affine_input_gradient<In, Out>(parameters, dz, dx);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
