/* kernel.c: which kernels this build has and this processor can run. */
#include "dyson/kernel.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#define BASE_NAME "x86-64"
#elif defined(__aarch64__)
#define BASE_NAME "neon"
#else
#define BASE_NAME "base"
#endif

static const struct {
    const char *name;
    int lanes;
} kernels[DYSON_KERNEL_COUNT] = {{BASE_NAME, 2}, {"avx2", 4}, {"avx512", 8}};

const char *dyson_kernel_name(dyson_kernel kernel)
{
    return kernels[kernel].name;
}

int dyson_kernel_lanes(dyson_kernel kernel)
{
    return kernels[kernel].lanes;
}

int dyson_kernel_lanes_single(dyson_kernel kernel)
{
    return 2 * dyson_kernel_lanes(kernel);
}

int dyson_kernel_runs(dyson_kernel kernel)
{
    switch (kernel) {
    case DYSON_KERNEL_BASE:
        return 1;
#if defined(__x86_64__)
    case DYSON_KERNEL_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case DYSON_KERNEL_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    default:
        return 0;
    }
}

int dyson_kernel_find(const char *name, dyson_kernel *kernel, dyson_error *error)
{
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++) {
        if (strcmp(name, kernels[k].name) == 0) {
            *kernel = (dyson_kernel)k;
            return DYSON_OK;
        }
    }
    return dyson_fail(error, DYSON_BAD_DATA, "no CPU kernel is called '%s' (%s, avx2, avx512)",
                      name, BASE_NAME);
}

int dyson_kernel_choose(dyson_kernel *kernel, dyson_error *error)
{
    const char *wanted = getenv("DYSON_KERNEL");
    if (wanted != NULL && wanted[0] != '\0') {
        dyson_error unknown = {0};
        if (dyson_kernel_find(wanted, kernel, &unknown) != DYSON_OK)
            return dyson_fail(error, DYSON_USAGE, "DYSON_KERNEL: %s", unknown.text);
        if (!dyson_kernel_runs(*kernel))
            return dyson_fail(error, DYSON_USAGE, "DYSON_KERNEL=%s: this processor cannot run it",
                              wanted);
        return DYSON_OK;
    }
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++)
        if (dyson_kernel_runs((dyson_kernel)k))
            *kernel = (dyson_kernel)k;
    return DYSON_OK;
}
