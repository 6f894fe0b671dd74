/* analyse_group.c: the statistics of one degenerate group of levels at one point.
 *
 * Two levels are a pair, one is a single; groups of more, and modes without a place in the model,
 * are neither.  The overlap of the group's last level with the next one below is the group's to
 * compute.
 *
 * Pass 0: means, samples; from the samples what depends on single numbers alone. Pass 1: scatter,
 * histograms, and the histograms' fits. Pass 2: what needs all estimates, for their errors. */
#include "statistics/analysis.h"

#include <math.h>
#include <stdlib.h>

/* What is gathered of a pair. */
typedef struct couple {
    double *row;
    dyson_sample spacings, values;
    dyson_mean_sums spacing;
    dyson_moment_sums both;
    dyson_likelihood surmise, density;
    dyson_histogram *spacing_histogram, *density_histogram; /* the analysis owns them */
    dyson_binned_fit spacing_fit, density_fit;
    double covariance; /* n (n - 1) times that of <S> and the sigma of density_fit */
} couple;

typedef struct group {
    dyson_analysis *analysis;
    const dyson_null *null;
    size_t p, first, levels;
    size_t now, before;         /* places of snapshots; before: none where it is now */
    dyson_moment_sums *moments; /* levels */
    dyson_mean_sums *drift;     /* levels */
    dyson_mean_sums ratio;
    dyson_sample last, next; /* the last level, and the one below the group */
    bool has_next;
    couple *pair;   /* NULL: not one */
    double *single; /* its row, or NULL */
    dyson_histogram *single_histogram;
    dyson_room room;
} group;

static void put(double *row, int column, dyson_estimate estimate)
{
    row[column] = estimate.value;
    row[column + 1] = estimate.error;
}

/* ---- levels ---- */

static int add_levels(group *g, int pass, const dyson_chunk *chunk, double *work,
                      dyson_error *error)
{
    const size_t n = chunk->count;
    double *y = work, *other = work + n, *mean = work + 2 * n;
    for (size_t r = 0; r < n; r++)
        mean[r] = 0.0;
    for (size_t i = 0; i < g->levels; i++) {
        dyson_chunk_level(chunk, g->now, g->first + i, y);
        dyson_moments_add(&g->moments[i], pass, n, 1, y);
        for (size_t r = 0; r < n; r++)
            mean[r] += y[r] / (double)g->levels;
        if (g->before != g->now && pass < 2) {
            dyson_chunk_level(chunk, g->before, g->first + i, other);
            for (size_t r = 0; r < n; r++)
                other[r] = y[r] - other[r];
            dyson_mean_add(&g->drift[i], pass, n, other);
        }
    }
    dyson_mean_add(&g->ratio, pass, n, mean);
    if (pass == 0 && g->has_next)
        dyson_chunk_level(chunk, g->now, g->first + g->levels, other);
    if (pass == 0 && dyson_sample_add(&g->last, n, y, error) == DYSON_OK && g->has_next)
        dyson_sample_add(&g->next, n, other, error);
    return error->code;
}

static int overlap_of(group *g, dyson_error *error)
{
    double *row = dyson_level_row(g->analysis, g->p, g->first + g->levels - 1);
    if (dyson_sample_sort(&g->last, error) == DYSON_OK && g->has_next &&
        dyson_sample_sort(&g->next, error) == DYSON_OK) {
        row[LEVEL_OVERLAP] = dyson_overlap(&g->last.marks, &g->next.marks);
        dyson_sample_clear(&g->next);
    }
    return error->code;
}

static void put_levels(const group *g)
{
    const dyson_shape *shape = g->analysis->shape;
    const dyson_estimate none = {NAN, NAN}, mean = dyson_mean_of(&g->ratio);
    for (size_t i = 0; i < g->levels; i++) {
        double *row = dyson_level_row(g->analysis, g->p, g->first + i);
        const dyson_moments moments = dyson_moments_of(&g->moments[i]);
        put(row, LEVEL_MEAN, moments.mean);
        put(row, LEVEL_STD, moments.std);
        put(row, LEVEL_SKEWNESS, moments.skewness);
        put(row, LEVEL_BINDER, moments.binder);
        put(row, LEVEL_DRIFT, g->before != g->now ? dyson_mean_of(&g->drift[i]) : none);
        /* <lambda>/kappa over the levels of the group, for each of them. */
        const bool known = shape->kappa != NULL && isfinite(shape->ceiling);
        const double kappa = known ? shape->kappa[g->first + i] : NAN;
        const dyson_estimate ratio = {(shape->ceiling - mean.value) / kappa, mean.error / kappa};
        put(row, LEVEL_RATIO, known ? ratio : none);
    }
}

/* ---- pairs ---- */

