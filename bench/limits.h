/* limits.h: what a core can do at most, measured, for each kernel: the two things that training is
 * made of. */
#ifndef DYSON_BENCH_LIMITS_H
#define DYSON_BENCH_LIMITS_H

#include "dyson/kernel.h"

/* Does `rounds` x BENCH_MULTIPLY_ADDS multiply-adds of lanes, in independent chains, from
 * registers. */
#define BENCH_MULTIPLY_ADDS 120
/* Draws `rounds` x BENCH_NORMALS normals per lane into an array that stays in the first cache. */
#define BENCH_NORMALS 40

typedef void bench_function(long rounds);
bench_function bench_multiply_add_base, bench_multiply_add_avx2, bench_multiply_add_avx512;
bench_function bench_normals_base, bench_normals_avx2, bench_normals_avx512;
bench_function bench_multiply_add_base_single, bench_multiply_add_avx2_single;
bench_function bench_multiply_add_avx512_single, bench_normals_base_single;
bench_function bench_normals_avx2_single, bench_normals_avx512_single;

#endif
