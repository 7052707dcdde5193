// y = W x + b, forward and backward, and updates in plain loops, for constant expressions: compilers count
// every operation there, and the calls and loops of kernels of registers take ten times as many.
#pragma once

#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail::plain {

template <std::size_t N> struct Loop {};
/// How to iterate over N values: unrolled if there are at most 16, which costs a compiler half as much as a
/// loop.
template <std::size_t N>
using Each = std::conditional_t<(N <= 16), std::make_index_sequence<(N <= 16 ? N : 0)>, Loop<N>>;

/// sum + a[0] b[0] + a[AStep] b[BStep] + ...
template <std::size_t AStep, std::size_t BStep, class T, std::size_t... I>
constexpr T dot(T sum, const T* a, const T* b, std::index_sequence<I...>) noexcept {
    return (sum + ... + (a[I * AStep] * b[I * BStep]));
}
template <std::size_t AStep, std::size_t BStep, class T, std::size_t N>
constexpr T dot(T sum, const T* a, const T* b, Loop<N>) noexcept {
    for (std::size_t i = 0; i < N; ++i) sum += a[i * AStep] * b[i * BStep];
    return sum;
}

/// to[i] = factor b[i BStep], or to[i] += factor b[i BStep] if `add`.
template <std::size_t BStep, class T, std::size_t... I>
constexpr void assign_or_add_scaled(bool add, T* to, T factor, const T* b,
                                    std::index_sequence<I...>) noexcept {
    if (add) ((to[I] += factor * b[I * BStep]), ...);
    else ((to[I] = factor * b[I * BStep]), ...);
}
template <std::size_t BStep, class T, std::size_t N>
constexpr void assign_or_add_scaled(bool add, T* to, T factor, const T* b, Loop<N>) noexcept {
    for (std::size_t i = 0; i < N; ++i) to[i] = (add ? to[i] : T(0)) + factor * b[i * BStep];
}

/// p_i = f(p_i, g_i, m_i...)
template <class F, class T, std::size_t... I>
constexpr void update(std::index_sequence<I...>, F f, T* p, const T* g) noexcept {
    ((p[I] = f(p[I], g[I])), ...);
}
template <std::size_t N, class F, class T, class... Moments>
constexpr void update(Loop<N>, F f, T* p, const T* g, Moments*... m) noexcept {
    for (std::size_t i = 0; i < N; ++i) p[i] = f(p[i], g[i], m[i]...);
}

/// y_o = f((W x + b)_o)
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Y, class F, std::size_t... O>
constexpr void outputs(const T* w, X x, Y y, std::size_t s, F f, std::index_sequence<O...>) noexcept {
    ((y.data[O * Y::stride + s] =
          f(dot<Out, X::stride>(Bias ? w[In * Out + O] : T(0), w + O, x.data + s, Each<In>{}))),
     ...);
}
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Y, class F>
constexpr void outputs(const T* w, X x, Y y, std::size_t s, F f, Loop<Out>) noexcept {
    for (std::size_t o = 0; o < Out; ++o)
        y.data[o * Y::stride + s] =
            f(dot<Out, X::stride>(Bias ? w[In * Out + o] : T(0), w + o, x.data + s, Each<In>{}));
}

/// y = f(W x + b)
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Y, class F>
constexpr void affine(const T* w, X x, Y y, F f) noexcept {
    for (std::size_t s = 0; s < y.samples; ++s) outputs<In, Out, Bias>(w, x, y, s, f, Each<Out>{});
}

/// dx = W^T dz
template <std::size_t In, std::size_t Out, class T, class Dz, class Dx>
constexpr void affine_input_gradient(const T* w, Dz dz, Dx dx) noexcept {
    for (std::size_t s = 0; s < dx.samples; ++s)
        for (std::size_t i = 0; i < In; ++i)
            dx.data[i * Dx::stride + s] = dot<1, Dz::stride>(T(0), w + i * Out, dz.data + s, Each<Out>{});
}

/// dw = x dz^T and db = dz, summed over the samples; added to dw and db if `add`.
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Dz>
constexpr void affine_parameter_gradient(X x, Dz dz, T* dw, bool add) noexcept {
    for (std::size_t s = 0; s < dz.samples; ++s, add = true) {
        for (std::size_t i = 0; i < In; ++i)
            assign_or_add_scaled<Dz::stride>(add, dw + i * Out, x.data[i * X::stride + s], dz.data + s,
                                             Each<Out>{});
        if constexpr (Bias)
            assign_or_add_scaled<Dz::stride>(add, dw + In * Out, T(1), dz.data + s, Each<Out>{});
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