static int add_pair(group *g, int pass, const dyson_chunk *chunk, double *work, dyson_error *error)
{
    couple *c = g->pair;
    const size_t n = chunk->count;
    double *spacing = work, *values = work + n, *influence = work + 3 * n;
    for (size_t r = 0; r < n; r++) {
        const double *x = chunk->x + (r * chunk->snapshots + g->now) * chunk->levels + g->first;
        values[2 * r] = x[0];
        values[2 * r + 1] = x[1];
        spacing[r] = x[0] - x[1];
    }
    dyson_mean_add(&c->spacing, pass, n, spacing);
    dyson_moments_add(&c->both, pass, n, 2, values);
    if (pass == 0) {
        if (dyson_sample_add(&c->spacings, n, spacing, error) == DYSON_OK)
            dyson_sample_add(&c->values, 2 * n, values, error);
    } else if (pass == 1) {
        dyson_likelihood_add(&c->density, n, values);
        dyson_histogram_add(c->spacing_histogram, n, spacing);
        dyson_histogram_add(c->density_histogram, 2 * n, values);
    } else {
        const double mean = dyson_mean_of(&c->spacing).value;
        dyson_binned_add(&c->spacing_fit, n, spacing, NULL);
        dyson_binned_add(&c->density_fit, n, values, influence);
        for (size_t r = 0; r < n; r++)
            c->covariance += (spacing[r] - mean) * influence[r];
    }
    return error->code;
}

static int pair_from_samples(group *g, dyson_error *error)
{
    couple *c = g->pair;
    if (dyson_sample_sort(&c->spacings, error) != DYSON_OK ||
        dyson_sample_sort(&c->values, error) != DYSON_OK)
        return error->code;
    const dyson_marks *spacing = &c->spacings.marks, *values = &c->values.marks;
    const dyson_distance off = dyson_goodness_distance(DYSON_SURMISE, spacing);
    c->row[PAIR_SURMISE_KS] = dyson_null_p(g->null->ks[DYSON_SURMISE], off.ks);
    c->row[PAIR_SURMISE_AD] = dyson_null_p(g->null->ad[DYSON_SURMISE], off.ad);
    const dyson_distance away = dyson_goodness_distance(DYSON_TWO_LEVEL, values);
    c->row[PAIR_DENSITY_KS] = dyson_null_p(g->null->ks[DYSON_TWO_LEVEL], away.ks);
    c->row[PAIR_DENSITY_AD] = dyson_null_p(g->null->ad[DYSON_TWO_LEVEL], away.ad);
    c->surmise = dyson_likelihood_solve(DYSON_SURMISE, spacing);
    c->density = dyson_likelihood_solve(DYSON_TWO_LEVEL, values);
    if (dyson_histogram_create(0.0, spacing->high, dyson_freedman_diaconis(spacing),
                               c->spacing_histogram, error) == DYSON_OK)
        dyson_histogram_create(values->low, values->high, dyson_freedman_diaconis(values),
                               c->density_histogram, error);
    dyson_sample_clear(&c->spacings);
    dyson_sample_clear(&c->values);
    return error->code;
}

static int fit_pair(group *g, dyson_error *error)
{
    couple *c = g->pair;
    if (dyson_binned_solve(DYSON_SURMISE, &c->surmise.fit, c->spacing_histogram, &c->spacing_fit,
                           error) == DYSON_OK)
        dyson_binned_solve(DYSON_TWO_LEVEL, &c->density.fit, c->density_histogram, &c->density_fit,
                           error);
    return error->code;
}

static void put_pair(const group *g)
{
    const couple *c = g->pair;
    double *row = c->row;
    const double n = c->spacing.count;
    const dyson_fit density = dyson_likelihood_fit(&c->density);
    const dyson_fit spacing = dyson_binned_result(&c->spacing_fit);
    const dyson_fit binned = dyson_binned_result(&c->density_fit);
    const dyson_prediction predicted =
        dyson_merged_predict(&g->analysis->merged, g->p, (int)g->first);
    put(row, PAIR_SPACING, dyson_mean_of(&c->spacing));
    put(row, PAIR_SURMISE_ML, dyson_likelihood_fit(&c->surmise).sigma);
    put(row, PAIR_SURMISE_FIT, spacing.sigma);
    row[PAIR_SURMISE_CHI2] = spacing.chi2;
    row[PAIR_SURMISE_DOF] = spacing.dof;
    put(row, PAIR_CENTRE_ML, density.centre);
    put(row, PAIR_DENSITY_ML, density.sigma);
    put(row, PAIR_BINDER, dyson_moments_of(&c->both).binder);
    put(row, PAIR_CENTRE_FIT, binned.centre);
    put(row, PAIR_DENSITY_FIT, binned.sigma);
    row[PAIR_DENSITY_CHI2] = binned.chi2;
    row[PAIR_DENSITY_DOF] = binned.dof;
    row[PAIR_COVARIANCE] = c->covariance / (n * (n - 1.0));
    row[PAIR_PREDICTED_SIGMA] = predicted.sigma;
    row[PAIR_PREDICTED_SPACING] = sqrt(M_PI) * predicted.sigma;
    row[PAIR_ABSCISSA] = predicted.abscissa;
    row[PAIR_SLOPE] = predicted.slope;
}

/* ---- singles ---- */

