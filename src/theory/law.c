/* law.c: one value, a Gaussian, or numbers, as a density on the grid; moments of P_s. */
#include "dyson/theory.h"

#include <math.h>
#include <string.h>

#define OUTSIDE_MOST 1e-3

/* The last cell whose centre is at or below x, at least the first and at most the last but one. */
static int cell_below(const dyson_fokker_planck *mode, double x)
{
    int low = 0, high = mode->cells - 1;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        *(mode->x[middle] <= x ? &low : &high) = middle;
    }
    return low;
}

/* What is beyond the ends of the grid is left out; between an end and the next centre, a value is
 * all that cell's. */
static void add_value(const dyson_fokker_planck *mode, double value, double share, double *density)
{
    if (!(value >= mode->edge[0] && value <= mode->edge[mode->cells]))
        return;
    const int cell = cell_below(mode, value);
    const double part = (value - mode->x[cell]) / (mode->x[cell + 1] - mode->x[cell]);
    const double upper = fmax(0.0, fmin(part, 1.0));
    density[cell] += share * (1.0 - upper) / mode->width[cell];
    density[cell + 1] += share * upper / mode->width[cell + 1];
}

static void add_gaussian(const dyson_fokker_planck *mode, const dyson_law_of_x *law,
                         double *density)
{
    const double scale = M_SQRT1_2 / law->width;
    for (int i = 0; i < mode->cells; i++)
        density[i] = 0.5 *
                     (erf(scale * (mode->edge[i + 1] - law->mean)) -
                      erf(scale * (mode->edge[i] - law->mean))) /
                     mode->width[i];
}

int dyson_fokker_planck_law(const dyson_fokker_planck *mode, const dyson_law_of_x *law,
                            double *density, dyson_error *error)
{
    double inside = 0.0;
    memset(density, 0, (size_t)mode->cells * sizeof *density);
    if (law->count > 0)
        for (size_t i = 0; i < law->count; i++)
            add_value(mode, law->numbers[i], 1.0 / (double)law->count, density);
    else if (law->width > 0.0)
        add_gaussian(mode, law, density);
    else
        add_value(mode, law->mean, 1.0, density);
    for (int i = 0; i < mode->cells; i++)
        inside += density[i] * mode->width[i];
    if (!(inside > 1.0 - OUTSIDE_MOST))
        return dyson_fail(
            error, DYSON_BAD_DATA,
            "only %.3g of the initial law lies in %.5g <= x <= %.5g, where the level of "
            "the mode at x = %.5g can be",
            inside, mode->edge[0], mode->edge[mode->cells], mode->centre);
    for (int i = 0; i < mode->cells; i++)
        density[i] /= inside;
    return DYSON_OK;
}

dyson_moments dyson_fokker_planck_moments(const dyson_fokker_planck *mode)
{
    double mean = 0.0, square = 0.0, cube = 0.0;
    for (int i = 0; i < mode->cells; i++)
        mean += mode->width[i] * mode->stationary[i] * mode->x[i];
    for (int i = 0; i < mode->cells; i++) {
        const double away = mode->x[i] - mean, weight = mode->width[i] * mode->stationary[i];
        square += weight * away * away;
        cube += weight * away * away * away;
    }
    return (dyson_moments){mean, sqrt(square), cube / (square * sqrt(square))};
}
