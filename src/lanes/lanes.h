/* lanes.h: one replica per SIMD lane, by the vector extensions that GCC and Clang share.
 *
 * Sources named *_lanes.c include this and are compiled once per instruction set, with
 * -DDYSON_LANE_KERNEL=base|avx2|avx512; DYSON_LANE(name) gives a function that build's own name.
 * Those that train in single precision too are compiled once more each, with -DDYSON_LANE_SINGLE
 * and KERNEL_single for the kernel: `real` is float then, and there are twice the lanes.
 * All arithmetic is lane by lane: what a lane computes depends on nothing in the others. */
#ifndef DYSON_LANES_H
#define DYSON_LANES_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef DYSON_LANE_KERNEL
#error "compiled without -DDYSON_LANE_KERNEL=base|avx2|avx512"
#endif
#define DYSON_LANE_PASTE(name, kernel) name##_##kernel
#define DYSON_LANE_EXPAND(name, kernel) DYSON_LANE_PASTE(name, kernel)
#define DYSON_LANE(name) DYSON_LANE_EXPAND(name, DYSON_LANE_KERNEL)

/* 64-bit words in a register; numbers in a register: one per lane. */
#if defined(__AVX512F__)
#define WORDS 8
#elif defined(__AVX2__)
#define WORDS 4
#else
#define WORDS 2
#endif
typedef uint64_t lane_word __attribute__((vector_size(8 * WORDS)));

#if defined(DYSON_LANE_SINGLE)
#define LANES (2 * WORDS)
typedef float real;
typedef uint32_t lane_bits __attribute__((vector_size(8 * WORDS)));
typedef int32_t lane_mask __attribute__((vector_size(8 * WORDS))); /* per lane all ones or zero */
#else
#define LANES WORDS
typedef double real;
typedef lane_word lane_bits;
typedef int64_t lane_mask __attribute__((vector_size(8 * WORDS)));
#endif
typedef real lane __attribute__((vector_size(8 * WORDS)));

#define LANE_INLINE static inline __attribute__((always_inline))

/* Unrolls the next loop n times: as a whole where its trip count is a constant of at most n, so
 * that the arrays it indexes become registers.  Clang chooses n. */
#if defined(__clang__)
#define LANE_UNROLL(n) _Pragma("unroll")
#else
#define LANE_PRAGMA(text) _Pragma(#text)
#define LANE_UNROLL(n) LANE_PRAGMA(GCC unroll n)
#endif

/* The same value in every lane. */
LANE_INLINE lane lane_all(real value)
{
    return value - (lane){0};
}

LANE_INLINE lane_word lane_word_all(uint64_t value)
{
    return value + (lane_word){0};
}

/* The low 32 bits of a times the low 32 bits of b: 64 bits.  This and lane_any are all for which
 * the compilers do not find the x86 instruction by themselves. */
LANE_INLINE lane_word lane_multiply32(lane_word a, uint32_t b)
{
#if WORDS == 8
    return (lane_word)_mm512_mul_epu32((__m512i)a, (__m512i)lane_word_all(b));
#elif WORDS == 4
    return (lane_word)_mm256_mul_epu32((__m256i)a, (__m256i)lane_word_all(b));
#elif defined(__x86_64__)
    return (lane_word)_mm_mul_epu32((__m128i)a, (__m128i)lane_word_all(b));
#else
    return (a & 0xffffffff) * b;
#endif
}

/* mask ? a : b, lane by lane. */
LANE_INLINE lane lane_select(lane_mask mask, lane a, lane b)
{
    return (lane)(((lane_mask)a & mask) | ((lane_mask)b & ~mask));
}

LANE_INLINE lane lane_abs(lane a)
{
#if defined(DYSON_LANE_SINGLE)
    return (lane)((lane_mask)a & 0x7fffffff);
#else
    return (lane)((lane_mask)a & 0x7fffffffffffffff);
#endif
}

/* A product that is rounded by itself, where the compiler might as well make it part of a fused
 * multiply-add: of a b + c d either can be, and the choice is not to depend on the surroundings. */
LANE_INLINE lane lane_rounded(lane product)
{
#if defined(__x86_64__)
    __asm__("" : "+v"(product));
#elif defined(__aarch64__)
    __asm__("" : "+w"(product));
#else
    __asm__("" : "+m"(product));
#endif
    return product;
}

/* Correctly rounded square root. */
LANE_INLINE lane lane_sqrt(lane a)
{
    real value[LANES];
    memcpy(value, &a, sizeof value);
    LANE_UNROLL(16)
    for (int l = 0; l < LANES; l++)
        value[l] = sizeof(real) == 4 ? (real)__builtin_sqrtf((float)value[l])
                                     : (real)__builtin_sqrt(value[l]);
    memcpy(&a, value, sizeof value);
    return a;
}

/* Whether any lane's mask is set. */
LANE_INLINE int lane_any(lane_mask mask)
{
#if WORDS == 8
    return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#elif WORDS == 4
    return _mm256_movemask_epi8((__m256i)mask) != 0;
#elif defined(__x86_64__)
    return _mm_movemask_epi8((__m128i)mask) != 0;
#else
    return (((lane_word)mask)[0] | ((lane_word)mask)[1]) != 0;
#endif
}

#if !defined(DYSON_LANE_SINGLE)
/* table[index mod 16], lane by lane; the table is aligned to 64 bytes. */
LANE_INLINE lane lane_table(const double table[16], lane_word index)
{
#if WORDS == 8 && !defined(__clang__)
    const lane *half = (const lane *)table;
    return __builtin_shuffle(half[0], half[1], (lane_mask)index);
#else
    lane value;
    for (int l = 0; l < LANES; l++)
        value[l] = table[index[l] & 15];
    return value;
#endif
}
#endif

#endif
