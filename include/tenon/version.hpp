// The version, what it needs, and the inline namespace that keeps code built for different CPUs apart.
#pragma once

#include <tenon/config/instruction_set.hpp>

#define TENON_VERSION "0.1.0"
#define TENON_VERSION_MAJOR 0
#define TENON_VERSION_MINOR 1
#define TENON_VERSION_PATCH 0

#if __cplusplus < 202002L
#error "tenon needs C++20: compile with -std=c++20"
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "tenon needs clang 16 or newer"
#elif !defined(__clang__) && __GNUC__ < 12
#error "tenon needs g++ 12 or newer"
#endif

// Every function's symbol carries the instruction set that its code may use, whether it is done without SIMD,
// and whether it is optimised, for without optimisation its code is another: translation units built for
// different ones of these share none, so the linker cannot hand AVX-512 code to an older CPU. What a compiler
// names by no macro it cannot carry, as CSSC of -march=armv8.9-a (clang 19).
#ifdef TENON_SCALAR
#define TENON_SIMD_PART scalar_
#else
#define TENON_SIMD_PART
#endif
#ifdef __OPTIMIZE__
#define TENON_OPTIMIZE_PART
#else
#define TENON_OPTIMIZE_PART O0_
#endif
#define TENON_ABI TENON_JOIN(v0_1_, TENON_OPTIMIZE_PART, TENON_SIMD_PART, TENON_INSTRUCTION_SET, , , , )

// For the smallest functions, of which a kernel calls one for each number or register: -O0 and g++'s -Og
// inline no others.
#define TENON_INLINE __attribute__((always_inline)) inline
