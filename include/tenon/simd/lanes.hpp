// Lanes<T, W>: W numbers in one SIMD register. The only header that includes xsimd (8.1 to 14).
#pragma once

#include <tenon/version.hpp>

#include <cstddef>
#include <type_traits>

#ifndef TENON_SCALAR
#include <tenon/config/prologue.hpp>
//
#include <xsimd/xsimd.hpp>
//
#include <tenon/config/epilogue.hpp>
#ifdef XSIMD_NO_SUPPORTED_ARCHITECTURE
#define TENON_SCALAR
#endif
#endif

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

#ifdef TENON_SCALAR
namespace detail {
template <class T, std::size_t W> inline constexpr bool has_register = W == 1;
template <class T> inline constexpr std::size_t widest = 1;
inline constexpr bool has_vectors = false;
}

template <class T, std::size_t W> struct Lanes;
#else
namespace detail {

// The xsimd architectures for the widest registers and for those of 16 bytes: xsimd's default, except for
// CPUs on which its functions do not compile.
#if defined(__AVX512F__) && (!(defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__)) ||   \
                             (defined(__EVEX256__) && !defined(__EVEX512__)))
#ifdef __FMA__
using Wide = xsimd::fma3<xsimd::avx2>;
#else
using Wide = xsimd::avx2;
#endif
using Narrow = xsimd::sse4_2;
#elif defined(__FMA4__) && !defined(__FMA__)
// xsimd's fma is ambiguous for its fma4 (8.1)
using Wide = xsimd::avx;
using Narrow = xsimd::sse4_2;
#elif defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS > 0
// the vector extensions do not work with xsimd's SVE registers (9 to 14)
using Wide = xsimd::neon64;
using Narrow = xsimd::neon64;
#else
using Wide = xsimd::default_arch;
using Narrow = void;
#endif

template <class S>
concept Arithmetic = std::is_arithmetic_v<S>;

/// xsimd's batch of W values of T, or void if there is no register of that size.
template <class T, std::size_t W, class Of16Bytes> struct BatchOf {
    using Narrower = std::conditional_t<W * sizeof(T) == 16, xsimd::batch<T, Of16Bytes>, void>;
    using type = std::conditional_t<W == xsimd::batch<T, Wide>::size, xsimd::batch<T, Wide>, Narrower>;
};
template <class T, std::size_t W> struct BatchOf<T, W, void> : xsimd::make_sized_batch<T, W> {};
template <class T, std::size_t W> using Batch = typename BatchOf<T, W, Narrow>::type;

template <class T, std::size_t W> inline constexpr bool has_register = W == 1 || !std::is_void_v<Batch<T, W>>;
template <class T> inline constexpr std::size_t widest = xsimd::batch<T, Wide>::size;

/// Whether registers are vectors of the compiler, with operators of their own. These replace calls of xsimd's
/// functions, which g++'s -Og does not inline.
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
inline constexpr bool has_vectors = true;
#else
inline constexpr bool has_vectors = false;
#endif

#if defined(__SSE2__) && __FINITE_MATH_ONLY__
/// a / b and the square root of a for registers of floats, by the instruction. Under -ffast-math compilers
/// approximate both instead: within a few ulp for most numbers, but with NaN or 0 as the result if the
/// reciprocal is 0, infinite or subnormal.
template <class R> TENON_INLINE R exact_quotient(R a, R b) noexcept {
#ifdef __AVX__
    R quotient;
    asm("{vdivps %2, %1, %0|vdivps %0, %1, %2}" : "=x"(quotient) : "x"(a), "x"(b));
    return quotient;
#else
    asm("{divps %1, %0|divps %0, %1}" : "+x"(a) : "x"(b));
    return a;
#endif
}
template <class R> TENON_INLINE R exact_root(R a) noexcept {
#ifdef __AVX__
    asm("{vsqrtps %0, %0|vsqrtps %0, %0}" : "+x"(a));
#else
    asm("{sqrtps %0, %0|sqrtps %0, %0}" : "+x"(a));
#endif
    return a;
}
#endif

} // namespace detail

