/* kernel.c: sizes, and the choice among the builds of the lane kernel. */
#include "models/eigenvalue_sde/kernel.h"

#include "lanes/dispatch.h"

size_t sde_normal_vectors(int modes)
{
    const size_t n = (size_t)modes;
    return (n * (n + 1) / 2 + 3) / 4 * 4;
}

void sde_advance(dyson_kernel kernel, const sde_parameters *parameters, sde_state *state,
                 int64_t update)
{
    static sde_advance_function *const builds[DYSON_KERNEL_COUNT] = DYSON_LANE_BUILDS(sde_advance);
    builds[kernel](parameters, state, update);
}
