// y = W x + b, forward and backward, for builds without optimisation, where a call for each number costs more
// than the number: loops over arrays, and two functions of arrays with the compiler's own vectors.
#pragma once

#include <tenon/views.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail::loops {

/// As many numbers as a register of this CPU holds, which may lie anywhere. Its operators are instructions
/// even without optimisation, and calls of nothing.
template <class T> struct Packed {
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
template <class T> inline void add(std::size_t n, T factor, const T* from, T* to) noexcept {
    using V = typename Packed<T>::type;
    const T* const end = from + n;
    const T* const whole = end - n % Packed<T>::count;
    for (; from != whole; from += Packed<T>::count, to += Packed<T>::count)
        *reinterpret_cast<V*>(to) += factor * *reinterpret_cast<const V*>(from);
    for (; from != end; ++from, ++to) *to += factor * *from;
}

/// sum + a[0] b[0] + ... + a[n - 1] b[n - 1]
template <class T> inline T dot(std::size_t n, T sum, const T* a, const T* b) noexcept {
    using V = typename Packed<T>::type;
    constexpr std::size_t count = Packed<T>::count;
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
    const T *const from = x.data, *const b = w + In * Out;
    T* const to = y.data;
    if constexpr (Out == 1) {
        to[0] = f(dot(In, Bias ? b[0] : T(0), w, from));
        return;
    }
    for (std::size_t o = 0; o < Out; ++o) to[o] = Bias ? b[o] : T(0);
    for (std::size_t i = 0; i < In; ++i) add(Out, from[i], w + i * Out, to);
    for (std::size_t o = 0; o < Out; ++o) to[o] = f(to[o]);
}
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride, class F>
void affine(const T* w, Block<const T, Stride> x, Block<T, Stride> y, F f) noexcept {
    const std::size_t samples = y.samples;
    for (std::size_t o = 0; o < Out; ++o) {
        T* const to = y.data + o * Stride;
        const T b = Bias ? w[In * Out + o] : T(0);
        for (std::size_t s = 0; s < samples; ++s) to[s] = b;
        for (std::size_t i = 0; i < In; ++i) add(samples, w[i * Out + o], x.data + i * Stride, to);
        for (std::size_t s = 0; s < samples; ++s) to[s] = f(to[s]);
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
        T* const to = dx.data + i * Stride;
        for (std::size_t s = 0; s < samples; ++s) to[s] = 0;
        for (std::size_t o = 0; o < Out; ++o) add(samples, w[i * Out + o], dz.data + o * Stride, to);
    }
}

/// dw = x dz^T and db = dz, summed over the samples; added to what is there where `sum` is true.
template <std::size_t In, std::size_t Out, bool Bias, class T, bool Padded>
void affine_parameter_gradient(Sample<const T, Padded> x, Sample<const T> dz, T* dw, bool sum) noexcept {
    if (!sum)
        for (std::size_t i = 0; i < (In + Bias) * Out; ++i) dw[i] = 0;
    for (std::size_t i = 0; i < In; ++i) add(Out, x.data[i], dz.data, dw + i * Out);
    if constexpr (Bias) add(Out, T(1), dz.data, dw + In * Out);
}
template <std::size_t In, std::size_t Out, bool Bias, class T, std::size_t Stride>
void affine_parameter_gradient(Block<const T, Stride> x, Block<const T, Stride> dz, T* dw,
                               bool sum) noexcept {
    const std::size_t samples = dz.samples;
    for (std::size_t i = 0; i < In; ++i)
        for (std::size_t o = 0; o < Out; ++o) {
            const T total = dot(samples, T(0), x.data + i * Stride, dz.data + o * Stride);
            dw[i * Out + o] = sum ? dw[i * Out + o] + total : total;
        }
    if constexpr (Bias)
        for (std::size_t o = 0; o < Out; ++o) {
            T total = 0;
            const T* const from = dz.data + o * Stride;
            for (std::size_t s = 0; s < samples; ++s) total += from[s];
            dw[In * Out + o] = sum ? dw[In * Out + o] + total : total;
        }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
