/* limits_lanes.c: the loops behind limits.h. */
#include "limits.h"

#include "random/normals_lanes.h"

enum { CHAINS = 12 }; /* more than latency times throughput, fewer than registers */

/* Keeps a value in a register and its history from the compiler. */
#if defined(__x86_64__)
#define HOLD(value) __asm__ volatile("" : "+v"(value))
#else
#define HOLD(value) __asm__ volatile("" : "+w"(value))
#endif

void DYSON_LANE(bench_multiply_add)(long rounds)
{
    lane sum[CHAINS], factor = lane_all(0.5);
    HOLD(factor);
    LANE_UNROLL(12)
    for (int c = 0; c < CHAINS; c++) {
        sum[c] = lane_all(1.0);
        HOLD(sum[c]);
    }
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < BENCH_MULTIPLY_ADDS / CHAINS; i++) {
            LANE_UNROLL(12)
            for (int c = 0; c < CHAINS; c++)
                sum[c] = sum[c] * factor + factor;
        }
        LANE_UNROLL(12)
        for (int c = 0; c < CHAINS; c++)
            HOLD(sum[c]);
    }
}

void DYSON_LANE(bench_normals)(long rounds)
{
    lane normal[BENCH_NORMALS];
    normal_source source;
    int64_t replica[LANES];
    for (int l = 0; l < LANES; l++)
        replica[l] = l;
    normal_source_set(&source, 1, DYSON_PURPOSE_CHAINS, replica);
    for (long r = 0; r < rounds; r++) {
        source.c1 = (uint32_t)r;
        normals_fill(&source, 0, BENCH_NORMALS / 4, normal);
        __asm__ volatile("" : : "r"(normal) : "memory");
    }
}
