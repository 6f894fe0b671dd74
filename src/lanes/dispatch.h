/* dispatch.h: the builds of one lane function, by kernel.  DYSON_LANE_BUILDS(f) initialises a table
 * indexed by dyson_kernel from f_base, f_avx2 and f_avx512, as far as this build contains them;
 * DYSON_LANE_BUILDS_SINGLE(f) from their builds in single precision, f_base_single and so on. */
#ifndef DYSON_DISPATCH_H
#define DYSON_DISPATCH_H

/* clang-format off */
#if defined(__x86_64__)
#define DYSON_LANE_BUILDS(f) {f##_base, f##_avx2, f##_avx512}
#define DYSON_LANE_BUILDS_SINGLE(f) {f##_base_single, f##_avx2_single, f##_avx512_single}
#else
#define DYSON_LANE_BUILDS(f) {f##_base}
#define DYSON_LANE_BUILDS_SINGLE(f) {f##_base_single}
#endif
/* clang-format on */

#endif
