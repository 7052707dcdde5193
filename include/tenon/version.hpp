// The version, the required compilers, and the inline namespace that separates code built for different CPUs.
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

// The symbol of every function contains the instruction set that its code may use, whether SIMD is off, and
// whether optimisation is off, because each of these changes the code. Translation units that differ in one
// of them share no functions, so the linker cannot choose AVX-512 code for an older CPU. Features for which
// the compiler defines no macro are missing from the symbol, such as CSSC of -march=armv8.9-a (clang 19).
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

// For the smallest functions, which a kernel calls for each number or register, and for the parts of a
// kernel: -O0 and g++'s -Og inline no others. TENON_INLINE_LAMBDA follows the parameters of a lambda.
#define TENON_INLINE __attribute__((always_inline)) inline
#define TENON_INLINE_LAMBDA __attribute__((always_inline))
