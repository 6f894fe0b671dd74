/* analyse_splitting.c: the spacing of two neighbouring levels whose targets differ, against the law
 * of two levels alone.
 *
 * The law's sigma is the root of the mean of the two predicted sigma^2: the diagonal elements enter
 * through their difference. Nothing is fitted of the law that is tested, so Kolmogorov's law holds
 * for the distance to it. */
#include "statistics/analysis.h"

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

typedef struct rice {
    double splitting, sigma;
} rice;

static double cumulative(const void *context, double spacing)
{
    const rice *law = context;
    return dyson_rice_cumulative(spacing, law->splitting, law->sigma);
}

static double p_of_rice(const dyson_marks *spacing, double splitting, double sigma)
{
    const rice law = {splitting, sigma};
    if (!(sigma > 0.0))
        return NAN;
    return dyson_kolmogorov_p((size_t)spacing->total,
                              dyson_marks_distance(spacing, cumulative, &law));
}

typedef struct couple {
    dyson_analysis *analysis;
    size_t p, row, now, level;
    dyson_mean_sums mean;
    dyson_sample sample;
    dyson_histogram *histogram; /* the analysis owns it */
    dyson_room room;
} couple;

static int add(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error)
{
    couple *c = sums;
    const size_t n = chunk->count;
    if (pass > 1 || dyson_room_for(&c->room, 2 * n, error) != DYSON_OK)
        return error->code;
    double *spacing = c->room.y, *lower = spacing + n;
    dyson_chunk_level(chunk, c->now, c->level, spacing);
    dyson_chunk_level(chunk, c->now, c->level + 1, lower);
    for (size_t r = 0; r < n; r++)
        spacing[r] -= lower[r];
    dyson_mean_add(&c->mean, pass, n, spacing);
    if (pass == 0)
        return dyson_sample_add(&c->sample, n, spacing, error);
    dyson_histogram_add(c->histogram, n, spacing);
    return DYSON_OK;
}

static int end(void *sums, int pass, dyson_error *error)
{
    couple *c = sums;
    double *out = dyson_row(c->analysis, TABLE_SPLITTINGS, c->p, c->row);
    if (pass == 0) {
        if (dyson_sample_sort(&c->sample, error) != DYSON_OK)
            return error->code;
        const dyson_marks *spacing = &c->sample.marks;
        const double sigma = predict(c->analysis, c->p, c->row);
        const dyson_rice_fit fit = dyson_fit_rice(spacing);
        out[SPLIT_SPLITTING_ML] = fit.splitting.value;
        out[SPLIT_SPLITTING_ML_ERROR] = fit.splitting.error;
        out[SPLIT_SIGMA_ML] = fit.sigma.value;
        out[SPLIT_SIGMA_ML_ERROR] = fit.sigma.error;
        out[SPLIT_RICE_KS] = p_of_rice(spacing, dyson_target_splitting(c->analysis, c->row), sigma);
        dyson_histogram_create(spacing->low, spacing->high, dyson_freedman_diaconis(spacing),
                               c->histogram, error);
        dyson_sample_clear(&c->sample);
    } else if (pass == 1) {
        const dyson_estimate mean = dyson_mean_of(&c->mean);
        out[SPLIT_SPACING] = mean.value;
        out[SPLIT_SPACING_ERROR] = mean.error;
    }
    return error->code;
}

static void clear(void *sums)
{
    couple *c = sums;
    dyson_sample_clear(&c->sample);
    free(c->room.y);
    free(c);
}

static const dyson_task functions = {.add = add, .end = end, .clear = clear};

int dyson_begin_splitting(dyson_analysis *a, const dyson_null *null, size_t p, size_t row,
                          dyson_task *task, dyson_error *error)
{
    (void)null;
    couple *c = dyson_task_create(task, sizeof *c, functions, error);
    if (c == NULL)
        return error->code;
    *c = (couple){.analysis = a,
                  .p = p,
                  .row = row,
                  .now = dyson_merged_place(&a->merged, a->merged.update),
                  .level = (size_t)a->split_level[row],
                  .sample = dyson_sample_of(DYSON_SAMPLE_LIMIT),
                  .histogram = dyson_histogram_at(a, p, HISTOGRAM_SPLITTING, row)};
    return DYSON_OK;
}
