/* merge_read.c: the spectra of a merged point: replicas done, in the order of its sources. */
#include "statistics/merge.h"

#include <stdlib.h>
#include <string.h>

/* The index of a file's snapshot of an update; the number of snapshots where it has none. */
static size_t snapshot_at(const dyson_merged *merged, size_t file, int64_t update, size_t *count)
{
    const int64_t *updates = dyson_spec_snapshots(dyson_reader_spec(merged->reader[file]), count);
    size_t t = 0;
    while (t < *count && updates[t] != update)
        t++;
    return t;
}

bool dyson_merged_has(const dyson_merged *merged, int64_t update)
{
    bool all = true;
    for (size_t f = 0; f < merged->files; f++) {
        size_t count;
        all = snapshot_at(merged, f, update, &count) < count && all;
    }
    return all;
}

bool dyson_merged_has_weights(const dyson_merged *merged)
{
    bool all = true;
    for (size_t f = 0; f < merged->files; f++)
        all = strcmp(dyson_spec_text(dyson_reader_spec(merged->reader[f]), "ensemble", "weights"),
                     "all") == 0 &&
              all;
    return all;
}

int dyson_merged_weights(const dyson_merged *merged, const dyson_source *source, int64_t update,
                         int64_t first, int64_t count, double *weights, dyson_error *error)
{
    size_t snapshots;
    const size_t t = snapshot_at(merged, source->file, update, &snapshots);
    return dyson_reader_weights(merged->reader[source->file], source->point, first, count, t,
                                weights, error);
}

/* Appends the done replicas of one source to x[n x levels]; x has room for all of them. */
static int append(const dyson_merged *merged, const dyson_source *source, int64_t update, int level,
                  int levels, double *x, size_t *n, int64_t counts[DYSON_STATUSES],
                  dyson_error *error)
{
    const size_t replicas = (size_t)source->replicas, width = (size_t)levels;
    size_t snapshots;
    const size_t t = snapshot_at(merged, source->file, update, &snapshots);
    const uint8_t *status = merged->status[source->file] + source->point * replicas;
    double *read = x + *n * width;
    if (dyson_reader_eigenvalues(merged->reader[source->file], source->point, 0, source->replicas,
                                 t, level, levels, read, error) != DYSON_OK)
        return error->code;
    for (size_t r = 0; r < replicas; r++) {
        counts[status[r]]++;
        if (status[r] == DYSON_DONE)
            memmove(x + (*n)++ * width, read + r * width, width * sizeof *x);
    }
    return DYSON_OK;
}

int dyson_merged_levels(const dyson_merged *merged, size_t point, int level, int levels, double **x,
                        size_t *n, int64_t counts[DYSON_STATUSES], dyson_error *error)
{
    return dyson_merged_levels_at(merged, point, merged->update, level, levels, x, n, counts,
                                  error);
}

