/* analyse_group.c: the statistics of one degenerate group of levels at one point.
 *
 * The group's levels are read as x[n x width], descending, with the next level below them as one
 * more column where there is one: its overlap with the group's last level is the group's to
 * compute. */
#include "statistics/analysis.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct spectra {
    dyson_analysis *analysis;
    const dyson_null *null;
    size_t p, n, first, levels, width; /* point, replicas, first level, levels, columns */
    double *x;                         /* n x width */
    double *work;                      /* 5 n */
} spectra;

static void put(double *row, int column, dyson_estimate estimate)
{
    row[column] = estimate.value;
    row[column + 1] = estimate.error;
}

static void copy_column(const spectra *s, size_t column, double *y)
{
    for (size_t r = 0; r < s->n; r++)
        y[r] = s->x[r * s->width + column];
}

/* <lambda>/kappa over the levels of the group, for each of them. */
static void ratio(const spectra *s)
{
    const dyson_shape *shape = s->analysis->shape;
    for (size_t r = 0; r < s->n; r++) {
        double sum = 0.0;
        for (size_t i = 0; i < s->levels; i++)
            sum += s->x[r * s->width + i];
        s->work[r] = sum / (double)s->levels;
    }
    dyson_estimate mean = dyson_mean(s->n, s->work), none = {NAN, NAN};
    for (size_t i = s->first; i < s->first + s->levels; i++) {
        bool known = shape->kappa != NULL && isfinite(shape->ceiling);
        double kappa = known ? shape->kappa[i] : NAN;
        dyson_estimate of_level = {(shape->ceiling - mean.value) / kappa, mean.error / kappa};
        put(dyson_level_row(s->analysis, s->p, i), LEVEL_RATIO, known ? of_level : none);
    }
}

/* How far the means have moved since the earlier snapshot: the same replicas, so the error is that
 * of their differences. */
static int drift(const spectra *s, dyson_error *error)
{
    double *before = NULL;
    size_t n = 0;
    const dyson_merged *merged = &s->analysis->merged;
    const bool known = merged->earlier >= 0;
    if (known && dyson_merged_levels_at(merged, s->p, merged->earlier, (int)s->first,
                                        (int)s->levels, &before, &n, NULL, error) != DYSON_OK)
        return error->code;
    for (size_t i = 0; i < s->levels; i++) {
        for (size_t r = 0; r < n; r++)
            s->work[r] = s->x[r * s->width + i] - before[r * s->levels + i];
        put(dyson_level_row(s->analysis, s->p, s->first + i), LEVEL_DRIFT,
            known ? dyson_mean(n, s->work) : (dyson_estimate){NAN, NAN});
    }
    free(before);
    return DYSON_OK;
}

static int levels_of_group(const spectra *s, dyson_error *error)
{
    double *upper = s->work, *lower = s->work + s->n;
    for (size_t i = 0; i < s->levels; i++) {
        double *row = dyson_level_row(s->analysis, s->p, s->first + i);
        copy_column(s, i, upper);
        dyson_moments moments = dyson_moments_of(s->n, 1, upper);
        put(row, LEVEL_MEAN, moments.mean);
        put(row, LEVEL_STD, moments.std);
        put(row, LEVEL_SKEWNESS, moments.skewness);
        put(row, LEVEL_BINDER, moments.binder);
        row[LEVEL_OVERLAP] = 0.0;
        if (i + 1 == s->levels && i + 1 < s->width) {
            copy_column(s, i + 1, lower);
            dyson_overlap(s->n, upper, lower, &row[LEVEL_OVERLAP], error);
        }
    }
    ratio(s);
    return error->code == DYSON_OK ? drift(s, error) : error->code;
}

static int histogram_of(const spectra *s, size_t count, const double *values, bool from_zero,
                        dyson_histogram *histogram, dyson_error *error)
{
    double *sorted = s->work + 3 * s->n;
    memcpy(sorted, values, count * sizeof *values);
    dyson_sort(count, sorted);
    double low = from_zero || count == 0 ? 0.0 : sorted[0];
    return dyson_histogram_fill(count, values, low, dyson_freedman_diaconis(count, sorted),
                                histogram, error);
}

static dyson_distance distance_of(const spectra *s, dyson_law law, const double *values)
{
    double *copy = s->work + 3 * s->n;
    memcpy(copy, values, s->n * dyson_law_values(law) * sizeof *values);
    return dyson_goodness_distance(law, s->n, copy);
}

