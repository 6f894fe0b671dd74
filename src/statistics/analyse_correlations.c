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
#include <string.h>

#define LEAST_CORRELATION 0.1
#define LEAST_ERRORS 5.0

typedef struct mode {
    dyson_analysis *analysis;
    size_t p, group, n; /* point, group of levels, replicas */
    size_t analysed;    /* index of the snapshot that is analysed */
    double *now;        /* n: the mode's mean x there */
    double *other;      /* n: at another snapshot */
    double *influence;  /* n */
    double *room;       /* 3 n: influence, difference; decay's */
    dyson_decay decay;
    double span; /* updates before the analysed one over which the mode is as it is there */
} mode;

/* Of the snapshots from the analysed one outwards: whether all so far are as that one; and whether
 * all count in the fit. */
typedef struct course {
    bool stationary, counting;
} course;

/* The mode's mean at an update; the caller frees *mean, n numbers. */
static int read_mean(const mode *m, int64_t update, double **mean, size_t *n, dyson_error *error)
{
    const dyson_analysis *a = m->analysis;
    const int first = a->first[m->group], levels = a->first[m->group + 1] - first;
    if (dyson_merged_levels_at(&a->merged, m->p, update, first, levels, mean, n, NULL, error) !=
        DYSON_OK)
        return error->code;
    for (size_t r = 0; r < *n; r++) {
        double sum = 0.0;
        for (int i = 0; i < levels; i++)
            sum += (*mean)[r * (size_t)levels + (size_t)i];
        (*mean)[r] = sum / levels;
    }
    return DYSON_OK;
}

/* The same replicas at both snapshots: the error of the means' difference is that of the
 * differences; that of the standard deviations' is at most as if they were independent. */
static bool stationary(const mode *m, double *work)
{
    for (size_t r = 0; r < m->n; r++)
        work[r] = m->now[r] - m->other[r];
    const dyson_estimate moved = dyson_mean(m->n, work);
    const dyson_estimate here = dyson_moments_of(m->n, 1, m->now).std;
    const dyson_estimate there = dyson_moments_of(m->n, 1, m->other).std;
    return fabs(moved.value) < DYSON_MOVED_THRESHOLD * moved.error &&
           fabs(here.value - there.value) < DYSON_MOVED_THRESHOLD * hypot(here.error, there.error);
}

/* One snapshot; *so_far: of those between, and then with this one. */
static int add_snapshot(mode *m, size_t snapshot, course *so_far, dyson_error *error)
{
    const dyson_merged *merged = &m->analysis->merged;
    double *row =
        dyson_row(m->analysis, TABLE_CORRELATIONS, m->p, m->group * merged->snapshots + snapshot);
    size_t n;
    if (read_mean(m, merged->updates[snapshot], &m->other, &n, error) != DYSON_OK)
        return error->code;
    const dyson_estimate c = dyson_correlation(n, m->now, m->other, m->influence);
    row[CORRELATION_VALUE] = c.value;
    row[CORRELATION_ERROR] = c.error;
    const double before = (double)(merged->update - merged->updates[snapshot]);
    so_far->stationary = so_far->stationary && stationary(m, m->influence + m->n);
    so_far->counting = so_far->counting && so_far->stationary && c.value > LEAST_CORRELATION &&
                       c.error > 0.0 && c.value > LEAST_ERRORS * c.error;
    row[CORRELATION_USED] = so_far->counting;
    if (so_far->stationary)
        m->span = fmax(m->span, before);
    if (so_far->counting)
        dyson_decay_add(&m->decay, fabs(before), c, m->influence);
    free(m->other);
    m->other = NULL;
    return DYSON_OK;
}

/* Away from the analysed snapshot, to the start and to the end. */
static int add_all(mode *m, dyson_error *error)
{
    const size_t snapshots = m->analysis->merged.snapshots;
    double *self =
        dyson_row(m->analysis, TABLE_CORRELATIONS, m->p, m->group * snapshots + m->analysed);
    self[CORRELATION_VALUE] = m->n > 0 ? 1.0 : NAN;
    course so_far = {true, true};
    for (size_t s = m->analysed; s-- > 0 && error->code == DYSON_OK;)
        add_snapshot(m, s, &so_far, error);
    so_far = (course){true, true};
    for (size_t s = m->analysed + 1; s < snapshots && error->code == DYSON_OK; s++)
        add_snapshot(m, s, &so_far, error);
    return error->code;
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

int dyson_analyse_correlations(dyson_analysis *a, const dyson_null *null, size_t p, size_t group,
                               dyson_error *error)
{
    (void)null;
    mode m = {.analysis = a, .p = p, .group = group};
    while (a->merged.updates[m.analysed] != a->merged.update)
        m.analysed++;
    if (read_mean(&m, a->merged.update, &m.now, &m.n, error) != DYSON_OK)
        return error->code;
    m.room = calloc(3 * m.n + 1, sizeof *m.room);
    m.influence = m.room;
    m.decay = (dyson_decay){.n = m.n, .influence = m.room + 2 * m.n};
    if (m.room == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu replicas", m.n);
    else if (add_all(&m, error) == DYSON_OK)
        put_rate(&m);
    free(m.now);
    free(m.room);
    return error->code;
}
