/* kernel.h: which build of the SIMD sources runs.
 *
 * The sources under src/lanes/ (and each model's kernel, and the eigensolver) are compiled once per
 * instruction set; the widest that the processor has is chosen at run time, so that a login node's
 * build runs on any compute node.  One replica sits in one lane. */
#ifndef DYSON_KERNEL_H
#define DYSON_KERNEL_H

#include "dyson/error.h"

typedef enum dyson_kernel {
    DYSON_KERNEL_BASE,   /* what every processor of the architecture has: "x86-64" (2 lanes), "neon"
                            (2) */
    DYSON_KERNEL_AVX2,   /* x86: AVX2 with FMA, 4 lanes of double */
    DYSON_KERNEL_AVX512, /* x86: AVX-512 F, DQ, VL, 8 lanes of double */
    DYSON_KERNEL_COUNT
} dyson_kernel;

#define DYSON_KERNEL_LANES_MAX 16 /* of either precision */

/* The name ("avx512"), the number of lanes of double, and that of float: twice as many. */
const char *dyson_kernel_name(dyson_kernel kernel);
int dyson_kernel_lanes(dyson_kernel kernel);
int dyson_kernel_lanes_single(dyson_kernel kernel);

/* Whether this build contains the kernel and this processor can run it. */
int dyson_kernel_runs(dyson_kernel kernel);

/* The widest that runs here, or the one named by the environment variable DYSON_KERNEL.
 * Errors: DYSON_USAGE where the variable names one that is unknown or cannot run here. */
int dyson_kernel_choose(dyson_kernel *kernel, dyson_error *error);

/* The kernel of that name.  Errors: DYSON_BAD_DATA where there is none. */
int dyson_kernel_find(const char *name, dyson_kernel *kernel, dyson_error *error);

#endif
