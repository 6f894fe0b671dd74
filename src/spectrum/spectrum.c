/* spectrum.c: the batched eigensolver of the kernel that was chosen. */
#include "dyson/spectrum.h"

#include "lanes/dispatch.h"
#include "spectrum/spectrum_lanes.h"

typedef void solver(int n, double *a, double *eigenvalues, double *vectors, double *scratch);

static solver *const solvers[DYSON_KERNEL_COUNT] = DYSON_LANE_BUILDS(dyson_spectrum_lanes);

size_t dyson_spectrum_scratch(int n, dyson_kernel kernel, int vectors)
{
    size_t packs = DYSON_SPECTRUM_SCRATCH_VALUES(n);
    if (vectors)
        packs += DYSON_SPECTRUM_SCRATCH_VECTORS(n);
    return packs * (size_t)dyson_kernel_lanes(kernel);
}

void dyson_spectrum_lanes(int n, dyson_kernel kernel, double *a, double *eigenvalues,
                          double *vectors, double *scratch)
{
    solvers[kernel](n, a, eigenvalues, vectors, scratch);
}
