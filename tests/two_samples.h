/* two_samples.h: whether two samples come from one law. */
#ifndef DYSON_TEST_TWO_SAMPLES_H
#define DYSON_TEST_TWO_SAMPLES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Two-sample Kolmogorov-Smirnov: p = 2 exp(-2 D^2 n m/(n + m)), an upper bound where it is small.
 */
static double two_samples_p(const double *x, int n, const double *y, int m)
{
    double *const a = malloc((size_t)n * sizeof *a), *const b = malloc((size_t)m * sizeof *b);
    double distance = 0.0;
    memcpy(a, x, (size_t)n * sizeof *a);
    memcpy(b, y, (size_t)m * sizeof *b);
    qsort(a, (size_t)n, sizeof *a, ascending);
    qsort(b, (size_t)m, sizeof *b, ascending);
    for (int i = 0, j = 0; i < n && j < m;) {
        if (a[i] <= b[j])
            i++;
        else
            j++;
        distance = fmax(distance, fabs((double)i / n - (double)j / m));
    }
    free(a);
    free(b);
    return 2.0 * exp(-2.0 * distance * distance * n / (1.0 + (double)n / m));
}

#endif
