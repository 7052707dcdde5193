// Operations that -ffast-math and its parts do not change: rounding, infinity, NaN and tests for them.
#pragma once

#include <tenon/simd/lanes.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// Functions that depend on the rounding of each operation are wrong if numbers have excess precision: with
// the x87, which g++ uses for 32-bit x86 (-msse2 alone does not change that), and with clang's
// -ffp-eval-method.
#if __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16 // 16: as 0, and _Float16 is not widened either
#error                                                                                                       \
    "tenon needs float and double without excess precision: on 32-bit x86, compile with -msse2 -mfpmath=sse"
#endif
static_assert(std::is_same_v<decltype(1.0), double>,
              "tenon needs constants of type double: compile without -fsingle-precision-constant");

namespace tenon::inline TENON_ABI::math {

/// The unsigned integer of T's size.
template <class T>
using Unsigned = std::conditional_t<sizeof(T) == sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;

template <std::floating_point T> TENON_INLINE constexpr auto to_bits(T a) noexcept {
    return std::bit_cast<Unsigned<T>>(a);
}
template <std::floating_point V> TENON_INLINE constexpr V from_bits(Unsigned<V> bits) noexcept {
    return std::bit_cast<V>(bits);
}

/// Whether the compiler assumes that no number is infinite or NaN (-ffinite-math-only, part of -ffast-math).
/// It then removes tests for them, and branches that return such a constant.
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
inline constexpr bool assumes_finite = true;
#else
inline constexpr bool assumes_finite = false;
#endif

namespace parts {

/// Returns the same register or number and hides from the compiler how it was computed. No instruction.
template <class R> TENON_INLINE R hidden(R value) noexcept {
#if defined(__AVX512F__)
    asm("" : "+v"(value));
#elif defined(__SSE2__)
    asm("" : "+x"(value));
#elif defined(__aarch64__) || (defined(__ARM_NEON) && !defined(TENON_SCALAR))
    asm("" : "+w"(value));
#else
    asm("" : "+m"(value));
#endif
    return value;
}

/// Returns the same register or number and stops -fassociative-math from reordering across this point.
/// Without that flag, g++ generates no code for it, nor does clang on x86, which has no macro for the flag.
template <class R> TENON_INLINE R fenced(R value) noexcept {
#if defined(__clang__) && (defined(__x86_64__) || defined(__i386__))
    return __arithmetic_fence(value);
#elif defined(__ASSOCIATIVE_MATH__) || defined(__FAST_MATH__) || (defined(__clang__) && defined(__aarch64__))
    return hidden(value);
#else
    return value;
#endif
}

} // namespace parts

/// Returns the same bits, hidden from the compiler if it assumes that numbers are finite.
template <std::unsigned_integral U> constexpr U opaque(U bits) noexcept {
    if constexpr (assumes_finite)
        if (!std::is_constant_evaluated()) asm("" : "+r"(bits));
    return bits;
}

template <class T> inline constexpr Unsigned<T> sign_bit = ~(~Unsigned<T>{0} >> 1);
template <class T>
inline constexpr Unsigned<T> infinity_bits = std::bit_cast<Unsigned<T>>(std::numeric_limits<T>::max()) + 1;

/// Infinity and NaN under all flags. (clang 19 warns about every function named infinity.)
template <std::floating_point T> constexpr T infinite() noexcept {
    return from_bits<T>(opaque(infinity_bits<T>));
}
template <std::floating_point T> constexpr T not_a_number() noexcept {
    return from_bits<T>(opaque(infinity_bits<T> | infinity_bits<T> >> 1));
}

/// Whether a is neither infinite nor NaN, and whether it is NaN, under all flags.
template <std::floating_point T> TENON_INLINE constexpr bool is_finite(T a) noexcept {
    return (opaque(to_bits(a)) & infinity_bits<T>) != infinity_bits<T>;
}
template <std::floating_point T> TENON_INLINE constexpr bool is_nan(T a) noexcept {
    return (opaque(to_bits(a)) & ~sign_bit<T>) > infinity_bits<T>;
}

/// Returns NaN if x is NaN, else y: for functions that compute y from x by comparisons.
template <std::floating_point T> TENON_INLINE constexpr T keep_nan(T y, std::type_identity_t<T> x) noexcept {
    if constexpr (assumes_finite)
        if (is_nan(x)) return from_bits<T>(opaque(to_bits(x)));
    return y;
}

/// Returns a, rounded to its type here: later operations depend on that rounding.
template <std::floating_point T> TENON_INLINE constexpr T rounded(T a) noexcept {
    if (std::is_constant_evaluated()) return a;
    return parts::fenced(a);
}

#ifndef TENON_SCALAR
template <class T, std::size_t W> TENON_INLINE Lanes<T, W> rounded(Lanes<T, W> a) noexcept {
    using Register = typename Lanes<T, W>::Batch::register_type;
    return typename Lanes<T, W>::Batch(parts::fenced(static_cast<Register>(a.batch)));
}
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
