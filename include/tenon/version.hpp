// The version, and the inline namespace that keeps code built for different CPUs apart in one program.
#pragma once

#define TENON_VERSION "0.1.0"
#define TENON_VERSION_MAJOR 0
#define TENON_VERSION_MINOR 1
#define TENON_VERSION_PATCH 0

// Every function's symbol carries the instruction set that tenon and xsimd choose code by: translation units
// built for different ones share none, so the linker cannot hand AVX-512 code to an older CPU.
#if defined(TENON_SCALAR)
#define TENON_ABI v0_1_scalar
#elif defined(__AVX512F__) && defined(__AVX512BW__)
#define TENON_ABI v0_1_avx512
#elif defined(__AVX512F__)
#define TENON_ABI v0_1_avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define TENON_ABI v0_1_avx2_fma
#elif defined(__AVX2__)
#define TENON_ABI v0_1_avx2
#elif defined(__AVX__) && defined(__FMA__)
#define TENON_ABI v0_1_avx_fma
#elif defined(__AVX__)
#define TENON_ABI v0_1_avx
#elif defined(__SSE4_2__)
#define TENON_ABI v0_1_sse4_2
#elif defined(__SSE4_1__)
#define TENON_ABI v0_1_sse4_1
#elif defined(__SSSE3__)
#define TENON_ABI v0_1_ssse3
#elif defined(__SSE3__)
#define TENON_ABI v0_1_sse3
#elif defined(__SSE2__)
#define TENON_ABI v0_1_sse2
#elif defined(__ARM_NEON)
#define TENON_ABI v0_1_neon
#else
#define TENON_ABI v0_1_generic
#endif
