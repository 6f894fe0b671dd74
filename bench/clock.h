/* clock.h: how the benchmarks take a time: pinned to one processor, many repeats, the median. */
#ifndef DYSON_BENCH_CLOCK_H
#define DYSON_BENCH_CLOCK_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REPEATS 101

/* Nanoseconds: the median of REPEATS, and the quartiles. */
typedef struct timing {
    double median, first, third;
} timing;

static inline double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline int clock_ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of REPEATS times in seconds, which it sorts, each of `count` of what is counted. */
static inline timing clock_timing(double seconds[REPEATS], double count)
{
    qsort(seconds, REPEATS, sizeof seconds[0], clock_ascending);
    const double unit = 1e9 / count;
    return (timing){unit * seconds[REPEATS / 2], unit * seconds[REPEATS / 4],
                    unit * seconds[3 * REPEATS / 4]};
}

/* Stays on one of the processors this process may use: the last, which interrupts like least. */
static inline void clock_pin(const char *program)
{
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    int last = -1;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        for (int i = 0; i < CPU_SETSIZE; i++)
            if (CPU_ISSET((size_t)i, &allowed))
                last = i;
    if (last >= 0)
        CPU_SET((size_t)last, &one);
    if (last < 0 || sched_setaffinity(0, sizeof one, &one) != 0)
        fprintf(stderr, "%s: not pinned: the system refused\n", program);
}

#endif