static int spacing_of_pair(const spectra *s, size_t pair, const double *spacing, dyson_error *error)
{
    double *row = dyson_pair_row(s->analysis, s->p, pair);
    dyson_histogram *histogram = dyson_histogram_at(s->analysis, s->p, HISTOGRAM_SPACING, pair);
    put(row, PAIR_SPACING, dyson_mean(s->n, spacing));
    put(row, PAIR_SURMISE_ML, dyson_fit_likelihood(DYSON_SURMISE, s->n, spacing).sigma);
    dyson_distance distance = distance_of(s, DYSON_SURMISE, spacing);
    row[PAIR_SURMISE_KS] = dyson_null_p(s->null->ks[DYSON_SURMISE], distance.ks);
    row[PAIR_SURMISE_AD] = dyson_null_p(s->null->ad[DYSON_SURMISE], distance.ad);
    dyson_fit fit;
    if (histogram_of(s, s->n, spacing, true, histogram, error) != DYSON_OK ||
        dyson_fit_histogram(DYSON_SURMISE, s->n, spacing, histogram, &fit, NULL, error) != DYSON_OK)
        return error->code;
    put(row, PAIR_SURMISE_FIT, fit.sigma);
    row[PAIR_SURMISE_CHI2] = fit.chi2;
    row[PAIR_SURMISE_DOF] = fit.dof;
    return DYSON_OK;
}

/* The covariance of <S> and sigma of the density's histogram fit, from their influences. */
static double covariance(size_t n, const double *spacing, const double *influence, double mean)
{
    double sum = 0.0, count = (double)n;
    for (size_t r = 0; r < n; r++)
        sum += (spacing[r] - mean) * influence[r];
    return sum / (count * (count - 1.0));
}

static int density_of_pair(const spectra *s, size_t pair, const double *spacing,
                           const double *values, dyson_error *error)
{
    double *row = dyson_pair_row(s->analysis, s->p, pair), *influence = s->work + 3 * s->n;
    dyson_histogram *histogram = dyson_histogram_at(s->analysis, s->p, HISTOGRAM_DENSITY, pair);
    dyson_fit fit = dyson_fit_likelihood(DYSON_TWO_LEVEL, s->n, values);
    put(row, PAIR_CENTRE_ML, fit.centre);
    put(row, PAIR_DENSITY_ML, fit.sigma);
    put(row, PAIR_BINDER, dyson_moments_of(s->n, 2, values).binder);
    dyson_distance distance = distance_of(s, DYSON_TWO_LEVEL, values);
    row[PAIR_DENSITY_KS] = dyson_null_p(s->null->ks[DYSON_TWO_LEVEL], distance.ks);
    row[PAIR_DENSITY_AD] = dyson_null_p(s->null->ad[DYSON_TWO_LEVEL], distance.ad);
    if (histogram_of(s, 2 * s->n, values, false, histogram, error) != DYSON_OK ||
        dyson_fit_histogram(DYSON_TWO_LEVEL, s->n, values, histogram, &fit, influence, error) !=
            DYSON_OK)
        return error->code;
    put(row, PAIR_CENTRE_FIT, fit.centre);
    put(row, PAIR_DENSITY_FIT, fit.sigma);
    row[PAIR_DENSITY_CHI2] = fit.chi2;
    row[PAIR_DENSITY_DOF] = fit.dof;
    row[PAIR_COVARIANCE] = covariance(s->n, spacing, influence, row[PAIR_SPACING]);
    return DYSON_OK;
}

static int pair_of_group(const spectra *s, size_t pair, dyson_error *error)
{
    double *row = dyson_pair_row(s->analysis, s->p, pair);
    double *spacing = s->work, *values = s->work + s->n;
    for (size_t r = 0; r < s->n; r++) {
        values[2 * r] = s->x[r * s->width];
        values[2 * r + 1] = s->x[r * s->width + 1];
        spacing[r] = values[2 * r] - values[2 * r + 1];
    }
    dyson_prediction predicted = dyson_merged_predict(&s->analysis->merged, s->p, (int)s->first);
    row[PAIR_PREDICTED_SIGMA] = predicted.sigma;
    row[PAIR_PREDICTED_SPACING] = sqrt(M_PI) * predicted.sigma;
    row[PAIR_ABSCISSA] = predicted.abscissa;
    row[PAIR_SLOPE] = predicted.slope;
    if (spacing_of_pair(s, pair, spacing, error) != DYSON_OK)
        return error->code;
    return density_of_pair(s, pair, spacing, values, error);
}

