/* groups.c: levels whose targets agree.
 *
 * Targets come from closed formulae or from an eigensolver, so equal ones differ by rounding: two
 * neighbours count as degenerate where they agree to 1e-9 of the largest target. */
#include "dyson/statistics.h"

#include <math.h>
#include <stdlib.h>

int dyson_groups(const dyson_shape *shape, int **first, size_t *groups, dyson_error *error)
{
    int levels = shape->levels;
    *groups = 0;
    *first = malloc(((size_t)levels + 1) * sizeof **first);
    if (*first == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %d levels", levels);
    double scale = 0.0;
    for (int i = 0; i < levels; i++)
        scale = fmax(scale, fabs(shape->x[i]));
    for (int i = 0; i < levels; i++)
        if (i == 0 || fabs(shape->x[i - 1] - shape->x[i]) > 1e-9 * scale)
            (*first)[(*groups)++] = i;
    (*first)[*groups] = levels;
    return DYSON_OK;
}
