// TENON_INSTRUCTION_SET: an identifier that names all instructions which the compiler may generate for its
// -march. x86 and ARM only; `generic` on other CPUs. Instructions for intrinsics only, such as AES, are left
// out.
#pragma once

// TENON_IF(__BMI2__, yes, no) expands to yes if the macro is defined as 1, to no if it is not defined.
#define TENON_IS_1 ,
#define TENON_SECOND(first, second, ...) second
#define TENON_PICK(...) TENON_SECOND(__VA_ARGS__)
#define TENON_IF_VALUE(value, yes, no) TENON_PICK(TENON_IS_##value yes, no, )
#define TENON_IF(macro, yes, no) TENON_IF_VALUE(macro, yes, no)

#define TENON_PASTE(a, b, c, d, e, f, g, h) a##b##c##d##e##f##g##h
#define TENON_JOIN(a, b, c, d, e, f, g, h) TENON_PASTE(a, b, c, d, e, f, g, h)

// Four little-known features share a hexadecimal digit after a letter: TENON_DIGIT(_g, 1st, 2nd, 3rd, 4th). A
// digit 0 is left out, with its letter.
#define TENON_DIGIT_0000(letter)
#define TENON_DIGIT_0001(letter) letter##1
#define TENON_DIGIT_0010(letter) letter##2
#define TENON_DIGIT_0011(letter) letter##3
#define TENON_DIGIT_0100(letter) letter##4
#define TENON_DIGIT_0101(letter) letter##5
#define TENON_DIGIT_0110(letter) letter##6
#define TENON_DIGIT_0111(letter) letter##7
#define TENON_DIGIT_1000(letter) letter##8
#define TENON_DIGIT_1001(letter) letter##9
#define TENON_DIGIT_1010(letter) letter##a
#define TENON_DIGIT_1011(letter) letter##b
#define TENON_DIGIT_1100(letter) letter##c
#define TENON_DIGIT_1101(letter) letter##d
#define TENON_DIGIT_1110(letter) letter##e
#define TENON_DIGIT_1111(letter) letter##f
#define TENON_DIGIT_OF(letter, a, b, c, d) TENON_DIGIT_##a##b##c##d(letter)
#define TENON_DIGIT_FOR(letter, a, b, c, d) TENON_DIGIT_OF(letter, a, b, c, d)
#define TENON_DIGIT(letter, a, b, c, d)                                                                      \
    TENON_DIGIT_FOR(letter, TENON_IF(a, 1, 0), TENON_IF(b, 1, 0), TENON_IF(c, 1, 0), TENON_IF(d, 1, 0))

#if defined(__x86_64__) || defined(__i386__)

// If all features of a level are available, its name replaces theirs and the levels below: x86_64_v3.
#if defined(__x86_64__) && defined(__SSE3__) && defined(__SSSE3__) && defined(__SSE4_1__) &&                 \
    defined(__SSE4_2__) && defined(__POPCNT__) && defined(__LAHF_SAHF__) &&                                  \
    defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16)
#define TENON_WHOLE_V2 1
#endif
#if defined(__AVX__) && defined(__AVX2__) && defined(__BMI__) && defined(__BMI2__) && defined(__F16C__) &&   \
    defined(__FMA__) && defined(__LZCNT__) && defined(__MOVBE__)
#define TENON_WHOLE_V3 1
#endif
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) &&       \
    defined(__AVX512VL__)
#define TENON_WHOLE_V4 1
#endif
#define TENON_PARTS_OF_V2                                                                                    \
    TENON_JOIN(TENON_IF(__SSE3__, _sse3, ), TENON_IF(__SSSE3__, _ssse3, ), TENON_IF(__SSE4_1__, _sse4_1, ),  \
               TENON_IF(__SSE4_2__, _sse4_2, ), TENON_IF(__POPCNT__, _popcnt, ),                             \
               TENON_IF(__LAHF_SAHF__, _sahf, ), TENON_IF(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16, _cx16, ), )
#define TENON_PARTS_OF_V3                                                                                    \
    TENON_JOIN(TENON_IF(__AVX__, _avx, ), TENON_IF(__AVX2__, _avx2, ), TENON_IF(__BMI__, _bmi, ),            \
               TENON_IF(__BMI2__, _bmi2, ), TENON_IF(__F16C__, _f16c, ), TENON_IF(__FMA__, _fma, ),          \
               TENON_IF(__LZCNT__, _lzcnt, ), TENON_IF(__MOVBE__, _movbe, ))