static int single_of_group(const spectra *s, size_t single, dyson_error *error)
{
    double *row = dyson_single_row(s->analysis, s->p, single), *y = s->work;
    copy_column(s, 0, y);
    dyson_moments moments = dyson_moments_of(s->n, 1, y);
    put(row, SINGLE_MEAN, moments.mean);
    put(row, SINGLE_STD, moments.std);
    put(row, SINGLE_BINDER, moments.binder);
    row[SINGLE_PREDICTED] = dyson_merged_predict(&s->analysis->merged, s->p, (int)s->first).sigma;
    dyson_distance distance = distance_of(s, DYSON_GAUSSIAN, y);
    row[SINGLE_KS] = dyson_null_p(s->null->ks[DYSON_GAUSSIAN], distance.ks);
    row[SINGLE_AD] = dyson_null_p(s->null->ad[DYSON_GAUSSIAN], distance.ad);
    return histogram_of(s, s->n, y, false,
                        dyson_histogram_at(s->analysis, s->p, HISTOGRAM_SINGLE, single), error);
}

/* Its number among the pairs or singles. */
static size_t place(const int *levels, size_t count, size_t first)
{
    size_t i = 0;
    while (i < count && (size_t)levels[i] != first)
        i++;
    return i;
}

int dyson_analyse_group(dyson_analysis *a, const dyson_null *null, size_t p, size_t group,
                        dyson_error *error)
{
    spectra s = {.analysis = a, .null = null, .p = p};
    s.first = (size_t)a->first[group];
    s.levels = (size_t)a->first[group + 1] - s.first;
    s.width = s.levels + (s.first + s.levels < a->levels ? 1 : 0);
    if (dyson_merged_levels(&a->merged, p, (int)s.first, (int)s.width, &s.x, &s.n, NULL, error) !=
        DYSON_OK)
        return error->code;
    s.work = malloc((5 * s.n + 1) * sizeof *s.work);
    if (s.work == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu replicas", s.n);
    else if (levels_of_group(&s, error) != DYSON_OK || !dyson_can_be_learnt(a, s.first))
        ; /* a mode without a place in the model is neither pair nor single */
    else if (s.levels == 2)
        pair_of_group(&s, place(a->pair_level, a->pairs, s.first), error);
    else if (s.levels == 1)
        single_of_group(&s, place(a->single_level, a->singles, s.first), error);
    free(s.work);
    free(s.x);
    return error->code;
}

int dyson_analyse_spectrum(dyson_analysis *a, size_t p, dyson_error *error)
{
    int64_t *count = dyson_count_row(a, p), status[DYSON_STATUSES];
    size_t n, levels = a->levels;
    double *x, width = INFINITY;
    if (dyson_merged_levels(&a->merged, p, 0, (int)levels, &x, &n, status, error) != DYSON_OK)
        return error->code;
    count[COUNT_DONE] = status[DYSON_DONE];
    count[COUNT_DIVERGED] = status[DYSON_DIVERGED];
    count[COUNT_PENDING] = status[DYSON_PENDING];
    count[COUNT_DAMAGED] = status[DYSON_DAMAGED];
    for (size_t r = 0; r < n; r++)
        count[COUNT_OUTSIDE] += !(x[r * levels] < a->shape->ceiling);
    double *column = malloc((n + 1) * sizeof *column);
    if (column == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu replicas", n);
    /* The narrowest level sets the bins: the whole spectrum's quartiles know of no level. */
    for (size_t i = 0; column != NULL && i < levels; i++) {
        for (size_t r = 0; r < n; r++)
            column[r] = x[r * levels + i];
        dyson_sort(n, column);
        width = fmin(width, dyson_freedman_diaconis(n, column));
    }
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n * levels; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    if (error->code == DYSON_OK && n > 0)
        dyson_histogram_fill(n * levels, x, low, fmax(width, (high - low) / 1000.0),
                             dyson_histogram_at(a, p, HISTOGRAM_SPECTRUM, 0), error);
    free(column);
    free(x);
    return error->code;
}
