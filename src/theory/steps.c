/* steps.c: Euler's implicit steps of the probabilities p_i = w_i P_i,
 *   p_i' = p_i + step (up_{i-1} p'_{i-1} + down_{i+1} p'_{i+1} - (up_i + down_i) p'_i).
 *
 * The matrix of p' has columns that add up to 1 and nothing positive beside its diagonal: p' is
 * never negative and adds up to what p did, whatever the step.  With T(m) what m equal steps give,
 * 2 T(2m) - T(m) is of second order in 1/m. */
#include "theory/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION 1e-5 /* of a law, in units of its largest value */
enum { FIRST = 64, MOST = 1 << 17 };

/* One step, in place, by elimination from the first cell to the last and back. */
static void step_once(const dyson_fokker_planck *mode, double step, double *factor, double *p)
{
    const int n = mode->cells;
    double before = 0.0; /* what flows into cell i from the one before, of p' there */
    for (int i = 0; i < n; i++) {
        const double pivot =
            1.0 + step * (mode->up[i] + mode->down[i]) - before * (i > 0 ? factor[i - 1] : 0.0);
        p[i] = (p[i] + (i > 0 ? before * p[i - 1] : 0.0)) / pivot;
        factor[i] = i + 1 < n ? step * mode->down[i + 1] / pivot : 0.0;
        before = step * mode->up[i];
    }
    for (int i = n - 2; i >= 0; i--)
        p[i] += factor[i] * p[i + 1];
}

/* T(steps). */
static void step_through(const dyson_fokker_planck *mode, const double *initial, double time,
                         int steps, double *factor, double *p)
{
    for (int i = 0; i < mode->cells; i++)
        p[i] = mode->width[i] * initial[i];
    for (int s = 0; s < steps; s++)
        step_once(mode, time / steps, factor, p);
    for (int i = 0; i < mode->cells; i++)
        p[i] /= mode->width[i];
}

/* density = 2 fine - coarse; the largest change of it, over its largest value. */
static double extrapolate(size_t cells, const double *fine, const double *coarse, double *density)
{
    double change = 0.0, most = 0.0;
    for (size_t i = 0; i < cells; i++) {
        const double value = 2.0 * fine[i] - coarse[i];
        change = fmax(change, fabs(value - density[i]));
        most = fmax(most, value);
        density[i] = value;
    }
    return change / most;
}

int theory_step(const dyson_fokker_planck *mode, const double *initial, double time,
                double *density, dyson_error *error)
{
    const size_t n = (size_t)mode->cells;
    double *work = malloc(3 * n * sizeof *work), change = INFINITY;
    if (work == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu cells", n);
    double *fine = work, *coarse = work + n, *factor = work + 2 * n;
    memcpy(density, initial, n * sizeof *density);
    step_through(mode, initial, time, FIRST, factor, fine);
    for (int steps = 2 * FIRST; time > 0.0 && steps <= MOST && !(change < PRECISION); steps *= 2) {
        double *const last = fine;
        fine = coarse;
        coarse = last;
        step_through(mode, initial, time, steps, factor, fine);
        change = extrapolate(n, fine, coarse, density);
    }
    free(work);
    if (time > 0.0 && !(change < PRECISION))
        dyson_fail(error, DYSON_INTERNAL, "%d steps do not suffice for the law at time %g", MOST,
                   time);
    return error->code;
}