#define TENON_PARTS_OF_V4                                                                                    \
    TENON_JOIN(TENON_IF(__AVX512F__, _avx512f, ), TENON_IF(__AVX512BW__, _bw, ),                             \
               TENON_IF(__AVX512CD__, _cd, ), TENON_IF(__AVX512DQ__, _dq, ), TENON_IF(__AVX512VL__, _vl, ),  \
               , , )
#define TENON_V2 TENON_IF(TENON_WHOLE_V2, TENON_IF(TENON_WHOLE_V3, , _v2), TENON_PARTS_OF_V2)
#define TENON_V3 TENON_IF(TENON_WHOLE_V3, TENON_IF(TENON_WHOLE_V4, , _v3), TENON_PARTS_OF_V3)
#define TENON_V4 TENON_IF(TENON_WHOLE_V4, _v4, TENON_PARTS_OF_V4)

#if defined(__EVEX256__) && !defined(__EVEX512__) // AVX-512's instructions, but no 512-bit registers
#define TENON_NO_ZMM _ymm
#else
#define TENON_NO_ZMM
#endif

#define TENON_X86_AMD                                                                                        \
    TENON_JOIN(TENON_DIGIT(_g, __SSE4A__, __XOP__, __FMA4__, __TBM__),                                       \
               TENON_DIGIT(_h, __PRFCHW__, __3dNOW__, __3dNOW_A__, __RAOINT__), , , , , , )
#define TENON_X86_AVX                                                                                        \
    TENON_JOIN(TENON_DIGIT(_i, __GFNI__, __AVXVNNI__, __AVXIFMA__, __AVXNECONVERT__),                        \
               TENON_DIGIT(_j, __AVXVNNIINT8__, __AVXVNNIINT16__, __CMPCCXADD__, __MOVRS__),                 \
               TENON_DIGIT(_k, __AVX512VNNI__, __AVX512IFMA__, __AVX512VBMI__, __AVX512VBMI2__),             \
               TENON_DIGIT(_l, __AVX512BITALG__, __AVX512VPOPCNTDQ__, __AVX512BF16__, __AVX512FP16__),       \
               TENON_DIGIT(_m, __AVX512ER__, __AVX512PF__, __AVX5124FMAPS__, __AVX5124VNNIW__),              \
               TENON_DIGIT(_n, __AVX10_1__, __AVX10_1_512__, __AVX10_2__, __AVX10_2_512__), , )
#define TENON_X86_APX                                                                                        \
    TENON_JOIN(TENON_DIGIT(_p, __EGPR__, __PUSH2POP2__, __PPX__, __NDD__),                                   \
               TENON_DIGIT(_q, __CCMP__, __NF__, __CF__, __ZU__), TENON_IF(__APX_F__, _apx, ), , , , , )

#ifdef __x86_64__
#define TENON_X86 x86_64
#else
#define TENON_X86 TENON_JOIN(x86, TENON_DIGIT(_s, __i686__, __MMX__, __SSE__, __SSE2__), , , , , , )
#endif
#define TENON_INSTRUCTION_SET                                                                                \
    TENON_JOIN(TENON_X86, TENON_V2, TENON_V3, TENON_V4, TENON_NO_ZMM, TENON_X86_AMD, TENON_X86_AVX,          \
               TENON_X86_APX)

#elif defined(__aarch64__) || defined(__arm__)

#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS > 0 // -msve-vector-bits=
#define TENON_SVE_BITS TENON_JOIN(_bits, __ARM_FEATURE_SVE_BITS, , , , , , )
#else
#define TENON_SVE_BITS
#endif
#ifdef __ARM_FEATURE_RCPC // 1 to 3
#define TENON_RCPC TENON_JOIN(_rcpc, __ARM_FEATURE_RCPC, , , , , , )
#else
#define TENON_RCPC
#endif

#define TENON_ARM_FEATURES                                                                                   \
    TENON_JOIN(TENON_IF(__ARM_FEATURE_ATOMICS, _lse, ), TENON_IF(__ARM_FEATURE_DOTPROD, _dotprod, ),         \
               TENON_IF(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC, _fp16, ),                                      \
               TENON_IF(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC, _bf16, ),                                      \
               TENON_IF(__ARM_FEATURE_MATMUL_INT8, _i8mm, ), TENON_IF(__ARM_FEATURE_SVE, _sve, ),            \
               TENON_IF(__ARM_FEATURE_SVE2, _sve2, ), TENON_SVE_BITS)