int dyson_merged_levels_at(const dyson_merged *merged, size_t point, int64_t update, int level,
                           int levels, double **x, size_t *n, int64_t counts[DYSON_STATUSES],
                           dyson_error *error)
{
    const dyson_merged_point *merged_point = &merged->point[point];
    size_t replicas = 0;
    int64_t ignored[DYSON_STATUSES];
    if (counts == NULL)
        counts = ignored;
    memset(counts, 0, sizeof ignored);
    for (size_t i = 0; i < merged_point->sources; i++)
        replicas += (size_t)merged_point->source[i].replicas;
    *n = 0;
    *x = malloc(replicas * (size_t)levels * sizeof **x);
    if (*x == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu replicas", replicas);
    for (size_t i = 0; i < merged_point->sources; i++)
        if (append(merged, &merged_point->source[i], update, level, levels, *x, n, counts, error) !=
            DYSON_OK)
            break;
    if (error->code != DYSON_OK) {
        free(*x);
        *x = NULL;
    }
    return error->code;
}

size_t dyson_merged_done(const dyson_merged *merged, size_t point)
{
    size_t done = 0;
    for (size_t i = 0; i < merged->point[point].sources; i++) {
        const dyson_source *source = &merged->point[point].source[i];
        const size_t replicas = (size_t)source->replicas;
        const uint8_t *status = merged->status[source->file] + source->point * replicas;
        for (size_t r = 0; r < replicas; r++)
            done += status[r] == DYSON_DONE;
    }
    return done;
}

typedef struct visitor {
    const dyson_merged *merged;
    size_t first, last, seen;       /* replicas done: those wanted, and those gone by */
    size_t snapshots, levels, most; /* of a replica; replicas that spectra has room for */
    double *spectra;
    dyson_visit *visit;
    void *context;
} visitor;

/* Replicas from `from` on, as many as there is room for, up to the source's last. */
static int visit_stretch(visitor *v, const dyson_source *source, const uint8_t *status, size_t from,
                         size_t count, dyson_error *error)
{
    const dyson_merged *merged = v->merged;
    const size_t size = v->snapshots * v->levels;
    const size_t t = merged->snapshots > 0 ? 0 : merged->snapshot[source->file];
    if (dyson_reader_spectra(merged->reader[source->file], source->point, (int64_t)from,
                             (int64_t)count, t, v->snapshots, v->spectra, error) != DYSON_OK)
        return error->code;
    for (size_t r = 0; r < count && v->seen < v->last; r++) {
        if (status[from + r] != DYSON_DONE)
            continue;
        if (v->seen++ >= v->first)
            for (size_t s = 0; s < v->snapshots; s++)
                v->visit(v->context, s, v->spectra + r * size + s * v->levels);
    }
    return DYSON_OK;
}

static int visit_source(visitor *v, const dyson_source *source, dyson_error *error)
{
    const size_t replicas = (size_t)source->replicas;
    const uint8_t *status = v->merged->status[source->file] + source->point * replicas;
    size_t r = 0;
    for (; r < replicas && (v->seen < v->first || status[r] != DYSON_DONE); r++)
        v->seen += status[r] == DYSON_DONE;
    while (r < replicas && v->seen < v->last) {
        size_t count = 0, left = v->last - v->seen; /* no more than are wanted */
        while (r + count < replicas && count < v->most && left > 0)
            left -= status[r + count++] == DYSON_DONE;
        if (visit_stretch(v, source, status, r, count, error) != DYSON_OK)
            return error->code;
        r += count;
    }
    return DYSON_OK;
}

int dyson_merged_visit(const dyson_merged *merged, size_t point, size_t first, size_t last,
                       dyson_visit *visit, void *context, dyson_error *error)
{
    enum { NUMBERS = 1 << 16 };
    const dyson_reader *reader = merged->reader[0];
    const dyson_shape *shape =
        dyson_spec_model(dyson_reader_spec(reader))->shape(dyson_reader_system(reader));
    visitor v = {merged,
                 first,
                 last,
                 0,
                 merged->snapshots > 0 ? merged->snapshots : 1,
                 (size_t)shape->levels,
                 1,
                 NULL,
                 visit,
                 context};
    const size_t size = v.snapshots * v.levels;
    v.most = size < NUMBERS ? NUMBERS / size : 1;
    v.spectra = malloc(v.most * size * sizeof *v.spectra);
    if (v.spectra == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a replica's %zu spectra",
                          v.snapshots);
    for (size_t i = 0; i < merged->point[point].sources && error->code == DYSON_OK; i++)
        visit_source(&v, &merged->point[point].source[i], error);
    free(v.spectra);
    return error->code;
}

dyson_prediction dyson_merged_predict(const dyson_merged *merged, size_t point, int level)
{
    const dyson_source *source = &merged->point[point].source[0];
    const dyson_reader *reader = merged->reader[source->file];
    dyson_prediction prediction;
    dyson_spec_model(dyson_reader_spec(reader))
        ->predict(dyson_reader_system(reader), source->point, level, &prediction);
    return prediction;
}
