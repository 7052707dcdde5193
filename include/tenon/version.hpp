// The version, what it needs, and the inline namespace that keeps code built for different CPUs apart.
#pragma once

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

// Every function's symbol carries the instruction set that tenon and xsimd choose code by, and whether that
// is done without SIMD, where the compiler still uses what the CPU has: translation units built for different
// ones of these share none, so the linker cannot hand AVX-512 code to an older CPU.
#ifdef TENON_SCALAR
#define TENON_ABI_FOR(cpu) v0_1_scalar_##cpu
#else
#define TENON_ABI_FOR(cpu) v0_1_##cpu
#endif
#if defined(__AVX512F__) && defined(__AVX512BW__)
#define TENON_ABI TENON_ABI_FOR(avx512)
#elif defined(__AVX512F__)
#define TENON_ABI TENON_ABI_FOR(avx512f)
#elif defined(__AVX2__) && defined(__FMA__)
#define TENON_ABI TENON_ABI_FOR(avx2_fma)
#elif defined(__AVX2__)
#define TENON_ABI TENON_ABI_FOR(avx2)
#elif defined(__AVX__) && defined(__FMA__)
#define TENON_ABI TENON_ABI_FOR(avx_fma)
#elif defined(__AVX__)
#define TENON_ABI TENON_ABI_FOR(avx)
#elif defined(__SSE4_2__)
#define TENON_ABI TENON_ABI_FOR(sse4_2)
#elif defined(__SSE4_1__)
#define TENON_ABI TENON_ABI_FOR(sse4_1)
#elif defined(__SSSE3__)
#define TENON_ABI TENON_ABI_FOR(ssse3)
#elif defined(__SSE3__)
#define TENON_ABI TENON_ABI_FOR(sse3)
#elif defined(__SSE2__)
#define TENON_ABI TENON_ABI_FOR(sse2)
#elif defined(__ARM_NEON)
#define TENON_ABI TENON_ABI_FOR(neon)
#else
#define TENON_ABI TENON_ABI_FOR(generic)
#endif
