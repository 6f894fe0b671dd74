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

dyson_prediction dyson_merged_predict(const dyson_merged *merged, size_t point, int level)
{
    const dyson_source *source = &merged->point[point].source[0];
    const dyson_reader *reader = merged->reader[source->file];
    dyson_prediction prediction;
    dyson_spec_model(dyson_reader_spec(reader))
        ->predict(dyson_reader_system(reader), source->point, level, &prediction);
    return prediction;
}
