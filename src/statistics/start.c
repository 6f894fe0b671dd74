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
#include "random/normals.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_REPLICAS = 8 };

/* What the streams of synthetic starts and of permutations are called. */
static const char start_name[] = "dyson statistics: synthetic starts, 20240723";
static const char permutation_name[] = "dyson statistics: permutations, 20240723";

/* BLAS; trailing arguments are the lengths of the strings. */
void dsyrk_(const char *triangle, const char *transpose, const int *n, const int *inner,
            const double *alpha, const double *a, const int *a_stride, const double *beta,
            double *c, const int *c_stride, size_t triangle_length, size_t transpose_length);

int dyson_start_sample(const dyson_gaussian_start *start, int64_t stream, size_t n, double *x,
                       dyson_error *error)
{
    const int large = start->rows > start->columns ? start->rows : start->columns;
    const int small = start->rows + start->columns - large;
    const size_t entries = (size_t)large * (size_t)small;
    const double one = 1.0, zero = 0.0;
    const uint64_t key = dyson_random_digest(start_name, sizeof start_name - 1);
    double *g = malloc((2 * entries + 4) * sizeof *g); /* normals come by fours */
    if (g == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a synthetic start");
    for (size_t r = 0; r < n && error->code == DYSON_OK; r++) {
        double *eigenvalues = x + r * (size_t)small;
        dyson_normals_along(DYSON_KERNEL_BASE, key, DYSON_PURPOSE_WEIGHTS, (int64_t)r, stream, 0,
                            (int64_t)(entries + 3) / 4, g);
        dsyrk_("U", "T", &small, &large, &one, g, &large, &zero, g + entries, &small, 1, 1);
        if (dyson_spectrum_dense(small, g + entries, eigenvalues, error) == DYSON_OK)
            for (int i = 0; i < small; i++)
                eigenvalues[i] *= start->variance;
    }
    free(g);
    return error->code;
}

double dyson_start_distance(const dyson_marchenko_pastur *law, const dyson_marks *marks)
{
    const double n = marks->total;
    double largest = marks->marks > 0 ? 0.0 : NAN, below = 0.0;
    for (size_t i = 0; i < marks->marks; i++) {
        const double f = dyson_marchenko_pastur_cumulative(law, marks->value[i]);
        const double w = dyson_weight(marks, i);
        largest = fmax(largest, fabs(f - (below + 0.5 * w) / n) + 0.5 / n);
        below += w;
    }
    return largest;
}

/* A level of all spectra together.  The smaller of the two sets comes first in their numbering. */
typedef struct mark {
    double x;
    uint32_t spectrum;
} mark;

static int ascending(const void *a, const void *b)
{
    const mark *one = a, *other = b;
    return (one->x > other->x) - (one->x < other->x);
}

/* Divisions that are judged side by side. */
enum { SIDE = 16 };

/* distance[k] = sup |F_first - F_others| times the levels of both sets, for the division in which
 * the spectra with member[spectrum][k] = 1 are the first set: with c of its levels among the first
 * i, |c levels - i first|, a whole number below 2^53, so that equal divisions are seen to be equal.
 */
static void distances_of(size_t levels, size_t first, const mark *marks,
                         const uint8_t (*member)[SIDE], double distance[SIDE])
{
    int32_t count[SIDE] = {0};
    double most[SIDE] = {0.0};
    for (size_t i = 0; i < levels; i++) {
        const uint8_t *const mine = member[marks[i].spectrum];
        for (int k = 0; k < SIDE; k++)
            count[k] += mine[k];
        if (i + 1 < levels && !(marks[i + 1].x > marks[i].x))
            continue;
        const double expected = (double)(i + 1) * (double)first;
        double away[SIDE];
        for (int k = 0; k < SIDE; k++)
            away[k] = fabs((double)count[k] * (double)levels - expected);
        for (int k = 0; k < SIDE; k++)
            most[k] = away[k] > most[k] ? away[k] : most[k];
    }
    memcpy(distance, most, sizeof most);
}

/* The k-th division, from the one before: which of all are the first is drawn anew (Fisher-Yates).
 */
static void permute(uint64_t key, int64_t stream, int64_t k, size_t first, size_t all,
                    uint8_t *member)
{
    uint32_t word[4] = {0};
    for (size_t i = 0; i < first && i + 1 < all; i++) {
        if (i % 4 == 0)
            dyson_random_block(key, DYSON_PURPOSE_DATA, k, stream, (uint32_t)(i / 4), word);
        const size_t j = i + (size_t)(((uint64_t)word[i % 4] * (all - i)) >> 32);
        const uint8_t other = member[i];
        member[i] = member[j];
        member[j] = other;
    }
}

/* How many of DYSON_PERMUTATIONS divisions are as far apart as this one; *distance is that of this
 * one.  `spectra` of the given number of levels each, the first `first` of them a set. */
static int permutations_as_far(size_t levels, size_t first, size_t spectra, const mark *marks,
                               int64_t stream, uint8_t (*member)[SIDE], uint8_t *division,
                               double *distance)
{
    const uint64_t key = dyson_random_digest(permutation_name, sizeof permutation_name - 1);
    double away[SIDE];
    int as_far = 0;
    for (size_t r = 0; r < spectra; r++)
        division[r] = r < first;
    for (int64_t k = 0; k <= DYSON_PERMUTATIONS; k += SIDE) {
        for (int64_t side = 0; side < SIDE && k + side <= DYSON_PERMUTATIONS; side++) {
            if (k + side > 0)
                permute(key, stream, k + side - 1, first, spectra, division);
            for (size_t r = 0; r < spectra; r++)
                member[r][side] = division[r];
        }
        distances_of(spectra * levels, first * levels, marks, (const uint8_t(*)[SIDE])member, away);
        if (k == 0)
            *distance = away[0];
        for (int64_t side = k == 0 ? 1 : 0; side < SIDE && k + side <= DYSON_PERMUTATIONS; side++)
            as_far += away[side] >= *distance;
    }
    return as_far;
}

int dyson_start_compare(size_t levels, size_t n, const double *a, size_t m, const double *b,
                        int64_t stream, double *distance, double *p, dyson_error *error)
{
    *distance = *p = NAN;
    if (n < LEAST_REPLICAS || m < LEAST_REPLICAS)
        return DYSON_OK;
    const size_t first = n <= m ? n : m, most = DYSON_MOST_LARGER * first;
    const size_t all = n + m < first + most ? n + m : first + most, count = all * levels;
    const double *const smaller = n <= m ? a : b, *const larger = n <= m ? b : a;
    mark *marks = malloc(count * sizeof *marks);
    uint8_t(*member)[SIDE] = calloc(all, sizeof *member), *division = malloc(all);
    if (marks == NULL || member == NULL || division == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu spectra", all);
    } else {
        for (size_t i = 0; i < count; i++)
            marks[i] = (mark){i < first * levels ? smaller[i] : larger[i - first * levels],
                              (uint32_t)(i / levels)};
        qsort(marks, count, sizeof *marks, ascending);
        const int as_far =
            permutations_as_far(levels, first, all, marks, stream, member, division, distance);
        *distance /= (double)(first * levels) * (double)((all - first) * levels);
        *p = (1.0 + as_far) / (1.0 + DYSON_PERMUTATIONS);
    }
    free(marks);
    free(member);
    free(division);
    return error->code;
}
