/* start.c: spectra at update 0: synthetic ones, and a test that two sets of spectra have one law.
 *
 * The levels of a spectrum repel each other, and at finite N their density is not that of Marchenko
 * and Pastur: the textbook p-value of a distance from that law would reject every correct start.
 * So the spectra are compared with synthetic ones of the same size, drawn as G^T G, and the
 * distance of the two pooled densities is judged by permuting whole spectra between the two sets:
 * under the hypothesis all (n + m)!/(n! m!) divisions are equally likely. */
#include "statistics/start.h"
#include "dyson/random.h"
#include "dyson/spectrum.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_REPLICAS = 8 };

/* What the streams of synthetic starts and of permutations are called. */
static const char start_name[] = "dyson statistics: synthetic starts, 20240723";
static const char permutation_name[] = "dyson statistics: permutations, 20240723";

/* X of one synthetic replica, in units of the variance; g is G^T, small x large. */
static void gram(int large, int small, const double *g, double *x)
{
    for (int i = 0; i < small; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int k = 0; k < large; k++)
                sum += g[i * large + k] * g[j * large + k];
            x[i * small + j] = x[j * small + i] = sum;
        }
}

int dyson_start_sample(const dyson_gaussian_start *start, int64_t stream, size_t n, double *x,
                       dyson_error *error)
{
    const int large = start->rows > start->columns ? start->rows : start->columns;
    const int small = start->rows + start->columns - large;
    const size_t entries = (size_t)large * (size_t)small;
    const uint64_t key = dyson_random_digest(start_name, sizeof start_name - 1);
    double *g = malloc(2 * entries * sizeof *g);
    if (g == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a synthetic start");
    for (size_t r = 0; r < n && error->code == DYSON_OK; r++) {
        double *eigenvalues = x + r * (size_t)small;
        dyson_random_normals(key, DYSON_PURPOSE_WEIGHTS, (int64_t)r, stream, 0, entries, g);
        gram(large, small, g, g + entries);
        if (dyson_spectrum_dense(small, g + entries, eigenvalues, error) == DYSON_OK)
            for (int i = 0; i < small; i++)
                eigenvalues[i] *= start->variance;
    }
    free(g);
    return error->code;
}

double dyson_start_distance(const dyson_marchenko_pastur *law, size_t count, const double *sorted)
{
    double largest = count > 0 ? 0.0 : NAN;
    for (size_t i = 0; i < count; i++) {
        const double f = dyson_marchenko_pastur_cumulative(law, sorted[i]);
        const double below = (double)i / (double)count, above = (double)(i + 1) / (double)count;
        largest = fmax(largest, fmax(f - below, above - f));
    }
    return largest;
}

typedef struct mark {
    double x;
    uint32_t replica; /* 0 .. n - 1 of a, then m of b */
} mark;

static int ascending(const void *a, const void *b)
{
    const mark *one = a, *other = b;
    return (one->x > other->x) - (one->x < other->x);
}

/* sup |F_a - F_b| where spectrum r has weight step[r] at each of its levels. */
static double distance_of(size_t count, const mark *marks, const double *step)
{
    double sum = 0.0, largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += step[marks[i].replica];
        if (i + 1 == count || marks[i + 1].x > marks[i].x)
            largest = fmax(largest, fabs(sum));
    }
    return largest;
}

/* The k-th permutation, from the one before: the first n of all are drawn anew (Fisher-Yates). */
static void permute(uint64_t key, int64_t stream, int64_t k, size_t n, size_t all, double *step)
{
    uint32_t word[4] = {0};
    for (size_t i = 0; i < n && i + 1 < all; i++) {
        if (i % 4 == 0)
            dyson_random_block(key, DYSON_PURPOSE_DATA, k, stream, (uint32_t)(i / 4), word);
        const size_t j = i + (size_t)(((uint64_t)word[i % 4] * (all - i)) >> 32);
        const double other = step[i];
        step[i] = step[j];
        step[j] = other;
    }
}

int dyson_start_compare(size_t levels, size_t n, const double *a, size_t m, const double *b,
                        int64_t stream, double *distance, double *p, dyson_error *error)
{
    *distance = *p = NAN;
    if (n < LEAST_REPLICAS || m < LEAST_REPLICAS)
        return DYSON_OK;
    const size_t all = n + m, count = all * levels;
    const uint64_t key = dyson_random_digest(permutation_name, sizeof permutation_name - 1);
    mark *marks = malloc(count * sizeof *marks);
    double *step = malloc(all * sizeof *step);
    if (marks == NULL || step == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu spectra", all);
    } else {
        for (size_t i = 0; i < count; i++)
            marks[i] = (mark){i < n * levels ? a[i] : b[i - n * levels], (uint32_t)(i / levels)};
        qsort(marks, count, sizeof *marks, ascending);
        for (size_t r = 0; r < all; r++)
            step[r] = r < n ? 1.0 / (double)(n * levels) : -1.0 / (double)(m * levels);
        *distance = distance_of(count, marks, step);
        /* Equal divisions may differ by the rounding of the sum. */
        const double least = *distance * (1.0 - 1e-9);
        int as_far = 0;
        for (int64_t k = 0; k < DYSON_PERMUTATIONS; k++) {
            permute(key, stream, k, n, all, step);
            as_far += distance_of(count, marks, step) >= least;
        }
        *p = (1.0 + as_far) / (1.0 + DYSON_PERMUTATIONS);
    }
    free(marks);
    free(step);
    return error->code;
}
