/* increments.c: the noise of one update, element by element.
 *
 * X = U diag(x) U^T, levels descending; delta = U^T (X' - X) U.  To leading order delta_ij has
 * variance g_ij^2 off the diagonal and 2 g_ii^2 on it, where its mean is the drift.  With central
 * moments m_k over n replicas: Var = m_2 n/(n - 1), error sqrt((m_4 - m_2^2)/n). */
#include "statistics/increments.h"
#include "dyson/spectrum.h"

#include <math.h>
#include <stdlib.h>

int dyson_increments_create(int levels, dyson_increments *increments, dyson_error *error)
{
    const size_t square = (size_t)levels * (size_t)levels;
    *increments = (dyson_increments){.levels = levels};
    double *next = calloc(7 * square, sizeof *next);
    if (next == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %d x %d increments", levels,
                          levels);
    for (int k = 0; k < 4; k++)
        increments->sum[k] = next + (size_t)k * square;
    increments->work = next + 4 * square;
    return DYSON_OK;
}

void dyson_increments_clear(dyson_increments *increments)
{
    free(increments->sum[0]);
    *increments = (dyson_increments){0};
}

/* c = a b^T of N x N matrices. */
static void multiply(int n, const double *a, const double *b, double *c)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += a[i * n + k] * b[j * n + k];
            c[i * n + j] = sum;
        }
}

int dyson_increments_add(dyson_increments *increments, double *x, const double *next,
                         double *eigenvalues, dyson_error *error)
{
    const int n = increments->levels;
    const size_t square = (size_t)n * (size_t)n;
    double *change = increments->work, *half = change + square, *delta = half + square;
    for (size_t e = 0; e < square; e++)
        change[e] = next[e] - x[e];
    if (dyson_spectrum_dense_vectors(n, x, eigenvalues, error) != DYSON_OK)
        return error->code;
    multiply(n, x, change, half); /* rows of x are U^T's, and the change is symmetric */
    multiply(n, half, x, delta);
    for (size_t e = 0; e < square; e++) {
        double power = 1.0;
        for (int k = 0; k < 4; k++)
            increments->sum[k][e] += power *= delta[e];
    }
    increments->count++;
    return DYSON_OK;
}

dyson_estimate dyson_increments_noise(const dyson_increments *increments, int i, int j)
{
    const double n = (double)increments->count;
    const size_t e = (size_t)i * (size_t)increments->levels + (size_t)j;
    double s[4];
    for (int k = 0; k < 4; k++)
        s[k] = increments->sum[k][e] / n;
    if (increments->count < 2)
        return (dyson_estimate){NAN, NAN};
    if (i != j)
        return (dyson_estimate){s[1], sqrt((s[3] - s[1] * s[1]) / (n - 1.0))};
    const double m = s[0], m2 = s[1] - m * m;
    const double m4 = s[3] - 4.0 * m * s[2] + 6.0 * m * m * s[1] - 3.0 * m * m * m * m;
    return (dyson_estimate){0.5 * m2 * n / (n - 1.0), 0.5 * sqrt((m4 - m2 * m2) / n)};
}
