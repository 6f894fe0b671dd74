/* analyse_spectrum.c: the spectrum of one point as a whole: how many replicas there are of which
 * kind, and the histogram of all levels.
 *
 * The narrowest level sets the bins: the whole spectrum's quartiles know of no level.  Of each
 * level only its quartiles are wanted, so that its sample may be small. */
#include "statistics/analysis.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_NUMBERS = 1 << 20, MOST_KEPT = 16384, LEAST_KEPT = 1024, MOST_BINS = 1000 };

typedef struct whole {
    dyson_analysis *analysis;
    size_t p, now;
    dyson_sample *level; /* N */
    dyson_room room;
} whole;

static int add(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error)
{
    whole *w = sums;
    int64_t *count = dyson_count_row(w->analysis, w->p);
    dyson_histogram *histogram = dyson_histogram_at(w->analysis, w->p, HISTOGRAM_SPECTRUM, 0);
    if (pass > 1 || dyson_room_for(&w->room, chunk->count, error) != DYSON_OK)
        return error->code;
    for (size_t i = 0; i < chunk->levels && error->code == DYSON_OK; i++) {
        dyson_chunk_level(chunk, w->now, i, w->room.y);
        if (pass == 1)
            dyson_histogram_add(histogram, chunk->count, w->room.y);
        else
            dyson_sample_add(&w->level[i], chunk->count, w->room.y, error);
        for (size_t r = 0; pass == 0 && i == 0 && r < chunk->count; r++)
            count[COUNT_OUTSIDE] += !(w->room.y[r] < w->analysis->shape->ceiling);
    }
    return error->code;
}

static int end(void *sums, int pass, dyson_error *error)
{
    whole *w = sums;
    double low = INFINITY, high = -INFINITY, width = INFINITY;
    for (size_t i = 0; pass == 0 && i < w->analysis->levels; i++) {
        if (dyson_sample_sort(&w->level[i], error) != DYSON_OK)
            return error->code;
        width = fmin(width, dyson_freedman_diaconis(&w->level[i].marks));
        low = fmin(low, w->level[i].low);
        high = fmax(high, w->level[i].high);
        dyson_sample_clear(&w->level[i]);
    }
    if (pass > 0)
        return DYSON_OK;
    return dyson_histogram_create(low, high, fmax(width, (high - low) / MOST_BINS),
                                  dyson_histogram_at(w->analysis, w->p, HISTOGRAM_SPECTRUM, 0),
                                  error);
}

static void clear(void *sums)
{
    whole *w = sums;
    for (size_t i = 0; w->level != NULL && i < w->analysis->levels; i++)
        dyson_sample_clear(&w->level[i]);
    free(w->level);
    free(w->room.y);
    free(w);
}

static const dyson_task functions = {.add = add, .end = end, .clear = clear};

int dyson_begin_spectrum(dyson_analysis *a, size_t p, dyson_task *task, dyson_error *error)
{
    int64_t *count = dyson_count_row(a, p), status[DYSON_STATUSES];
    dyson_merged_count(&a->merged, p, status);
    count[COUNT_DONE] = status[DYSON_DONE];
    count[COUNT_DIVERGED] = status[DYSON_DIVERGED];
    count[COUNT_PENDING] = status[DYSON_PENDING];
    count[COUNT_DAMAGED] = status[DYSON_DAMAGED];
    whole *w = dyson_task_create(task, sizeof *w, functions, error);
    if (w == NULL)
        return error->code;
    *w = (whole){.analysis = a, .p = p, .now = dyson_merged_place(&a->merged, a->merged.update)};
    size_t kept = MOST_NUMBERS / a->levels;
    kept = kept < LEAST_KEPT ? LEAST_KEPT : kept > MOST_KEPT ? MOST_KEPT : kept;
    w->level = calloc(a->levels, sizeof *w->level);
    if (w->level == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu levels", a->levels);
    for (size_t i = 0; i < a->levels; i++)
        w->level[i] = dyson_sample_of(kept);
    return DYSON_OK;
}
