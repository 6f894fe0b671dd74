/* normals.c: chooses the kernel's build. */
#include "random/normals.h"

#include "lanes/dispatch.h"

void dyson_normals(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                   const int64_t *replica, int64_t update, uint32_t first, int blocks,
                   double *normal)
{
    static normals_function *const builds[DYSON_KERNEL_COUNT] = DYSON_LANE_BUILDS(normals);
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
