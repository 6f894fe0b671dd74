/* statistics_whole.h: estimates from arrays that stand in memory as a whole, in one chunk or in
 * chunks of WHOLE_CHUNK replicas: all passes one after the other. */
#ifndef STATISTICS_WHOLE_H
#define STATISTICS_WHOLE_H

#include "dyson/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WHOLE_CHUNK = 1000 };

/* The sample of values; the caller clears it. */
static inline dyson_sample whole_sample(size_t count, const double *values)
{
    dyson_error error = {0};
    dyson_sample sample = dyson_sample_of(DYSON_SAMPLE_LIMIT);
    assert_int_equal(dyson_sample_add(&sample, count, values, &error), DYSON_OK);
    assert_int_equal(dyson_sample_sort(&sample, &error), DYSON_OK);
    return sample;
}

static inline dyson_estimate whole_mean(size_t n, const double *y)
{
    dyson_mean_sums sums = {0};
    for (int pass = 0; pass < 2; pass++)
        dyson_mean_add(&sums, pass, n, y);
    return dyson_mean_of(&sums);
}

static inline dyson_moments whole_moments(size_t n, size_t values, const double *y)
{
    dyson_moment_sums sums = {0};
    for (int pass = 0; pass < DYSON_PASSES; pass++)
        for (size_t i = 0; i < n; i += WHOLE_CHUNK)
            dyson_moments_add(&sums, pass, n - i < WHOLE_CHUNK ? n - i : WHOLE_CHUNK, values,
                              y + values * i);
    return dyson_moments_of(&sums);
}

static inline double whole_overlap(size_t n, const double *upper, const double *lower)
{
    dyson_sample high = whole_sample(n, upper), low = whole_sample(n, lower);
    const double overlap = dyson_overlap(&high.marks, &low.marks);
    dyson_sample_clear(&high);
    dyson_sample_clear(&low);
    return overlap;
}

static inline dyson_fit whole_likelihood(dyson_law law, size_t n, const double *values)
{
    dyson_sample sample = whole_sample(n * dyson_law_values(law), values);
    dyson_likelihood likelihood = dyson_likelihood_solve(law, &sample.marks);
    for (size_t i = 0; law == DYSON_TWO_LEVEL && i < n; i += WHOLE_CHUNK)
        dyson_likelihood_add(&likelihood, n - i < WHOLE_CHUNK ? n - i : WHOLE_CHUNK,
                             values + 2 * i);
    dyson_sample_clear(&sample);
    return dyson_likelihood_fit(&likelihood);
}

static inline dyson_rice_fit whole_rice(size_t n, const double *spacing)
{
    dyson_sample sample = whole_sample(n, spacing);
    const dyson_rice_fit fit = dyson_fit_rice(&sample.marks);
    dyson_sample_clear(&sample);
    return fit;
}

static inline dyson_distance whole_distance(dyson_law law, size_t n, const double *values)
{
    dyson_sample sample = whole_sample(n * dyson_law_values(law), values);
    const dyson_distance distance = dyson_goodness_distance(law, &sample.marks);
    dyson_sample_clear(&sample);
    return distance;
}

/* Freedman and Diaconis's bins from the least value on; the caller clears it. */
static inline dyson_histogram whole_histogram(size_t count, const double *values)
{
    dyson_error error = {0};
    dyson_histogram histogram;
    dyson_sample sample = whole_sample(count, values);
    const double width = dyson_freedman_diaconis(&sample.marks);
    assert_int_equal(dyson_histogram_create(sample.low, sample.high, width, &histogram, &error),
                     DYSON_OK);
    dyson_histogram_add(&histogram, count, values);
    dyson_sample_clear(&sample);
    return histogram;
}

/* influence: NULL, or n numbers. */
static inline dyson_fit whole_binned(dyson_law law, size_t n, const double *values,
                                     const dyson_histogram *histogram, double *influence)
{
    dyson_error error = {0};
    dyson_binned_fit binned;
    const dyson_fit start = whole_likelihood(law, n, values);
    assert_int_equal(dyson_binned_solve(law, &start, histogram, &binned, &error), DYSON_OK);
    dyson_binned_add(&binned, n, values, influence);
    const dyson_fit fit = dyson_binned_result(&binned);
    dyson_binned_clear(&binned);
    return fit;
}

#endif