/// W values of T in a SIMD register. Operators and the functions of namespace math work lane by lane.
/// Kernels, activations and losses are templates over a value V, which is T itself or a Lanes<T, W>.
template <class T, std::size_t W> struct Lanes {
    using Batch = detail::Batch<T, W>;
    Batch batch;

    Lanes() = default;
    TENON_INLINE Lanes(Batch b) noexcept : batch(b) {}
    template <detail::Arithmetic S>
    TENON_INLINE Lanes(S every_lane) noexcept : batch(static_cast<T>(every_lane)) {}

    friend TENON_INLINE Lanes operator+(Lanes a, Lanes b) noexcept {
        if constexpr (detail::has_vectors) return of(a.batch.data + b.batch.data);
        else return a.batch + b.batch;
    }
    friend TENON_INLINE Lanes operator-(Lanes a, Lanes b) noexcept {
        if constexpr (detail::has_vectors) return of(a.batch.data - b.batch.data);
        else return a.batch - b.batch;
    }
    friend TENON_INLINE Lanes operator*(Lanes a, Lanes b) noexcept {
        if constexpr (detail::has_vectors) return of(a.batch.data * b.batch.data);
        else return a.batch * b.batch;
    }
    friend TENON_INLINE Lanes operator/(Lanes a, Lanes b) noexcept {
#if defined(__SSE2__) && __FINITE_MATH_ONLY__
        if constexpr (std::is_same_v<T, float>) return of(detail::exact_quotient(a.batch.data, b.batch.data));
#endif
        // not by xsimd on AArch64: 8.1 divides four floats by Newton's method, up to 2 ulp off
        if constexpr (detail::has_vectors) return of(a.batch.data / b.batch.data);
        else return a.batch / b.batch;
    }
    friend Lanes operator-(Lanes a) noexcept { return -a.batch; }
    TENON_INLINE Lanes& operator+=(Lanes b) noexcept { return *this = *this + b; }
    TENON_INLINE Lanes& operator-=(Lanes b) noexcept { return *this = *this - b; }
    TENON_INLINE Lanes& operator*=(Lanes b) noexcept { return *this = *this * b; }
    friend auto operator<(Lanes a, Lanes b) noexcept { return a.batch < b.batch; }
    friend auto operator>(Lanes a, Lanes b) noexcept { return a.batch > b.batch; }
    friend auto operator<=(Lanes a, Lanes b) noexcept { return a.batch <= b.batch; }
    friend auto operator>=(Lanes a, Lanes b) noexcept { return a.batch >= b.batch; }
    friend auto operator==(Lanes a, Lanes b) noexcept { return a.batch == b.batch; }

    /// The lanes of a register of the compiler's or the intrinsics' type.
    template <class Register> static TENON_INLINE Lanes of(Register data) noexcept {
        Lanes lanes;
        lanes.batch.data = data;
        return lanes;
    }
};
#endif

/// W values of T: T itself if W is 1, else Lanes<T, W>.
template <class T, std::size_t W> struct ValueOf {
    using type = Lanes<T, W>;
};
template <class T> struct ValueOf<T, 1> {
    using type = T;
};
template <class T, std::size_t W> using Value = typename ValueOf<T, W>::type;

/// The number of values in a V: 1 for a number, W for Lanes<T, W>.
template <class V> inline constexpr std::size_t lane_count = 1;
template <class T, std::size_t W> inline constexpr std::size_t lane_count<Lanes<T, W>> = W;

/// The number of lanes of the narrowest register that holds `count` values, or of the widest register. A
/// single value also uses a SIMD register, because bit operations would otherwise move it through integer
/// registers.
template <class T> consteval std::size_t lanes_for(std::size_t count) {
    if (count >= detail::widest<T>) return detail::widest<T>;
    if (detail::has_register<T, 2> && count <= 2) return 2;
    if (detail::has_register<T, 4> && count <= 4) return 4;
    if (detail::has_register<T, 8> && count <= 8) return 8;
    return detail::widest<T>;
}

namespace detail {

/// Loads lane_count<V> numbers, which need not be aligned to a register.
template <class V, class T> TENON_INLINE constexpr V load(const T* from) noexcept {
    if constexpr (lane_count<V> == 1) return *from;
    else if constexpr (has_vectors) {
        typedef typename V::Batch::register_type Unaligned __attribute__((aligned(alignof(T)), may_alias));
        return V::of(*reinterpret_cast<const Unaligned*>(from));
    } else return V::Batch::load_unaligned(from);
}
/// Loads one number and stops the compiler from merging neighbouring loads: a wide load right after narrow
/// stores cannot be store-forwarded.
template <class T> TENON_INLINE T load_unmerged(const T* from) noexcept {
    T value = *from;
#if defined(__GNUC__) && defined(__SSE2__)
    asm("" : "+x"(value));
#endif
    return value;
}
/// Stores all lanes of `value`; `to` need not be aligned to a register.
template <class T> TENON_INLINE constexpr void store(T* to, T value) noexcept { *to = value; }
#ifndef TENON_SCALAR
template <class T, std::size_t W> TENON_INLINE void store(T* to, Lanes<T, W> value) noexcept {
    if constexpr (has_vectors) {
        typedef typename Lanes<T, W>::Batch::register_type Unaligned
            __attribute__((aligned(alignof(T)), may_alias));
        *reinterpret_cast<Unaligned*>(to) = value.batch.data;
    } else value.batch.store_unaligned(to);
}
#endif

/// Stores the first `Count` lanes only; memory after them is unchanged.
template <std::size_t Count, class T, class V> constexpr void store_first(T* to, V value) noexcept {
    if constexpr (Count >= lane_count<V>) store(to, value);
    else {
        alignas(64) T lanes[lane_count<V>];
        store(lanes, value);
        for (std::size_t i = 0; i < Count; ++i) to[i] = lanes[i];
    }
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
