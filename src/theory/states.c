/* states.c: the lowest eigenvalues of H and their wave functions, and laws in time made of them.
 *
 * H acts on sqrt(w) psi: H_ii = up_i + down_i, H_i,i+1 = -sqrt(up_i down_i+1). */
#include "theory/steps.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEAD 40.0      /* a state is left out of the sum where E t is beyond */
#define PRECISION 1e-6 /* of a law, in units of its largest value */

/* LAPACK: eigenvalues il..iu, or those in (vl, vu], of a symmetric tridiagonal matrix. */
void dstevr_(const char *job, const char *range, const int *n, double *diagonal, double *beside,
             const double *vl, const double *vu, const int *il, const int *iu, const double *abstol,
             int *found, double *eigenvalues, double *vectors, const int *stride, int *support,
             double *work, const int *work_size, int *integers, const int *integer_size, int *info,
             size_t, size_t);

/* Levels of H, ascending: the lowest *count, or with a limit those up to it, *count at most.
 * vectors[*count x cells] of length 1, or NULL. */
static int solve(const dyson_fokker_planck *mode, const double *limit, int *count, double *energy,
                 double *vectors, dyson_error *error)
{
    const int n = mode->cells, work_size = 20 * n, integer_size = 10 * n, one = 1;
    const double below = -DBL_MAX, none = 0.0;
    int found = 0, info = -1;
    double *work = malloc(((size_t)work_size + 3 * (size_t)n) * sizeof *work);
    int *integers = malloc(((size_t)integer_size + 2 * (size_t)n) * sizeof *integers);
    if (work != NULL && integers != NULL) {
        double *diagonal = work + work_size, *beside = diagonal + n, *all = beside + n;
        for (int i = 0; i < n; i++) {
            diagonal[i] = mode->up[i] + mode->down[i];
            beside[i] = i + 1 < n ? -sqrt(mode->up[i] * mode->down[i + 1]) : 0.0;
        }
        dstevr_(vectors != NULL ? "V" : "N", limit != NULL ? "V" : "I", &n, diagonal, beside,
                &below, limit != NULL ? limit : &none, &one, count, &none, &found, all, vectors, &n,
                integers + integer_size, work, &work_size, integers, &integer_size, &info, 1, 1);
        if (info == 0 && found <= *count)
            memcpy(energy, all, (size_t)found * sizeof *energy);
    }
    free(work);
    free(integers);
    if (info != 0 || (limit == NULL && found != *count) || found > *count)
        return dyson_fail(error, DYSON_INTERNAL,
                          "dstevr found %d of %d states on %d cells (info %d; -1: out of memory)",
                          found, *count, n, info);
    *count = found;
    return DYSON_OK;
}

/* From an eigenvector of H, of sqrt(w) psi: sum w psi^2 = 1, the largest extremum positive. */
static void normalise(const dyson_fokker_planck *mode, double *state)
{
    double largest = 0.0, sum = 0.0;
    for (int i = 0; i < mode->cells; i++) {
        sum += state[i] * state[i];
        state[i] /= sqrt(mode->width[i]);
        if (fabs(state[i]) > fabs(largest))
            largest = state[i];
    }
    const double scale = (largest < 0.0 ? -1.0 : 1.0) / sqrt(sum);
    for (int i = 0; i < mode->cells; i++)
        state[i] *= scale;
}

int dyson_fokker_planck_states(const dyson_fokker_planck *mode, int count, double *energy,
                               double *states, dyson_error *error)
{
    const size_t n = (size_t)mode->cells;
    if (solve(mode, NULL, &count, energy, states, error) != DYSON_OK)
        return error->code;
    energy[0] = 0.0;
    for (size_t i = 0; states != NULL && i < n; i++)
        states[i] = sqrt(mode->stationary[i]);
    for (size_t k = 1; states != NULL && k < (size_t)count; k++)
        normalise(mode, states + k * n);
    return DYSON_OK;
}

double dyson_fokker_planck_left(const dyson_fokker_planck *mode, const double *state)
{
    double sum = 0.0;
    for (int i = 0; mode->left_well && i < mode->cells && mode->x[i] < mode->barrier; i++)
        sum += mode->width[i] * state[i] * state[i];
    return sum;
}

/* density += what state n has become of at each time. */
static void add_state(const dyson_fokker_planck *mode, const double *initial, double energy,
                      const double *state, int count, const double *times, double *density)
{
    double amount = 0.0;
    for (int i = 0; i < mode->cells; i++)
        if (initial[i] > 0.0 && mode->stationary[i] > 0.0)
            amount += mode->width[i] * state[i] * initial[i] / sqrt(mode->stationary[i]);
    for (int t = 0; t < count; t++)
        for (int i = 0; times[t] > 0.0 && energy * times[t] < DEAD && i < mode->cells; i++)
            density[(size_t)t * (size_t)mode->cells + (size_t)i] +=
                amount * exp(-energy * times[t]) * state[i] * sqrt(mode->stationary[i]);
}

static double first_time(int count, const double *times)
{
    double first = INFINITY;
    for (int t = 0; t < count; t++)
        if (times[t] > 0.0)
            first = fmin(first, times[t]);
    return first;
}

/* A law is nowhere negative; where the sum is, that is its error. */
static bool positive(size_t cells, const double *density)
{
    double most = 0.0, least = 0.0;
    for (size_t i = 0; i < cells; i++) {
        most = fmax(most, density[i]);
        least = fmin(least, density[i]);
    }
    return -least <= PRECISION * most;
}

/* Eq. (44); *sound: whether it has digits. */
static int expand(const dyson_fokker_planck *mode, const double *initial, int count,
                  const double *times, double *density, bool *sound, dyson_error *error)
{
    const size_t n = (size_t)mode->cells;
    const double limit = DEAD / first_time(count, times);
    int found = mode->cells;
    double *energy = malloc(n * sizeof *energy), *states = NULL;
    if (energy == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu cells", n);
    else if (solve(mode, &limit, &found, energy, NULL, error) == DYSON_OK) {
        /* One to spare: the limit may fall between two roundings of a level. */
        found = found < mode->cells ? found + 1 : found;
        states = malloc((size_t)found * n * sizeof *states);
        if (states == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory for %d states of %zu cells", found, n);
    }
    if (error->code == DYSON_OK && solve(mode, &limit, &found, energy, states, error) == DYSON_OK) {
        for (int t = 0; t < count; t++)
            for (size_t i = 0; i < n; i++)
                density[(size_t)t * n + i] = times[t] > 0.0 ? mode->stationary[i] : initial[i];
        for (size_t k = 1; k < (size_t)found; k++) { /* the first is P_s itself, with c_0 = 1 */
            normalise(mode, states + k * n);
            add_state(mode, initial, energy[k], states + k * n, count, times, density);
        }
        *sound = true;
        for (int t = 0; t < count; t++)
            *sound = *sound && positive(n, density + (size_t)t * n);
    }
    free(energy);
    free(states);
    return error->code;
}

int dyson_fokker_planck_evolve(const dyson_fokker_planck *mode, const double *initial, int count,
                               const double *times, double *density, bool *by_steps,
                               dyson_error *error)
{
    bool sound = false;
    if (expand(mode, initial, count, times, density, &sound, error) != DYSON_OK)
        return error->code;
    *by_steps = !sound;
    for (int t = 0; t < count && !sound && error->code == DYSON_OK; t++)
        theory_step(mode, initial, times[t], density + (size_t)t * (size_t)mode->cells, error);
    return error->code;
}
