/* analyse_splitting.c: the spacing of two neighbouring levels whose targets differ, against the law
 * of two levels alone.
 *
 * The law's sigma is the root of the mean of the two predicted sigma^2: the diagonal elements enter
 * through their difference. Nothing is fitted of the law that is tested, so Kolmogorov's law holds
 * for the distance to it. */
#include "statistics/analysis.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>

static double gap(const double *x, size_t level)
{
    return x[level] - x[level + 1];
}

double dyson_target_splitting(const dyson_analysis *a, size_t row)
{
    return gap(a->shape->x, (size_t)a->split_level[row]);
}

bool dyson_splitting_is_alone(const dyson_analysis *a, size_t p, size_t row)
{
    const int upper = a->split_level[row];
    return a->levels == 2 && dyson_merged_predict(&a->merged, p, upper).sigma ==
                                 dyson_merged_predict(&a->merged, p, upper + 1).sigma;
}

/* From the couple's targets to the nearest other one, in units of sigma. */
static double isolation(const dyson_analysis *a, size_t upper, double sigma)
{
    double nearest = INFINITY;
    if (upper > 0)
        nearest = gap(a->shape->x, upper - 1);
    if (upper + 2 < a->levels)
        nearest = fmin(nearest, gap(a->shape->x, upper + 1));
    return nearest / sigma;
}

static double predict(dyson_analysis *a, size_t p, size_t row)
{
    const int upper = a->split_level[row];
    const double splitting = dyson_target_splitting(a, row);
    const double sigma = hypot(dyson_merged_predict(&a->merged, p, upper).sigma,
                               dyson_merged_predict(&a->merged, p, upper + 1).sigma) *
                         M_SQRT1_2;
    double *out = dyson_row(a, TABLE_SPLITTINGS, p, row);
    out[SPLIT_PREDICTED_SIGMA] = sigma;
    out[SPLIT_PREDICTED_RICE] = sigma > 0.0 ? dyson_rice_mean(splitting, sigma) : NAN;
    out[SPLIT_PREDICTED_CLOSURE] = sigma > 0.0 ? dyson_closure_mean(splitting, sigma) : NAN;
    out[SPLIT_ISOLATION] = isolation(a, (size_t)upper, sigma);
    return sigma;
}

/* sorted: ascending */
static double p_of_rice(size_t n, const double *sorted, double splitting, double sigma)
{
    double distance = 0.0, count = (double)n;
    if (!(sigma > 0.0))
        return NAN;
    for (size_t i = 0; i < n; i++) {
        const double law = dyson_rice_cumulative(sorted[i], splitting, sigma), k = (double)i;
        distance = fmax(distance, fmax(law - k / count, (k + 1.0) / count - law));
    }
    return dyson_kolmogorov_p(n, distance);
}

static int measure(dyson_analysis *a, size_t p, size_t row, size_t n, double *spacing,
                   dyson_error *error)
{
    double *out = dyson_row(a, TABLE_SPLITTINGS, p, row);
    const double sigma = predict(a, p, row);
    const dyson_estimate mean = dyson_mean(n, spacing);
    const dyson_rice_fit fit = dyson_fit_rice(n, spacing);
    out[SPLIT_SPACING] = mean.value;
    out[SPLIT_SPACING_ERROR] = mean.error;
    out[SPLIT_SPLITTING_ML] = fit.splitting.value;
    out[SPLIT_SPLITTING_ML_ERROR] = fit.splitting.error;
    out[SPLIT_SIGMA_ML] = fit.sigma.value;
    out[SPLIT_SIGMA_ML_ERROR] = fit.sigma.error;
    dyson_sort(n, spacing);
    out[SPLIT_RICE_KS] = p_of_rice(n, spacing, dyson_target_splitting(a, row), sigma);
    const double low = n > 0 ? spacing[0] : 0.0;
    return dyson_histogram_fill(n, spacing, low, dyson_freedman_diaconis(n, spacing),
                                dyson_histogram_at(a, p, HISTOGRAM_SPLITTING, row), error);
}

int dyson_analyse_splitting(dyson_analysis *a, const dyson_null *null, size_t p, size_t row,
                            dyson_error *error)
{
    double *x;
    size_t n;
    (void)null;
    if (dyson_merged_levels(&a->merged, p, a->split_level[row], 2, &x, &n, NULL, error) != DYSON_OK)
        return error->code;
    for (size_t r = 0; r < n; r++)
        x[r] = x[2 * r] - x[2 * r + 1];
    measure(a, p, row, n, x, error);
    free(x);
    return error->code;
}
