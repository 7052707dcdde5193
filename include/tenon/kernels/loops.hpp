// y = W x + b, forward and backward, for builds without optimisation, where a call for each number costs more
// than its arithmetic: loops over arrays, and two functions of arrays that use the compiler's own vectors.
#pragma once

#include <tenon/views.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail::loops {

/// The compiler's vector of as many numbers as a register of this CPU holds, at any address. Its operators
/// are instructions even without optimisation, not calls.
template <class T> struct CompilerVector {
#if defined(TENON_SCALAR)
    using type = T;
    static constexpr std::size_t count = 1;
#else
#ifdef __AVX__
    static constexpr std::size_t count = 32 / sizeof(T);
#else
    static constexpr std::size_t count = 16 / sizeof(T);
#endif
    typedef T type __attribute__((vector_size(count * sizeof(T)), aligned(alignof(T)), may_alias));
#endif
};

/// to[i] += factor * from[i] for i < n
template <class T> inline void add_scaled(std::size_t n, T factor, const T* from, T* to) noexcept {
    using V = typename CompilerVector<T>::type;
    const T* const end = from + n;
    const T* const whole = end - n % CompilerVector<T>::count;
    for (; from != whole; from += CompilerVector<T>::count, to += CompilerVector<T>::count)
        *reinterpret_cast<V*>(to) += factor * *reinterpret_cast<const V*>(from);
    for (; from != end; ++from, ++to) *to += factor * *from;
}

/// sum + a[0] b[0] + ... + a[n - 1] b[n - 1]
template <class T> inline T dot(std::size_t n, T sum, const T* a, const T* b) noexcept {
    using V = typename CompilerVector<T>::type;
    constexpr std::size_t count = CompilerVector<T>::count;
    const T* const end = a + n;
    const T* const whole = end - n % count;
    if constexpr (1 < count)
        if (n >= count) {
            V sums = *reinterpret_cast<const V*>(a) * *reinterpret_cast<const V*>(b);
            for (a += count, b += count; a != whole; a += count, b += count)
                sums += *reinterpret_cast<const V*>(a) * *reinterpret_cast<const V*>(b);
            for (std::size_t i = 0; i < count; ++i) sum += sums[i];
        }
    for (; a != end; ++a, ++b) sum += *a * *b;
    return sum;
}

/// y = f(W x + b)
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded, class F>
void affine(const T* w, Sample<const T, Padded> x, Sample<T> y, F f) noexcept {
    const T *const in = x.data, *const b = w + In * Out;
    T* const out = y.data;
    if constexpr (Out == 1) {
        out[0] = f(dot(In, Bias ? b[0] : T(0), w, in));
        return;
    }
    for (std::size_t o = 0; o < Out; ++o) out[o] = Bias ? b[o] : T(0);
    for (std::size_t i = 0; i < In; ++i) add_scaled(Out, in[i], w + i * Out, out);
    for (std::size_t o = 0; o < Out; ++o) out[o] = f(out[o]);
}
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
void affine(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    const std::size_t samples = y.samples;
    for (std::size_t o = 0; o < Out; ++o) {
        T* const y_o = y.data + o * Stride;
        const T b = Bias ? w[In * Out + o] : T(0);
        for (std::size_t s = 0; s < samples; ++s) y_o[s] = b;
        for (std::size_t i = 0; i < In; ++i) add_scaled(samples, w[i * Out + o], x.data + i * Stride, y_o);
        for (std::size_t s = 0; s < samples; ++s) y_o[s] = f(y_o[s]);
    }
}

/// dx = W^T dz
template <std::size_t In, std::size_t Out, class T>
void affine_input_gradient(const T* w, Sample<const T> dz, Sample<T> dx) noexcept {
    for (std::size_t i = 0; i < In; ++i) dx.data[i] = dot(Out, T(0), w + i * Out, dz.data);
}
template <std::size_t In, std::size_t Out, class T, std::size_t Stride>
void affine_input_gradient(const T* w, Block<const T, Stride> dz, Block<T, Stride> dx) noexcept {
    const std::size_t samples = dz.samples;
    for (std::size_t i = 0; i < In; ++i) {
        T* const dx_i = dx.data + i * Stride;
        for (std::size_t s = 0; s < samples; ++s) dx_i[s] = 0;
        for (std::size_t o = 0; o < Out; ++o) add_scaled(samples, w[i * Out + o], dz.data + o * Stride, dx_i);
    }
}

/// dw = x dz^T and db = dz, summed over the samples from zero; that sum is added to dw and db if `add`, so
/// that the result does not depend on how threads divide the blocks.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded>
void affine_parameter_gradient(Sample<const T, Padded> x, Sample<const T> dz, T* dw, bool add) noexcept {
    if (!add)
        for (std::size_t i = 0; i < (In + Bias) * Out; ++i) dw[i] = 0;
    for (std::size_t i = 0; i < In; ++i) add_scaled(Out, x.data[i], dz.data, dw + i * Out);
    if constexpr (Bias) add_scaled(Out, T(1), dz.data, dw + In * Out);
}
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride>
void affine_parameter_gradient(Block<const T, Stride> x, Block<const T, Stride> dz, T* dw,
                               bool add) noexcept {
    const std::size_t samples = dz.samples;
    for (std::size_t i = 0; i < In; ++i)
        for (std::size_t o = 0; o < Out; ++o) {
            const T sum = dot(samples, T(0), x.data + i * Stride, dz.data + o * Stride);
            dw[i * Out + o] = add ? dw[i * Out + o] + sum : sum;
        }
    if constexpr (Bias)
        for (std::size_t o = 0; o < Out; ++o) {
            T sum = 0;
            const T* const dz_o = dz.data + o * Stride;
            for (std::size_t s = 0; s < samples; ++s) sum += dz_o[s];
            dw[In * Out + o] = add ? dw[In * Out + o] + sum : sum;
        }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
