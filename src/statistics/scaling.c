/* scaling.c: lines through many points: how spacings and widths scale, and where the means go.
 *
 * The lines of spacing and width go through the origin. <S> against sqrt(pi) sigma has errors in
 * both, and both come from the same replicas: the residual y - b x has the variance e_y^2 + b^2
 * e_x^2 - 2 b cov(x, y), the slope b being found by turns with the weights. <lambda>/kappa: a
 * straight line in alpha/B. Terms of second order are left out, so only points with alpha/B at most
 * a quarter of the largest count, where at least three different rates remain; else all; and no
 * mean that still moves. */
#include "statistics/analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct kind {
    const char *name, *text;
    int y, y_error, x; /* columns; x < 0: sqrt(pi) sigma of the density's histogram fit */
    double y_scale;
} kind;

#define SQRT_PI 1.7724538509055160273

static const kind kinds[3] = {
    {"spacing", "<S> against the abscissa", PAIR_SPACING, PAIR_SPACING_ERROR, PAIR_ABSCISSA, 1.0},
    {"sigma", "sqrt(pi) sigma of the density fit against the abscissa", PAIR_DENSITY_FIT,
     PAIR_DENSITY_FIT_ERROR, PAIR_ABSCISSA, SQRT_PI},
    {"spacing_against_sigma", "<S> against sqrt(pi) sigma of the density fit", PAIR_SPACING,
     PAIR_SPACING_ERROR, -1, 1.0},
};

/* Adds one (point, pair) where all its numbers are known. */
static void add(dyson_scaling *s, const kind *k, const double *row, size_t p, size_t pair,
                double *covariance)
{
    size_t i = s->count;
    s->x[i] = k->x < 0 ? SQRT_PI * row[PAIR_DENSITY_FIT] : row[k->x];
    s->x_error[i] = k->x < 0 ? SQRT_PI * row[PAIR_DENSITY_FIT_ERROR] : 0.0;
    s->y[i] = k->y_scale * row[k->y];
    s->y_error[i] = k->y_scale * row[k->y_error];
    covariance[i] = k->x < 0 ? SQRT_PI * row[PAIR_COVARIANCE] : 0.0;
    s->point[i] = (int64_t)p;
    s->pair[i] = (int64_t)pair;
    if (isfinite(s->x[i]) && isfinite(s->y[i]) && isfinite(s->x_error[i]) && s->y_error[i] > 0.0)
        s->count++;
}

static void fit(dyson_scaling *s, const double *covariance, double *error)
{
    enum { TURNS = 20 };
    double b = 0.0;
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < s->count; i++)
            error[i] = sqrt(s->y_error[i] * s->y_error[i] + b * b * s->x_error[i] * s->x_error[i] -
                            2.0 * b * covariance[i]);
        s->line = dyson_line_through_origin(s->count, s->x, s->y, error);
        b = s->line.slope.value;
    }
}

static int scale(dyson_analysis *a, const kind *k, const dyson_key *by, const bool *selected,
                 dyson_error *error)
{
    dyson_scaling *s = &a->scaling[a->scalings++];
    *s = (dyson_scaling){.name = k->name, .text = k->text, .by = by, .predicted = NAN};
    size_t most = a->points * a->pairs + 1;
    double *work = malloc(2 * most * sizeof *work);
    s->x = malloc(4 * most * sizeof *s->x);
    s->point = malloc(2 * most * sizeof *s->point);
    if (work == NULL || s->x == NULL || s->point == NULL) {
        free(work);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", a->points);
    }
    s->x_error = s->x + most;
    s->y = s->x + 2 * most;
    s->y_error = s->x + 3 * most;
    s->pair = s->point + most;
    for (size_t p = 0; p < a->points; p++)
        for (size_t pair = 0; pair < a->pairs; pair++)
            if (selected[p])
                add(s, k, dyson_pair_row(a, p, pair), p, pair, work);
    if (s->count > 0)
        s->predicted =
            k->x < 0 ? 1.0 : dyson_pair_row(a, (size_t)s->point[0], (size_t)s->pair[0])[PAIR_SLOPE];
    fit(s, work, work + most);
    free(work);
    return DYSON_OK;
}

