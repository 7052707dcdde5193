// y = W x + b, forward and backward, by plain loops: for constant expressions, where the compiler counts every
// operation, and calls and unrolled registers cost it ten times as much.
#pragma once

#include <tenon/simd/views.hpp>

#include <cstddef>

namespace tenon::inline TENON_ABI::detail::plain {

/// y = f(W x + b)
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Y, class F>
constexpr void affine(const T* w, X x, Y y, F f) noexcept {
    for (std::size_t s = 0; s < y.samples; ++s)
        for (std::size_t o = 0; o < Out; ++o) {
            const T* column = w + o;
            T z = Bias ? column[In * Out] : T(0);
            for (std::size_t i = 0; i < In; ++i) z += column[i * Out] * x.data[i * X::stride + s];
            y.data[o * Y::stride + s] = f(z);
        }
}

/// dx = W^T dz
template <std::size_t In, std::size_t Out, class T, class Dz, class Dx>
constexpr void affine_input_gradient(const T* w, Dz dz, Dx dx) noexcept {
    for (std::size_t s = 0; s < dx.samples; ++s) {
        const T* weight = w;
        for (std::size_t i = 0; i < In; ++i) {
            T sum = 0;
            for (std::size_t o = 0; o < Out; ++o) sum += *weight++ * dz.data[o * Dz::stride + s];
            dx.data[i * Dx::stride + s] = sum;
        }
    }
}

/// dw = x dz^T and db = dz, summed over the samples; added to what is there where `add` is true.
template <std::size_t In, std::size_t Out, bool Bias, class T, class X, class Dz>
constexpr void affine_parameter_gradient(X x, Dz dz, T* dw, bool add) noexcept {
    for (std::size_t s = 0; s < dz.samples; ++s, add = true) {
        T* to = dw;
        for (std::size_t i = 0; i < (Bias ? In + 1 : In); ++i) {
            const T factor = i < In ? x.data[i * X::stride + s] : T(1);
            for (std::size_t o = 0; o < Out; ++o, ++to)
                *to = (add ? *to : T(0)) + factor * dz.data[o * Dz::stride + s];
        }
    }
}

} // namespace tenon
