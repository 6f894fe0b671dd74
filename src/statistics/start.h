/* start.h: spectra at update 0 against the law that they should have. */
#ifndef DYSON_STATISTICS_START_H
#define DYSON_STATISTICS_START_H

#include "dyson/statistics.h"

#define DYSON_PERMUTATIONS 999
/* Of the larger of two sets only the first spectra are compared, so many times those of the
 * smaller: all others would lower the scatter of the distance, sqrt(1/n + 1/m), by a tenth at most.
 */
#define DYSON_MOST_LARGER 4

/* Spectra drawn from the law of the start: x[n x levels], descending, n from 1 on.  The same
 * `stream` gives the same spectra.  Errors: DYSON_INTERNAL. */
int dyson_start_sample(const dyson_gaussian_start *start, int64_t stream, size_t n, double *x,
                       dyson_error *error);

/* A sample of levels x >= 0, of which the square roots are counted, as the density of x may have a
 * pole at 0.  x is overwritten.  After dyson_start_sort, in place of dyson_sample_sort, marks are
 * levels.  Errors: those of the sample. */
int dyson_start_add(dyson_sample *levels, size_t n, double *x, dyson_error *error);
int dyson_start_sort(dyson_sample *levels, dyson_error *error);

/* The Kolmogorov-Smirnov distance of values from the Marchenko-Pastur law. */
double dyson_start_distance(const dyson_marchenko_pastur *law, const dyson_marks *marks);

/* Whether a[n x levels] and b[m x levels] are spectra of one law: the Kolmogorov-Smirnov distance
 * of the two pooled densities, and (1 + number of permutations with at least that distance)/(1 +
 * DYSON_PERMUTATIONS).  Permuted are whole spectra, so that p is exact at every n, m and N, however
 * the levels of a spectrum depend on each other.  NaN for n or m < 8.  Errors: DYSON_INTERNAL. */
int dyson_start_compare(size_t levels, size_t n, const double *a, size_t m, const double *b,
                        int64_t stream, double *distance, double *p, dyson_error *error);

#endif
