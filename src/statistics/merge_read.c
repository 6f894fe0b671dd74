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

typedef struct visitor {
    const dyson_merged *merged;
    size_t first, last, seen; /* replicas done: those wanted, and those gone by */
    size_t levels;
    /* Of one source. */
    const dyson_source *source;
    const uint8_t *status;
    size_t snapshots; /* of its file */
    size_t *at;       /* visits: which of them are visited */
    double *spectra;
    size_t most; /* replicas that it has room for */
    dyson_visit *visit;
    void *context;
} visitor;

/* Moves what is wanted of `count` replicas, from `from` on, to the front; how many replicas. */
static size_t pick(visitor *v, size_t from, size_t count)
{
    const size_t visits = v->merged->visits, n = v->levels, size = v->snapshots * n;
    size_t picked = 0;
    for (size_t r = 0; r < count && v->seen < v->last; r++) {
        if (v->status[from + r] != DYSON_DONE || v->seen++ < v->first)
            continue;
        double *to = v->spectra + picked++ * visits * n;
        for (size_t t = 0; t < visits; t++)
            if (to + t * n != v->spectra + r * size + v->at[t] * n)
                memmove(to + t * n, v->spectra + r * size + v->at[t] * n, n * sizeof *to);
    }
    return picked;
}

/* Replicas from `from` on, as many as there is room for, up to the source's last. */
static int visit_stretch(visitor *v, size_t from, size_t count, dyson_error *error)
{
    const dyson_source *source = v->source;
    if (dyson_reader_spectra(v->merged->reader[source->file], source->point, (int64_t)from,
                             (int64_t)count, 0, v->snapshots, v->spectra, error) != DYSON_OK)
        return error->code;
    const dyson_chunk chunk = {pick(v, from, count), v->merged->visits, v->levels, v->spectra};
    return chunk.count > 0 ? v->visit(v->context, &chunk, error) : DYSON_OK;
}

static int visit_replicas(visitor *v, dyson_error *error)
{
    const uint8_t *status = v->status;
    const size_t replicas = (size_t)v->source->replicas;
    size_t r = 0;
    for (; r < replicas && (v->seen < v->first || status[r] != DYSON_DONE); r++)
        v->seen += status[r] == DYSON_DONE;
    while (r < replicas && v->seen < v->last) {
        size_t count = 0, left = v->last - v->seen; /* no more than are wanted */
        while (r + count < replicas && count < v->most && left > 0)
            left -= status[r + count++] == DYSON_DONE;
        if (visit_stretch(v, r, count, error) != DYSON_OK)
            return error->code;
        r += count;
    }
    return DYSON_OK;
}

static int visit_source(visitor *v, dyson_error *error)
{
    enum { NUMBERS = 1 << 16 };
    const dyson_merged *merged = v->merged;
    const size_t file = v->source->file;
    dyson_spec_snapshots(dyson_reader_spec(merged->reader[file]), &v->snapshots);
    v->status = merged->status[file] + v->source->point * (size_t)v->source->replicas;
    const size_t size = v->snapshots * v->levels;
    v->most = size < NUMBERS ? NUMBERS / size : 1;
    v->spectra = malloc(v->most * size * sizeof *v->spectra);
    v->at = malloc(merged->visits * sizeof *v->at);
    if (v->spectra == NULL || v->at == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a replica's %zu spectra",
                   v->snapshots);
    } else {
        for (size_t t = 0; t < merged->visits; t++)
            v->at[t] = dyson_snapshot_of(merged, file, merged->visited[t]);
        visit_replicas(v, error);
    }
    free(v->spectra);
    free(v->at);
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
                 .levels = (size_t)shape->levels,
                 .visit = visit,
                 .context = context};
    for (size_t i = 0; i < merged->point[point].sources && error->code == DYSON_OK; i++) {
        v.source = &merged->point[point].source[i];
        visit_source(&v, error);
    }
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
