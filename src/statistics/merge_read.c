/* merge_read.c: the spectra of a merged point: replicas done, in the order of its sources. */
#include "statistics/merge.h"

#include <stdlib.h>
#include <string.h>

size_t dyson_snapshot_of(const dyson_merged *merged, size_t file, int64_t update)
{
    size_t count;
    const int64_t *updates = dyson_spec_snapshots(dyson_reader_spec(merged->reader[file]), &count);
    for (size_t t = 0; t < count; t++)
        if (updates[t] == update)
            return t;
    return SIZE_MAX;
}

size_t dyson_merged_place(const dyson_merged *merged, int64_t update)
{
    size_t t = 0;
    while (t < merged->visits && merged->visited[t] != update)
        t++;
    return t;
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
    return dyson_reader_weights(merged->reader[source->file], source->point, first, count,
                                dyson_snapshot_of(merged, source->file, update), weights, error);
}

void dyson_merged_count(const dyson_merged *merged, size_t point, int64_t counts[DYSON_STATUSES])
{
    memset(counts, 0, DYSON_STATUSES * sizeof *counts);
    for (size_t i = 0; i < merged->point[point].sources; i++) {
        const dyson_source *source = &merged->point[point].source[i];
        const size_t replicas = (size_t)source->replicas;
        const uint8_t *status = merged->status[source->file] + source->point * replicas;
        for (size_t r = 0; r < replicas; r++)
            counts[status[r]]++;
    }
}

size_t dyson_merged_done(const dyson_merged *merged, size_t point)
{
    int64_t counts[DYSON_STATUSES];
    dyson_merged_count(merged, point, counts);
    return (size_t)counts[DYSON_DONE];
}

/* Chunks are full but for the last, whichever files their replicas stand in, so that sums over them
 * do not depend on how a run was made. */
typedef struct visitor {
    const dyson_merged *merged;
    size_t first, last, seen; /* replicas done: those wanted, and those gone by */
    size_t size, most;        /* numbers of a replica in a chunk; replicas of a full one */
    double *x;                /* most x size: the chunk */
    dyson_chunk chunk;
    dyson_visit *visit;
    void *context;
} visitor;

/* Replicas of one source as they stand in its file. */
typedef struct stretch {
    const dyson_source *source;
    const uint8_t *status;
    size_t snapshots, most; /* of the file; replicas that there is room for */
    size_t *at;             /* visits: which of the snapshots are visited */
    double *spectra;        /* most x snapshots x levels */
} stretch;

static int hand_over(visitor *v, dyson_error *error)
{
    if (v->chunk.count > 0)
        v->visit(v->context, &v->chunk, error);
    v->chunk.count = 0;
    return error->code;
}

/* What is wanted of replicas [from, from + count) of the source, which s->spectra holds. */
static int pick(visitor *v, const stretch *s, size_t from, size_t count, dyson_error *error)
{
    const size_t n = v->chunk.levels;
    for (size_t r = 0; r < count && v->seen < v->last; r++) {
        if (s->status[from + r] != DYSON_DONE || v->seen++ < v->first)
            continue;
        double *to = v->x + v->chunk.count++ * v->size;
        for (size_t t = 0; t < v->chunk.snapshots; t++)
            memcpy(to + t * n, s->spectra + (r * s->snapshots + s->at[t]) * n, n * sizeof *to);
        if (v->chunk.count == v->most && hand_over(v, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

static int visit_replicas(visitor *v, const stretch *s, dyson_error *error)
{
    const size_t replicas = (size_t)s->source->replicas;
    size_t r = 0;
    for (; r < replicas && (v->seen < v->first || s->status[r] != DYSON_DONE); r++)
        v->seen += s->status[r] == DYSON_DONE;
    while (r < replicas && v->seen < v->last) {
        size_t count = 0, left = v->last - v->seen; /* no more than are wanted */
        while (r + count < replicas && count < s->most && left > 0)
            left -= s->status[r + count++] == DYSON_DONE;
        if (dyson_reader_spectra(v->merged->reader[s->source->file], s->source->point, (int64_t)r,
                                 (int64_t)count, 0, s->snapshots, s->spectra, error) != DYSON_OK ||
            pick(v, s, r, count, error) != DYSON_OK)
            return error->code;
        r += count;
    }
    return DYSON_OK;
}

enum { NUMBERS = 1 << 16 /* read at a time, and in a chunk */ };

static int visit_source(visitor *v, const dyson_source *source, dyson_error *error)
{
    const dyson_merged *merged = v->merged;
    stretch s = {.source = source,
                 .status = merged->status[source->file] + source->point * (size_t)source->replicas};
    dyson_spec_snapshots(dyson_reader_spec(merged->reader[source->file]), &s.snapshots);
    const size_t size = s.snapshots * v->chunk.levels;
    s.most = size < NUMBERS ? NUMBERS / size : 1;
    s.spectra = malloc(s.most * size * sizeof *s.spectra);
    s.at = malloc(merged->visits * sizeof *s.at);
    if (s.spectra == NULL || s.at == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a replica's %zu spectra", s.snapshots);
    } else {
        for (size_t t = 0; t < merged->visits; t++)
            s.at[t] = dyson_snapshot_of(merged, source->file, merged->visited[t]);
        visit_replicas(v, &s, error);
    }
    free(s.spectra);
    free(s.at);
    return error->code;
}

int dyson_merged_visit(const dyson_merged *merged, size_t point, size_t first, size_t last,
                       dyson_visit *visit, void *context, dyson_error *error)
{
    const dyson_reader *reader = merged->reader[0];
    const dyson_shape *shape =
        dyson_spec_model(dyson_reader_spec(reader))->shape(dyson_reader_system(reader));
    visitor v = {.merged = merged,
                 .first = first,
                 .last = last,
                 .chunk = {0, merged->visits, (size_t)shape->levels, NULL},
                 .visit = visit,
                 .context = context};
    v.size = v.chunk.snapshots * v.chunk.levels;
    v.most = v.size < NUMBERS ? NUMBERS / v.size : 1;
    v.chunk.x = v.x = malloc(v.most * v.size * sizeof *v.x);
    if (v.x == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a replica's %zu spectra",
                          v.chunk.snapshots);
    for (size_t i = 0; i < merged->point[point].sources && error->code == DYSON_OK; i++)
        visit_source(&v, &merged->point[point].source[i], error);
    if (error->code == DYSON_OK)
        hand_over(&v, error);
    free(v.x);
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
