/* dispatch.h: the builds of one lane function, by kernel.  DYSON_LANE_BUILDS(f) initialises a table
 * indexed by dyson_kernel from f_base, f_avx2 and f_avx512, as far as this build contains them. */
#ifndef DYSON_DISPATCH_H
#define DYSON_DISPATCH_H

#if defined(__x86_64__)
#define DYSON_LANE_BUILDS(f)           \
    {                                  \
        f##_base, f##_avx2, f##_avx512 \
    }
#else
#define DYSON_LANE_BUILDS(f) \
    {                        \
        f##_base             \
    }
#endif

#endif
