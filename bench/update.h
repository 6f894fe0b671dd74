/* update.h: how the benchmarks time updates of a pack, and what updates are made of. */
#ifndef DYSON_BENCH_UPDATE_H
#define DYSON_BENCH_UPDATE_H

#include "clock.h"
#include "dyson/model.h"
#include "lanes/dispatch.h"
#include "limits.h"

enum { WARM = 300 };
#define REPEAT_SECONDS 2e-3

/* Nanoseconds per multiply-add or normal of one lane. */
static inline double unit_time(bench_function *work, double per_round, int lanes)
{
    double seconds[REPEATS];
    const long rounds = 2000;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        work(rounds);
        seconds[repeat] = clock_seconds() - begin;
    }
    return clock_timing(seconds, per_round * (double)rounds * lanes).median;
}

static inline double time_of_multiply_add(dyson_kernel kernel, bool single, int lanes)
{
    static bench_function *const peak[2][DYSON_KERNEL_COUNT] = {
        DYSON_LANE_BUILDS(bench_multiply_add), DYSON_LANE_BUILDS_SINGLE(bench_multiply_add)};
    return unit_time(peak[single][kernel], BENCH_MULTIPLY_ADDS, lanes);
}

static inline double time_of_normal(dyson_kernel kernel, bool single, int lanes)
{
    static bench_function *const rate[2][DYSON_KERNEL_COUNT] = {
        DYSON_LANE_BUILDS(bench_normals), DYSON_LANE_BUILDS_SINGLE(bench_normals)};
    return unit_time(rate[single][kernel], BENCH_NORMALS, lanes);
}

/* A pack of the point, advanced in stretches of REPEAT_SECONDS. */
static inline timing time_pack(const dyson_regime *regime, dyson_pack *pack, size_t point,
                               int lanes)
{
    int64_t replica[DYSON_KERNEL_LANES_MAX], update = WARM, stretch = 1;
    double seconds[REPEATS], spent = 0.0;
    for (int l = 0; l < lanes; l++)
        replica[l] = l;
    regime->start(pack, point, replica, lanes);
    regime->advance(pack, update);
    while (spent < REPEAT_SECONDS) {
        stretch *= 2;
        const double begin = clock_seconds();
        regime->advance(pack, update += stretch);
        spent = clock_seconds() - begin;
    }
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        regime->advance(pack, update += stretch);
        seconds[repeat] = clock_seconds() - begin;
    }
    return clock_timing(seconds, (double)stretch * lanes);
}

#endif