static bool same_but(const dyson_analysis *a, size_t key, size_t p, size_t q)
{
    for (size_t i = 0; i < a->swept; i++)
        if (i != key && a->value[i * a->points + p] != a->value[i * a->points + q])
            return false;
    return true;
}

/* The points that vary a key alone: the largest set that agrees in all the other keys; false where
 * the key has one value in it. */
static bool select_by(const dyson_analysis *a, size_t key, bool *selected)
{
    size_t best = 0, size = 0;
    for (size_t p = 0; p < a->points; p++) {
        size_t count = 0;
        for (size_t q = 0; q < a->points; q++)
            count += same_but(a, key, p, q);
        if (count > size) {
            best = p;
            size = count;
        }
    }
    for (size_t p = 0; p < a->points; p++)
        selected[p] = same_but(a, key, best, p);
    return size > 1; /* points are different, and these in nothing else */
}

static void select_small_rates(dyson_analysis *a)
{
    double largest = 0.0, seen[3];
    size_t different = 0;
    for (size_t p = 0; p < a->points; p++)
        if (dyson_count_row(a, p)[COUNT_DONE] > 1 && a->rate[p] > largest)
            largest = a->rate[p];
    for (int all = 0; all < 2 && different < 3; all++) {
        different = 0;
        for (size_t p = 0; p < a->points; p++) {
            double most = all ? largest : 0.25 * largest * (1.0 + 1e-12);
            bool used = dyson_count_row(a, p)[COUNT_DONE] > 1 && a->rate[p] <= most;
            a->repulsion_used[p] = used;
            bool known = !used;
            for (size_t i = 0; i < different && i < 3; i++)
                known = known || seen[i] == a->rate[p];
            if (!known && different < 3)
                seen[different++] = a->rate[p];
        }
    }
}

static void repulsion(dyson_analysis *a, double *work)
{
    double *x = work, *y = work + a->points, *y_error = work + 2 * a->points;
    select_small_rates(a);
    for (size_t level = 0; level < a->levels; level++) {
        size_t count = 0;
        for (size_t p = 0; p < a->points; p++) {
            const double *row = dyson_level_row(a, p, level);
            if (!a->repulsion_used[p] || !(row[LEVEL_RATIO_ERROR] > 0.0) ||
                dyson_level_moves(a, p, level))
                continue;
            x[count] = a->rate[p];
            y[count] = row[LEVEL_RATIO];
            y_error[count++] = row[LEVEL_RATIO_ERROR];
        }
        a->repulsion[level] = dyson_line_straight(count, x, y, y_error);
    }
}

/* Pairs mix where they overlap with a neighbour. */
static void mixing(dyson_analysis *a)
{
    for (size_t p = 0; p < a->points; p++)
        for (size_t k = 0; k < a->pairs; k++) {
            size_t upper = (size_t)a->pair_level[k];
            double above = upper > 0 ? dyson_level_row(a, p, upper - 1)[LEVEL_OVERLAP] : 0.0;
            double below = dyson_level_row(a, p, upper + 1)[LEVEL_OVERLAP];
            dyson_pair_row(a, p, k)[PAIR_OVERLAP] = above > below ? above : below;
        }
}

int dyson_analyse_scaling(dyson_analysis *a, dyson_error *error)
{
    a->scaling = calloc(3 * (1 + a->swept), sizeof *a->scaling);
    a->repulsion = calloc(a->levels, sizeof *a->repulsion);
    a->repulsion_used = calloc(a->points, sizeof *a->repulsion_used);
    bool *selected = calloc(a->points, sizeof *selected);
    double *work = malloc(3 * a->points * sizeof *work);
    if (!a->scaling || !a->repulsion || !a->repulsion_used || !selected || !work)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", a->points);
    for (size_t by = 0; by <= a->swept && error->code == DYSON_OK; by++) {
        for (size_t p = 0; p < a->points; p++)
            selected[p] = true;
        if (by > 0 && !select_by(a, by - 1, selected))
            continue;
        for (size_t k = 0; k < 3 && error->code == DYSON_OK; k++)
            scale(a, &kinds[k], by > 0 ? a->key[by - 1] : NULL, selected, error);
    }
    if (error->code == DYSON_OK) {
        mixing(a);
        repulsion(a, work);
    }
    free(selected);
    free(work);
    return error->code;
}
