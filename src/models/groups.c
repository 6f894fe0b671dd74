/* groups.c: the targets of a model's levels, and levels whose targets agree.
 *
 * Targets come from closed formulae or from an eigensolver, so equal ones differ by rounding: two
 * neighbours count as degenerate where they agree to 1e-9 of the largest target.  Modes too heavy
 * to be learnt share x = 0, but not their kappa. */
#include "dyson/model.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static double largest(int levels, const double *target)
{
    double size = 0.0;
    for (int i = 0; i < levels; i++)
        size = fmax(size, fabs(target[i]));
    return size;
}

static bool differ(const double *target, int i, double scale)
{
    return target != NULL && fabs(target[i - 1] - target[i]) > 1e-9 * scale;
}

int dyson_groups(const dyson_shape *shape, int **first, size_t *groups, dyson_error *error)
{
    int levels = shape->levels;
    *groups = 0;
    *first = malloc(((size_t)levels + 1) * sizeof **first);
    if (*first == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %d levels", levels);
    const double x_scale = largest(levels, shape->x);
    const double kappa_scale = shape->kappa != NULL ? largest(levels, shape->kappa) : 0.0;
    for (int i = 0; i < levels; i++)
        if (i == 0 || differ(shape->x, i, x_scale) || differ(shape->kappa, i, kappa_scale))
            (*first)[(*groups)++] = i;
    (*first)[*groups] = levels;
    return DYSON_OK;
}

double dyson_shape_kappa(const dyson_shape *shape, int level)
{
    return shape->kappa != NULL ? shape->kappa[level] : NAN;
}