static int single_from_sample(group *g, dyson_error *error)
{
    const dyson_marks *y = &g->last.marks;
    const dyson_distance distance = dyson_goodness_distance(DYSON_GAUSSIAN, y);
    g->single[SINGLE_KS] = dyson_null_p(g->null->ks[DYSON_GAUSSIAN], distance.ks);
    g->single[SINGLE_AD] = dyson_null_p(g->null->ad[DYSON_GAUSSIAN], distance.ad);
    return dyson_histogram_create(y->low, y->high, dyson_freedman_diaconis(y), g->single_histogram,
                                  error);
}

static void put_single(const group *g)
{
    const dyson_moments moments = dyson_moments_of(g->moments);
    put(g->single, SINGLE_MEAN, moments.mean);
    put(g->single, SINGLE_STD, moments.std);
    put(g->single, SINGLE_BINDER, moments.binder);
    g->single[SINGLE_PREDICTED] =
        dyson_merged_predict(&g->analysis->merged, g->p, (int)g->first).sigma;
}

/* ---- the task ---- */

static int add(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error)
{
    group *g = sums;
    if (dyson_room_for(&g->room, 4 * chunk->count, error) != DYSON_OK ||
        add_levels(g, pass, chunk, g->room.y, error) != DYSON_OK)
        return error->code;
    if (g->single != NULL && pass == 1) {
        dyson_chunk_level(chunk, g->now, g->first, g->room.y);
        dyson_histogram_add(g->single_histogram, chunk->count, g->room.y);
    }
    return g->pair != NULL ? add_pair(g, pass, chunk, g->room.y, error) : DYSON_OK;
}

static int end(void *sums, int pass, dyson_error *error)
{
    group *g = sums;
    if (pass == 0) {
        if (overlap_of(g, error) == DYSON_OK && g->single != NULL)
            single_from_sample(g, error);
        if (error->code == DYSON_OK && g->pair != NULL)
            pair_from_samples(g, error);
        dyson_sample_clear(&g->last);
    } else if (pass == 1) {
        if (g->pair != NULL)
            fit_pair(g, error);
    } else {
        put_levels(g);
        if (g->pair != NULL)
            put_pair(g);
        if (g->single != NULL)
            put_single(g);
    }
    return error->code;
}

static void clear(void *sums)
{
    group *g = sums;
    if (g->pair != NULL) {
        dyson_sample_clear(&g->pair->spacings);
        dyson_sample_clear(&g->pair->values);
        dyson_binned_clear(&g->pair->spacing_fit);
        dyson_binned_clear(&g->pair->density_fit);
    }
    dyson_sample_clear(&g->last);
    dyson_sample_clear(&g->next);
    free(g->room.y);
    free(g->pair);
    free(g->moments);
    free(g->drift);
    free(g);
}

/* Its number among the pairs or singles. */
static size_t place(const int *levels, size_t count, size_t first)
{
    size_t i = 0;
    while (i < count && (size_t)levels[i] != first)
        i++;
    return i;
}

static int begin_pair(group *g, dyson_error *error)
{
    const dyson_analysis *a = g->analysis;
    const size_t pair = place(a->pair_level, a->pairs, g->first);
    g->pair = calloc(1, sizeof *g->pair);
    if (g->pair == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a pair");
    g->pair->row = dyson_pair_row(a, g->p, pair);
    g->pair->spacings = g->pair->values = dyson_sample_of(DYSON_SAMPLE_LIMIT);
    g->pair->spacing_histogram = dyson_histogram_at(a, g->p, HISTOGRAM_SPACING, pair);
    g->pair->density_histogram = dyson_histogram_at(a, g->p, HISTOGRAM_DENSITY, pair);
    return DYSON_OK;
}

static const dyson_task functions = {.add = add, .end = end, .clear = clear};

int dyson_begin_group(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                      dyson_task *task, dyson_error *error)
{
    const dyson_merged *merged = &a->merged;
    group *g = dyson_task_create(task, sizeof *g, functions, error);
    if (g == NULL)
        return error->code;
    *g = (group){.analysis = a, .null = null, .p = p, .first = (size_t)a->first[index]};
    g->levels = (size_t)a->first[index + 1] - g->first;
    g->has_next = g->first + g->levels < a->levels;
    g->now = dyson_merged_place(merged, merged->update);
    g->before = merged->earlier >= 0 ? dyson_merged_place(merged, merged->earlier) : g->now;
    g->last = g->next = dyson_sample_of(DYSON_SAMPLE_LIMIT);
    g->moments = calloc(g->levels, sizeof *g->moments);
    g->drift = calloc(g->levels, sizeof *g->drift);
    if (g->moments == NULL || g->drift == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu levels", g->levels);
    if (!dyson_can_be_learnt(a, g->first))
        return DYSON_OK;
    if (g->levels == 2)
        return begin_pair(g, error);
    if (g->levels == 1) {
        const size_t single = place(a->single_level, a->singles, g->first);
        g->single = dyson_single_row(a, p, single);
        g->single_histogram = dyson_histogram_at(a, p, HISTOGRAM_SINGLE, single);
    }
    return DYSON_OK;
}
