/* analyse_correlations.c: how fast one mode at one point forgets where it was.
 *
 * A mode is the mean over the levels of its degenerate group. In the stationary state its
 * correlation between updates t and t' is exp(-rate |t - t'|) to leading order.  A snapshot counts
 * in the fit of the rate where
 *   - the mode is there as at the analysed one: neither its mean nor its standard deviation differ
 *     by more than 4 errors;
 *   - its correlation is above 0.1 and above 5 errors, so that its logarithm is hardly biased;
 * and where all snapshots between count too.
 *
 * Close snapshots of a mode that still grows look alike.  So there is no rate unless the mode is as
 * it was over at least the time 1/rate before. */
#include "statistics/analysis.h"
#include "statistics/decay.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_CORRELATION 0.1
#define LEAST_ERRORS 5.0

/* A mode at one snapshot, and with the analysed one. */
typedef struct other {
    dyson_correlation_sums correlation;
    dyson_mean_sums moved;
    dyson_moment_sums moments;
    double factor; /* of its influence on the rate; 0 where it does not count */
} other;

typedef struct mode {
    dyson_analysis *analysis;
    size_t p, group; /* point, group of levels */
    size_t analysed; /* index of the snapshot that is analysed */
    other *at;       /* snapshots */
    dyson_decay decay;
    double span; /* updates before the analysed one over which the mode is as it is there */
    dyson_room room;
} mode;

/* The mode's mean at a snapshot: y[count]. */
static void mean_of(const mode *m, const dyson_chunk *chunk, size_t snapshot, double *y)
{
    const size_t first = (size_t)m->analysis->first[m->group];
    const size_t last = (size_t)m->analysis->first[m->group + 1];
    for (size_t r = 0; r < chunk->count; r++) {
        const double *x = chunk->x + (r * chunk->snapshots + snapshot) * chunk->levels;
        double sum = 0.0;
        for (size_t i = first; i < last; i++)
            sum += x[i];
        y[r] = sum / (double)(last - first);
    }
}

static int add(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error)
{
    mode *m = sums;
    const size_t n = chunk->count;
    if (dyson_room_for(&m->room, 4 * n, error) != DYSON_OK)
        return error->code;
    double *now = m->room.y, *y = now + n, *moved = now + 2 * n, *influence = now + 3 * n;
    mean_of(m, chunk, m->analysed, now);
    for (size_t r = 0; r < n; r++)
        influence[r] = 0.0;
    for (size_t t = 0; t < chunk->snapshots; t++) {
        other *at = &m->at[t];
        if (pass == 2 && at->factor == 0.0)
            continue;
        mean_of(m, chunk, t, y);
        if (pass == 2) {
            dyson_decay_influence(&at->correlation, at->factor, n, now, y, influence);
            continue;
        }
        dyson_correlation_add(&at->correlation, pass, n, now, y);
        dyson_moments_add(&at->moments, pass, n, 1, y);
        for (size_t r = 0; r < n; r++)
            moved[r] = now[r] - y[r];
        dyson_mean_add(&at->moved, pass, n, moved);
    }
    if (pass == 2)
        dyson_decay_scatter(&m->decay, n, influence);
    return DYSON_OK;
}

/* The same replicas at both snapshots: the error of the means' difference is that of the
 * differences; that of the standard deviations' is at most as if they were independent. */
static bool stationary(const mode *m, const other *at)
{
    const dyson_estimate moved = dyson_mean_of(&at->moved);
    const dyson_estimate here = dyson_moments_std(&m->at[m->analysed].moments);
    const dyson_estimate there = dyson_moments_std(&at->moments);
    return fabs(moved.value) < DYSON_MOVED_THRESHOLD * moved.error &&
           fabs(here.value - there.value) < DYSON_MOVED_THRESHOLD * hypot(here.error, there.error);
}

/* Of the snapshots from the analysed one outwards: whether all so far are as that one; and whether
 * all count in the fit. */
typedef struct course {
    bool stationary, counting;
} course;

/* One snapshot; *so_far: of those between, and then with this one. */
static void judge(mode *m, size_t snapshot, course *so_far)
{
    const dyson_merged *merged = &m->analysis->merged;
    double *row =
        dyson_row(m->analysis, TABLE_CORRELATIONS, m->p, m->group * merged->snapshots + snapshot);
    other *at = &m->at[snapshot];
    const dyson_estimate c = dyson_correlation_of(&at->correlation);
    const double before = (double)(merged->update - merged->updates[snapshot]);
    row[CORRELATION_VALUE] = c.value;
    row[CORRELATION_ERROR] = c.error;
    so_far->stationary = so_far->stationary && stationary(m, at);
    so_far->counting = so_far->counting && so_far->stationary && c.value > LEAST_CORRELATION &&
                       c.error > 0.0 && c.value > LEAST_ERRORS * c.error;
    row[CORRELATION_USED] = so_far->counting;
    if (so_far->stationary)
        m->span = fmax(m->span, before);
    if (so_far->counting)
        at->factor = dyson_decay_add(&m->decay, fabs(before), c);
}

/* Away from the analysed snapshot, to the start and to the end. */
static void judge_all(mode *m)
{
    const size_t snapshots = m->analysis->merged.snapshots;
    double *self =
        dyson_row(m->analysis, TABLE_CORRELATIONS, m->p, m->group * snapshots + m->analysed);
    self[CORRELATION_VALUE] = m->at[m->analysed].correlation.count > 0.0 ? 1.0 : NAN;
    course so_far = {true, true};
    for (size_t s = m->analysed; s-- > 0;)
        judge(m, s, &so_far);
    so_far = (course){true, true};
    for (size_t s = m->analysed + 1; s < snapshots; s++)
        judge(m, s, &so_far);
}

static void put_rate(const mode *m)
{
    const dyson_analysis *a = m->analysis;
    double *row = dyson_row(a, TABLE_RELAXATION, m->p, m->group);
    const dyson_estimate rate = dyson_decay_rate(&m->decay);
    const bool known = m->span * rate.value >= 1.0;
    row[RELAXATION_RATE] = known ? rate.value : NAN;
    row[RELAXATION_RATE_ERROR] = known ? rate.error : NAN;
    row[RELAXATION_PREDICTED] =
        1.0 / dyson_merged_predict(&a->merged, m->p, a->first[m->group]).relaxation;
    row[RELAXATION_LAGS] = (double)m->decay.lags;
}

static int end(void *sums, int pass, dyson_error *error)
{
    if (pass == 1)
        judge_all(sums);
    else if (pass == 2)
        put_rate(sums);
    return error->code;
}

static void clear(void *sums)
{
    mode *m = sums;
    free(m->at);
    free(m->room.y);
    free(m);
}

static const dyson_task functions = {.add = add, .end = end, .clear = clear};

int dyson_begin_correlations(dyson_analysis *a, const dyson_null *null, size_t p, size_t group,
                             dyson_task *task, dyson_error *error)
{
    (void)null;
    mode *m = dyson_task_create(task, sizeof *m, functions, error);
    if (m == NULL)
        return error->code;
    *m = (mode){.analysis = a, .p = p, .group = group};
    m->analysed = dyson_merged_place(&a->merged, a->merged.update);
    m->at = calloc(a->merged.snapshots, sizeof *m->at);
    if (m->at == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu snapshots",
                          a->merged.snapshots);
    return DYSON_OK;
}
