/* statistics_sample.h: levels whose law is known exactly, for the tests of the statistics.
 *
 * Two eigenvalues of the Gaussian orthogonal ensemble, drawn as a matrix ((a, c), (c, b)) with a, b
 * of standard deviation sigma about x_0 and c of sigma/sqrt(2): P ~ |x_1 - x_2| exp(-sum (x_i -
 * x_0)^2/(2 sigma^2)). */
#ifndef STATISTICS_SAMPLE_H
#define STATISTICS_SAMPLE_H

#include "dyson/random.h"

#include <math.h>
#include <stdlib.h>

/* n pairs into levels[2 n], the upper level first, and their spacings (may be NULL). */
static inline void sample_pairs(uint64_t stream, int64_t ensemble, size_t n, double x0,
                                double sigma, double *levels, double *spacing)
{
    double *z = malloc(4 * n * sizeof *z);
    if (z == NULL)
        abort();
    dyson_random_normals(stream, DYSON_PURPOSE_DATA, ensemble, 0, 0, 4 * n, z);
    for (size_t i = 0; i < n; i++) {
        double a = sigma * z[4 * i], b = sigma * z[4 * i + 1], c = sigma * M_SQRT1_2 * z[4 * i + 2];
        double half = hypot(0.5 * (a - b), c), centre = x0 + 0.5 * (a + b);
        levels[2 * i] = centre + half;
        levels[2 * i + 1] = centre - half;
        if (spacing != NULL)
            spacing[i] = 2.0 * half;
    }
    free(z);
}

static inline void sample_normals(uint64_t stream, int64_t ensemble, size_t n, double *y)
{
    dyson_random_normals(stream, DYSON_PURPOSE_NOISE, ensemble, 0, 0, n, y);
}

/* Exponential numbers: the spacings of levels that do not repel. */
static inline void sample_exponential(uint64_t stream, int64_t ensemble, size_t n, double *y)
{
    double *z = malloc(2 * n * sizeof *z);
    if (z == NULL)
        abort();
    sample_normals(stream, ensemble, 2 * n, z);
    for (size_t i = 0; i < n; i++)
        y[i] = 0.5 * (z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1]);
    free(z);
}

static inline void *sample_room(size_t count, size_t size)
{
    void *room = calloc(count, size);
    if (room == NULL)
        abort();
    return room;
}

#endif
