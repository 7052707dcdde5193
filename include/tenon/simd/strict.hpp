// What holds under -ffast-math and its parts, too: roundings that stay, infinity, NaN and tests for them.
#pragma once

#include <tenon/simd/lanes.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// Functions that count on the rounding of each operation are wrong where numbers carry excess precision: the
// x87, which g++ uses for 32-bit x86 (-msse2 alone does not change that), and clang's -ffp-eval-method.
#if __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16 // 16: _Float16 alone is not widened
#error                                                                                                       \
    "tenon needs float and double without excess precision: on 32-bit x86, compile with -msse2 -mfpmath=sse"
#endif
static_assert(std::is_same_v<decltype(1.0), double>,
              "tenon needs constants of type double: compile without -fsingle-precision-constant");

namespace tenon::inline TENON_ABI::math {

template <class T>
using Unsigned = std::conditional_t<sizeof(T) == sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;

template <std::floating_point T> constexpr auto to_bits(T a) noexcept {
    return std::bit_cast<Unsigned<T>>(a);
}
template <std::floating_point V> constexpr V from_bits(Unsigned<V> bits) noexcept {
    return std::bit_cast<V>(bits);
}

/// Whether the compiler takes for granted that no number is infinite or NaN (-ffinite-math-only, part of
/// -ffast-math). It then leaves out tests that would tell, and branches that return such a constant.
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
inline constexpr bool assumes_finite = true;
#else
inline constexpr bool assumes_finite = false;
#endif

namespace parts {

/// The same register or number, of which the compiler then knows nothing. No instruction.
template <class R> [[gnu::always_inline]] inline R hidden(R value) noexcept {
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

/// A register or number that -fassociative-math does not merge with what is computed from it. Without that
/// flag no code at all for g++, nor for clang on x86, which has no macro for the flag.
template <class R> [[gnu::always_inline]] inline R fenced(R value) noexcept {
#if defined(__clang__) && (defined(__x86_64__) || defined(__i386__))
    return __arithmetic_fence(value);
#elif defined(__ASSOCIATIVE_MATH__) || defined(__FAST_MATH__) || (defined(__clang__) && defined(__aarch64__))
    return hidden(value);
#else
    return value;
#endif
}

} // namespace parts

/// The same bits, of which the compiler knows nothing if it takes numbers for finite.
template <std::unsigned_integral U> constexpr U opaque(U bits) noexcept {
    if constexpr (assumes_finite)
        if (!std::is_constant_evaluated()) asm("" : "+r"(bits));
    return bits;
}

template <class T> inline constexpr Unsigned<T> sign_bit = ~(~Unsigned<T>{0} >> 1);
template <class T>
inline constexpr Unsigned<T> infinity_bits = std::bit_cast<Unsigned<T>>(std::numeric_limits<T>::max()) + 1;

/// Infinity and NaN under all flags. (clang 19 warns of every function that is called infinity.)
template <std::floating_point T> constexpr T infinite() noexcept {
    return from_bits<T>(opaque(infinity_bits<T>));
}
template <std::floating_point T> constexpr T not_a_number() noexcept {
    return from_bits<T>(opaque(infinity_bits<T> | infinity_bits<T> >> 1));
}

/// Whether a is neither infinite nor NaN, and whether it is NaN, under all flags.
template <std::floating_point T> constexpr bool is_finite(T a) noexcept {
    return (opaque(to_bits(a)) & infinity_bits<T>) != infinity_bits<T>;
}
template <std::floating_point T> constexpr bool is_nan(T a) noexcept {
    return (opaque(to_bits(a)) & ~sign_bit<T>) > infinity_bits<T>;
}

/// y, or NaN if x is NaN: for what makes y of x by comparisons.
template <std::floating_point T> constexpr T keep_nan(T y, std::type_identity_t<T> x) noexcept {
    if constexpr (assumes_finite)
        if (is_nan(x)) return from_bits<T>(opaque(to_bits(x)));
    return y;
}

/// a, rounded as it stands: what is computed from it counts on that.
template <std::floating_point T> constexpr T rounded(T a) noexcept {
    if (std::is_constant_evaluated()) return a;
    return parts::fenced(a);
}

#ifndef TENON_SCALAR
template <class T, std::size_t W> [[gnu::always_inline]] inline Lanes<T, W> rounded(Lanes<T, W> a) noexcept {
    using Register = typename Lanes<T, W>::Batch::register_type;
    return typename Lanes<T, W>::Batch(parts::fenced(static_cast<Register>(a.batch)));
}
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
