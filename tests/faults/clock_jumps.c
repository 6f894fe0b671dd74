/* clock_jumps.c: loaded before the C library, makes the wall clock jump by a day, forth and back,
 * twice a second.  The clocks that only go on are left as they are. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

enum { DAY = 86400, HALF_SECOND = 500000000 };

static int real_clock(clockid_t id, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    return real(id, t);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    struct timespec steady;
    const int result = real_clock(id, t);
    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        real_clock(CLOCK_MONOTONIC, &steady);
        t->tv_sec += (2 * steady.tv_sec + steady.tv_nsec / HALF_SECOND) % 2 == 0 ? DAY : -DAY;
    }
    return result;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *now = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
time_t time(time_t *now)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (now != NULL)
        *now = t.tv_sec;
    return t.tv_sec;
}
