// Basic operations of kernels and math functions, with the same names for one number and for Lanes.
#pragma once

#include <tenon/simd/strict.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Functions for activations and losses. A value V is float, double or Lanes of them; the functions are
/// constant expressions for float and double.
namespace math {

template <class V> struct ScalarOf {
    using type = V;
};
template <class T, std::size_t W> struct ScalarOf<Lanes<T, W>> {
    using type = T;
};
/// The type of one lane of V.
template <class V> using Scalar = typename ScalarOf<V>::type;

/// Whether the CPU has an instruction for a * b + c.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

/// a * b + c, rounded once if the CPU has an instruction for it, but twice in constant expressions.
template <std::floating_point T>
TENON_INLINE constexpr T fma(T a, std::type_identity_t<T> b, std::type_identity_t<T> c) noexcept {
#ifdef __clang__ // clang would otherwise round once if it knows the numbers, and twice if it does not
#pragma clang fp contract(off)
#endif
    if (has_fma && !std::is_constant_evaluated()) {
        if constexpr (sizeof(T) == sizeof(float))
            return __builtin_fmaf(a, b, c); // std::fma is a call with -O0
        else return __builtin_fma(a, b, c);
    }
    return a * b + c;
}

/// The maximum. Returns b if either is NaN (under -ffinite-math-only: if b is NaN).
template <std::floating_point T> TENON_INLINE constexpr T max(T a, std::type_identity_t<T> b) noexcept {
    if constexpr (assumes_finite) return keep_nan(a > b ? a : b, b);
    return a > b ? a : b;
}

/// The minimum. Returns b if either is NaN (under -ffinite-math-only: if b is NaN).
template <std::floating_point T> TENON_INLINE constexpr T min(T a, std::type_identity_t<T> b) noexcept {
    if constexpr (assumes_finite) return keep_nan(a < b ? a : b, b);
    return a < b ? a : b;
}

/// `yes` in the lanes in which `mask` is true, `no` in the others.
template <std::floating_point T>
TENON_INLINE constexpr T select(bool mask, T yes, std::type_identity_t<T> no) noexcept {
    return mask ? yes : no;
}

template <std::floating_point T> TENON_INLINE constexpr T abs(T a) noexcept {
    return from_bits<T>(to_bits(a) & ~sign_bit<T>);
}

/// The square root. Correctly rounded at run time; constant expressions use Newton's method, which may be off
/// by one ulp.
template <std::floating_point T> constexpr T sqrt(T a) noexcept {
    if (!std::is_constant_evaluated()) return std::sqrt(a);
    if (!(a > 0) || a > std::numeric_limits<T>::max()) return a < 0 ? not_a_number<T>() : a;
    const double square = static_cast<double>(a);
    double root = from_bits<double>((to_bits(square) >> 1) + (std::uint64_t{0x3ff} << 51)) * 1.1, next = root;
    do { // from a start above the root, each step is smaller until rounding stops it
        root = next;
        next = 0.5 * (root + square / root);
    } while (next < root);
    return static_cast<T>(root);
}

/// Return a; see the overloads for Lanes.
template <std::floating_point T> constexpr T keep_in_register(T a) noexcept { return a; }
template <std::floating_point T> constexpr T computed_here(T a) noexcept { return a; }

/// Whether `mask` is true in any lane.
constexpr bool any(bool mask) noexcept { return mask; }

/// Shifts bits by `count` places and fills with zeros.
template <std::unsigned_integral U> TENON_INLINE constexpr U shift_left(U bits, int count) noexcept {
    return bits << count;
}
template <std::unsigned_integral U> TENON_INLINE constexpr U shift_right(U bits, int count) noexcept {
    return bits >> count;
}

#ifndef TENON_SCALAR
// g++ 12 warns about its own AVX-512 intrinsics (its bug 105593), wherever they are inlined.
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// The same bits as a batch of another value type.
template <class To, class From> To bit_cast_batch(const From& from) noexcept {
    using Value = typename To::value_type;
    if constexpr (requires {
                      { xsimd::bitwise_cast<Value>(from) } -> std::same_as<To>;
                  })
        return xsimd::bitwise_cast<Value>(from);
    else return xsimd::bitwise_cast<To>(from); // xsimd before 9
}
template <class T, std::size_t W> auto to_bits(Lanes<T, W> a) noexcept {
    using Bits = xsimd::batch<Unsigned<T>, typename Lanes<T, W>::Batch::arch_type>;
    return bit_cast_batch<Bits>(a.batch);
}
template <class V, class Bits> V from_bits(const Bits& bits) noexcept {
    return bit_cast_batch<typename V::Batch>(bits);
}

template <class U, class A>
xsimd::batch<U, A> shift_left(const xsimd::batch<U, A>& bits, int count) noexcept {
    return bits << count;
}
template <class U, class A>
xsimd::batch<U, A> shift_right(const xsimd::batch<U, A>& bits, int count) noexcept {
    return bits >> count;
}

template <class T, std::size_t W> Lanes<T, W> keep_nan(Lanes<T, W> y, Lanes<T, W> x) noexcept {
    if constexpr (!assumes_finite) return y;
    else {
        using Bits = decltype(to_bits(x));
        const typename Bits::register_type magnitude = to_bits(x) & Bits(~sign_bit<T>);
        // its sign bit is set if x is NaN; all bits of y are set then
        const Bits below_infinity = Bits(infinity_bits<T>) - Bits(parts::hidden(magnitude));
        return from_bits<Lanes<T, W>>(
            to_bits(y) | (Bits(Unsigned<T>{0}) - shift_right(below_infinity, sizeof(T) * 8 - 1)));
    }
}

template <class T, std::size_t W>
TENON_INLINE Lanes<T, W> fma(Lanes<T, W> a, std::type_identity_t<Lanes<T, W>> b,
                             std::type_identity_t<Lanes<T, W>> c) noexcept {
    // xsimd gives four floats the architecture SSE4.2 or AVX2; 8.1 has no fma for AVX-512: both round twice.
    // And g++'s -Og does not inline xsimd's functions.
#ifdef __FMA__
    using V = Lanes<T, W>;
    const auto &x = a.batch, &y = b.batch, &z = c.batch;
    if constexpr (std::is_same_v<T, float> && W == 4) return V::of(_mm_fmadd_ps(x.data, y.data, z.data));
    else if constexpr (std::is_same_v<T, double> && W == 2)
        return V::of(_mm_fmadd_pd(x.data, y.data, z.data));
    else if constexpr (std::is_same_v<T, float> && W == 8)
        return V::of(_mm256_fmadd_ps(x.data, y.data, z.data));
    else if constexpr (std::is_same_v<T, double> && W == 4)
        return V::of(_mm256_fmadd_pd(x.data, y.data, z.data));
#ifdef __AVX512F__
    else if constexpr (std::is_same_v<T, float> && W == 16)
        return V::of(_mm512_fmadd_ps(x.data, y.data, z.data));
    else if constexpr (std::is_same_v<T, double> && W == 8)
        return V::of(_mm512_fmadd_pd(x.data, y.data, z.data));
#endif
#elif defined(__SSE2__)
    return a * b + c;
#else
    return xsimd::fma(a.batch, b.batch, c.batch);
#endif
}
template <class T, std::size_t W>
Lanes<T, W> max(Lanes<T, W> a, std::type_identity_t<Lanes<T, W>> b) noexcept {
    // of a NaN and a number xsimd 14 gives the first, xsimd before 14 the second
    if constexpr (XSIMD_VERSION_MAJOR >= 14) return keep_nan<T, W>(xsimd::max(b.batch, a.batch), b);
    else return keep_nan<T, W>(xsimd::max(a.batch, b.batch), b);
}
template <class T, std::size_t W>
Lanes<T, W> min(Lanes<T, W> a, std::type_identity_t<Lanes<T, W>> b) noexcept {
    if constexpr (XSIMD_VERSION_MAJOR >= 14) return keep_nan<T, W>(xsimd::min(b.batch, a.batch), b);
    else return keep_nan<T, W>(xsimd::min(a.batch, b.batch), b);
}
/// Returns a and makes g++ keep it in a register. g++ would otherwise load an operand again for each
/// multiply-add, and the loads, two a cycle, would limit the speed of a tile (71% of the peak instead of 98).
template <class T, std::size_t W> TENON_INLINE Lanes<T, W> keep_in_register(Lanes<T, W> a) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && defined(__SSE2__)
    typename Lanes<T, W>::Batch::register_type data = a.batch;
    asm("" : "+v"(data));
    return typename Lanes<T, W>::Batch(data);
#else
    return a;
#endif
}
/// Returns a, computed before what follows; clang would otherwise compute it where it is used.
template <class T, std::size_t W> TENON_INLINE Lanes<T, W> computed_here(Lanes<T, W> a) noexcept {
#if defined(__GNUC__) && defined(__SSE2__)
    typename Lanes<T, W>::Batch::register_type data = a.batch;
    asm volatile("" : "+v"(data));
    return typename Lanes<T, W>::Batch(data);
#else
    return a;
#endif
}
template <class Mask> bool any(const Mask& mask) noexcept { return xsimd::any(mask); }
template <class Mask, class T, std::size_t W>
Lanes<T, W> select(const Mask& mask, Lanes<T, W> yes, std::type_identity_t<Lanes<T, W>> no) noexcept {
    return xsimd::select(mask, yes.batch, no.batch);
}
template <class T, std::size_t W> Lanes<T, W> abs(Lanes<T, W> a) noexcept { return xsimd::abs(a.batch); }
template <class T, std::size_t W> Lanes<T, W> sqrt(Lanes<T, W> a) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
#ifdef __aarch64__ // not by xsimd, as with the division of Lanes
    if constexpr (std::is_same_v<T, float> && W == 4) return Batch(vsqrtq_f32(a.batch));
#elif defined(__SSE2__) && __FINITE_MATH_ONLY__
    if constexpr (std::is_same_v<T, float>) return Batch(detail::exact_root(a.batch.data));
#endif
    return Batch(xsimd::sqrt(a.batch));
}

#ifndef __clang__
#pragma GCC diagnostic pop
#endif
#endif

/// y with the sign of x, for y >= 0.
template <class V> TENON_INLINE constexpr V with_sign(V y, V x) noexcept {
    using U = Unsigned<Scalar<V>>;
    const auto sign = to_bits(x) & decltype(to_bits(x))(U{1} << (sizeof(U) * 8 - 1));
    return from_bits<V>(to_bits(y) | sign);
}

} // namespace math

} // namespace tenon

#include <tenon/config/epilogue.hpp>