#define TENON_ARM_SCALAR                                                                                     \
    TENON_JOIN(                                                                                              \
        TENON_RCPC,                                                                                          \
        TENON_DIGIT(_g, __ARM_FEATURE_CRC32, __ARM_FEATURE_QRDMX, __ARM_FEATURE_COMPLEX,                     \
                    __ARM_FEATURE_JCVT),                                                                     \
        TENON_DIGIT(_h, __ARM_FEATURE_FRINT, __ARM_FEATURE_FP16_SCALAR_ARITHMETIC, __ARM_FEATURE_FP16_FML,   \
                    __ARM_FEATURE_BF16_SCALAR_ARITHMETIC),                                                   \
        TENON_DIGIT(_i, __ARM_FEATURE_MOPS, __ARM_FEATURE_CSSC, __ARM_FEATURE_SHA3, __ARM_FEATURE_SHA512),   \
        TENON_DIGIT(_j, __ARM_FEATURE_LSE128, __ARM_FEATURE_LS64, __ARM_FEATURE_FAMINMAX,                    \
                    __ARM_FEATURE_LUT),                                                                      \
        , , )
#define TENON_ARM_SVE                                                                                        \
    TENON_JOIN(TENON_DIGIT(_k, __ARM_FEATURE_SVE2p1, __ARM_FEATURE_SVE2_AES, __ARM_FEATURE_SVE2_BITPERM,     \
                           __ARM_FEATURE_SVE2_SHA3),                                                         \
               TENON_DIGIT(_l, __ARM_FEATURE_SVE_BF16, __ARM_FEATURE_SVE_MATMUL_INT8,                        \
                           __ARM_FEATURE_SVE_MATMUL_FP32, __ARM_FEATURE_SVE_MATMUL_FP64),                    \
               TENON_DIGIT(_m, __ARM_FEATURE_SVE2p2, __ARM_FEATURE_SVE_B16B16, __ARM_FEATURE_SVE2_SM4,       \
                           __ARM_FEATURE_CPA),                                                               \
               TENON_DIGIT(_n, __ARM_FEATURE_SME, __ARM_FEATURE_SME2, __ARM_FEATURE_SME2p1,                  \
                           __ARM_FEATURE_SME_F16F16),                                                        \
               , , , )

#ifdef __aarch64__
#define TENON_ARM TENON_JOIN(TENON_IF(__ARM_NEON, neon, aarch64), , , , , , , )
#else
#ifdef __ARM_FP // the sizes of floating-point numbers that the hardware supports
#define TENON_ARM_FP TENON_JOIN(_fp, __ARM_FP, , , , , , )
#else
#define TENON_ARM_FP
#endif
#ifdef __ARM_FEATURE_LDREX
#define TENON_ARM_LDREX TENON_JOIN(_ldrex, __ARM_FEATURE_LDREX, , , , , , )
#else
#define TENON_ARM_LDREX
#endif
#ifdef __ARM_FEATURE_MVE
#define TENON_ARM_MVE TENON_JOIN(_mve, __ARM_FEATURE_MVE, , , , , , )
#else
#define TENON_ARM_MVE
#endif
#define TENON_ARM                                                                                            \
    TENON_JOIN(armv, __ARM_ARCH, TENON_IF(__ARM_NEON, _neon, ), TENON_ARM_FP, TENON_ARM_MVE,                 \
               TENON_ARM_LDREX,                                                                              \
               TENON_DIGIT(_s, __thumb__, __thumb2__, __ARM_FEATURE_IDIV, __ARM_FEATURE_FMA),                \
               TENON_DIGIT(_t, __ARM_FEATURE_SIMD32, __ARM_FEATURE_DSP, __ARM_FEATURE_CLZ,                   \
                           __ARM_FEATURE_UNALIGNED))
#endif
#define TENON_INSTRUCTION_SET                                                                                \
    TENON_JOIN(TENON_ARM, TENON_ARM_FEATURES, TENON_ARM_SCALAR, TENON_ARM_SVE, , , , )

#else
#define TENON_INSTRUCTION_SET generic
#endif
