/* normals.c: chooses the kernel's build. */
#include "random/normals.h"

#include "lanes/dispatch.h"

#include <string.h>

void dyson_normals(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                   const int64_t *replica, int64_t update, uint32_t first, int blocks,
                   double *normal)
{
    static normals_function *const builds[DYSON_KERNEL_COUNT] = DYSON_LANE_BUILDS(normals);
    builds[kernel](stream, purpose, replica, update, first, blocks, normal);
}

void dyson_normals_single(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                          const int64_t *replica, int64_t update, uint32_t first, int blocks,
                          float *normal)
{
    static normals_single_function *const builds[DYSON_KERNEL_COUNT] =
        DYSON_LANE_BUILDS_SINGLE(normals);
    builds[kernel](stream, purpose, replica, update, first, blocks, normal);
}

void dyson_normals_along(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                         int64_t replica, int64_t update, uint32_t first, int64_t blocks,
                         double *normal)
{
    static normals_along_function *const builds[DYSON_KERNEL_COUNT] =
        DYSON_LANE_BUILDS(normals_along);
    builds[kernel](stream, purpose, replica, update, first, blocks, normal);
}

void dyson_normals_range(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                         int64_t replica, int64_t update, int64_t first, int64_t count,
                         double *normal)
{
    enum { STRETCH = 64 }; /* blocks at a time */
    double drawn[4 * STRETCH];
    for (int64_t done = 0; done < count;) {
        const int64_t at = first + done, before = at % 4;
        int64_t numbers = 4 * STRETCH - before;
        numbers = numbers < count - done ? numbers : count - done;
        dyson_normals_along(kernel, stream, purpose, replica, update, (uint32_t)(at / 4),
                            (before + numbers + 3) / 4, drawn);
        memcpy(normal + done, drawn + before, (size_t)numbers * sizeof *normal);
        done += numbers;
    }
}
