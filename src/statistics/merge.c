/* merge.c: points that agree in all point parameters are one, whichever files they stand in.
 *
 * A replica is (stream key of its point, replica number), and the stream key contains the seed; so
 * runs that differ in seed or in first_replica add up, and the same replica twice would count as
 * two: it is refused. Sources are ordered by replica number, so that a run made in two parts is
 * analysed in the order, and with the rounding, of the same run made at once. */
#include "statistics/merge.h"

#include "dyson/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dyson_spec *spec_of(const dyson_merged *merged, size_t file)
{
    return dyson_reader_spec(merged->reader[file]);
}

static int out_of_memory(dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL, "out of memory for the points of the files");
}

/* Whether two specs agree in one key of the model that is not a point parameter. */
static bool same_value(const dyson_spec *a, const dyson_spec *b, const dyson_key *key)
{
    if (key->fallback != NULL && key->fallback[0] == '\0') {
        bool given = dyson_spec_given(a, key->section, key->name);
        if (given != dyson_spec_given(b, key->section, key->name))
            return false;
        if (!given)
            return true;
    }
    size_t count[2];
    int size[2];
    const double *list[2], *matrix[2];
    switch (key->type) {
    case DYSON_INTEGER:
        return dyson_spec_integer(a, key->section, key->name) ==
               dyson_spec_integer(b, key->section, key->name);
    case DYSON_REAL:
        return dyson_spec_real(a, key->section, key->name) ==
               dyson_spec_real(b, key->section, key->name);
    case DYSON_REALS:
        list[0] = dyson_spec_reals(a, key->section, key->name, &count[0]);
        list[1] = dyson_spec_reals(b, key->section, key->name, &count[1]);
        return count[0] == count[1] && memcmp(list[0], list[1], count[0] * sizeof **list) == 0;
    case DYSON_CHOICE:
    case DYSON_TEXT:
        return strcmp(dyson_spec_text(a, key->section, key->name),
                      dyson_spec_text(b, key->section, key->name)) == 0;
    case DYSON_MATRIX:
        matrix[0] = dyson_spec_matrix(a, key->section, key->name, &size[0]);
        matrix[1] = dyson_spec_matrix(b, key->section, key->name, &size[1]);
        if (matrix[0] == NULL || matrix[1] == NULL)
            return matrix[0] == matrix[1];
        return size[0] == size[1] &&
               memcmp(matrix[0], matrix[1], (size_t)size[0] * (size_t)size[0] * sizeof **matrix) ==
                   0;
    }
    return false;
}

static int check_same_model(const dyson_merged *merged, size_t file, dyson_error *error)
{
    const dyson_spec *a = spec_of(merged, 0), *b = spec_of(merged, file);
    const dyson_model *model = dyson_spec_model(a);
    const char *first = dyson_reader_path(merged->reader[0]);
    const char *path = dyson_reader_path(merged->reader[file]);
    if (model != dyson_spec_model(b))
        return dyson_fail(error, DYSON_BAD_DATA, "%s has model %s, but %s has model %s", path,
                          dyson_spec_model(b)->name, first, model->name);
    for (size_t i = 0; i < model->key_count; i++)
        if (!model->keys[i].point && !same_value(a, b, &model->keys[i]))
            return dyson_fail(
                error, DYSON_BAD_DATA,
                "%s and %s differ in %s.%s: only runs of the same model can be merged", first, path,
                model->keys[i].section, model->keys[i].name);
    return DYSON_OK;
}

static int find_snapshot(dyson_merged *merged, size_t file, int64_t wanted, dyson_error *error)
{
    size_t count;
    const int64_t *update = dyson_spec_snapshots(spec_of(merged, file), &count);
    const char *path = dyson_reader_path(merged->reader[file]);
    if (wanted < 0 && file == 0)
        merged->update = update[count - 1];
    else if (wanted < 0 && update[count - 1] != merged->update)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s ends at update %lld, but %s at %lld: choose one with --snapshot",
                          path, (long long)update[count - 1], dyson_reader_path(merged->reader[0]),
                          (long long)merged->update);
    for (size_t t = 0; t < count; t++)
        if (update[t] == merged->update) {
            merged->snapshot[file] = t;
            return DYSON_OK;
        }
    char list[256] = "";
    size_t used = 0;
    for (size_t t = 0; t < count && used < sizeof list - 32; t++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%lld", t ? ", " : "",
                                 (long long)update[t]);
    return dyson_fail(error, DYSON_USAGE, "%s has no snapshot at update %lld; it has %s%s", path,
                      (long long)merged->update, list, used < sizeof list - 32 ? "" : ", ...");
}

static bool same_point(const dyson_spec *a, size_t p, const dyson_spec *b, size_t q)
{
    const dyson_model *model = dyson_spec_model(a);
    for (size_t i = 0; i < model->key_count; i++)
        if (model->keys[i].point && dyson_spec_point(a, p, model->keys[i].name) !=
                                        dyson_spec_point(b, q, model->keys[i].name))
            return false;
    return true;
}

static int add_source(dyson_merged_point *point, const dyson_source *source, dyson_error *error)
{
    dyson_source *grown = realloc(point->source, (point->sources + 1) * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(error);
    point->source = grown;
    size_t at = point->sources++;
    while (at > 0 && grown[at - 1].stream == source->stream &&
           grown[at - 1].first_replica > source->first_replica) {
        grown[at] = grown[at - 1];
        at--;
    }
    grown[at] = *source;
    return DYSON_OK;
}

static int add_file(dyson_merged *merged, size_t file, dyson_error *error)
{
    const dyson_spec *spec = spec_of(merged, file);
    for (size_t p = 0; p < dyson_spec_points(spec); p++) {
        size_t at = 0;
        while (at < merged->points &&
               !same_point(spec, p, spec_of(merged, merged->point[at].source[0].file),
                           merged->point[at].source[0].point))
            at++;
        if (at == merged->points) {
            dyson_merged_point *grown =
                realloc(merged->point, (merged->points + 1) * sizeof *grown);
            if (grown == NULL)
                return out_of_memory(error);
            merged->point = grown;
            grown[merged->points++] = (dyson_merged_point){NULL, 0};
        }
        dyson_source source = {.file = file,
                               .point = p,
                               .stream = dyson_spec_stream(spec, p),
                               .first_replica =
                                   dyson_spec_integer(spec, "ensemble", "first_replica"),
                               .replicas = dyson_reader_replicas(merged->reader[file])};
        if (add_source(&merged->point[at], &source, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

/* P x R of a file. */
static int64_t axis_of(const dyson_merged *merged, size_t file)
{
    return (int64_t)dyson_spec_points(spec_of(merged, file)) *
           dyson_reader_replicas(merged->reader[file]);
}

/* Refuses replicas that both sources hold the results of. */
static int check_apart(const dyson_merged *merged, const dyson_source *a, const dyson_source *b,
                       dyson_error *error)
{
    int64_t first = a->first_replica > b->first_replica ? a->first_replica : b->first_replica;
    int64_t end_a = a->first_replica + a->replicas, end_b = b->first_replica + b->replicas;
    int64_t count = (end_a < end_b ? end_a : end_b) - first;
    if (a->stream != b->stream || count <= 0)
        return DYSON_OK;
    const uint8_t *of_a = merged->status[a->file] + (int64_t)a->point * a->replicas;
    const uint8_t *of_b = merged->status[b->file] + (int64_t)b->point * b->replicas;
    for (int64_t r = first; r < first + count; r++)
        if (of_a[r - a->first_replica] != DYSON_PENDING &&
            of_b[r - b->first_replica] != DYSON_PENDING)
            return dyson_fail(
                error, DYSON_BAD_DATA,
                "replica %lld of point %zu of %s stands in %s too: every replica may count only "
                "once",
                (long long)r, a->point, dyson_reader_path(merged->reader[a->file]),
                dyson_reader_path(merged->reader[b->file]));
    return DYSON_OK;
}

static int check_replicas(const dyson_merged *merged, dyson_error *error)
{
    int64_t done = 0;
    for (size_t f = 0; f < merged->files; f++)
        for (int64_t i = 0, all = axis_of(merged, f); i < all; i++)
            done += merged->status[f][i] == DYSON_DONE;
    for (size_t p = 0; p < merged->points; p++) {
        const dyson_merged_point *point = &merged->point[p];
        for (size_t i = 0; i < point->sources; i++)
            for (size_t j = i + 1; j < point->sources; j++)
                if (check_apart(merged, &point->source[i], &point->source[j], error) != DYSON_OK)
                    return error->code;
    }
    if (done == 0)
        return dyson_fail(
            error, DYSON_BAD_DATA, "%s%s: no replica is done, so there is nothing to analyse",
            dyson_reader_path(merged->reader[0]), merged->files > 1 ? " and the other files" : "");
    return DYSON_OK;
}

static void find_previous(dyson_merged *merged)
{
    merged->previous = -1;
    for (size_t f = 0; f < merged->files; f++) {
        size_t count;
        const int64_t *update = dyson_spec_snapshots(spec_of(merged, f), &count);
        const size_t t = merged->snapshot[f];
        if (t == 0 || update[t - 1] == 0 || (f > 0 && update[t - 1] != merged->previous)) {
            merged->previous = -1;
            return;
        }
        merged->previous = update[t - 1];
    }
}

/* The snapshots, where all files have the same. */
static void find_common(dyson_merged *merged)
{
    merged->updates = dyson_spec_snapshots(spec_of(merged, 0), &merged->snapshots);
    for (size_t f = 1; f < merged->files; f++) {
        size_t count;
        const int64_t *update = dyson_spec_snapshots(spec_of(merged, f), &count);
        if (count != merged->snapshots ||
            memcmp(update, merged->updates, count * sizeof *update) != 0)
            merged->snapshots = 0;
    }
}

/* Updates in which the slowest deviation of all points and levels falls to 1/e. */
static double longest_relaxation(const dyson_merged *merged)
{
    const dyson_reader *reader = merged->reader[0];
    const int levels =
        dyson_spec_model(dyson_reader_spec(reader))->shape(dyson_reader_system(reader))->levels;
    double longest = 0.0;
    for (size_t p = 0; p < merged->points; p++)
        for (int i = 0; i < levels; i++) {
            const double relaxation = dyson_merged_predict(merged, p, i).relaxation;
            if (isfinite(relaxation))
                longest = fmax(longest, relaxation);
        }
    return longest;
}

static void find_earlier(dyson_merged *merged)
{
    const double distance = longest_relaxation(merged);
    merged->earlier = merged->snapshots > 0 ? -1 : merged->previous;
    for (size_t t = 0; t < merged->snapshots && merged->updates[t] < merged->update; t++)
        if (merged->updates[t] > 0 &&
            (merged->earlier < 0 || (double)(merged->update - merged->updates[t]) >= distance))
            merged->earlier = merged->updates[t];
}

/* Those snapshots of the first file that all others have too. */
static int find_visited(dyson_merged *merged, dyson_error *error)
{
    size_t count;
    const int64_t *update = dyson_spec_snapshots(spec_of(merged, 0), &count);
    merged->visited = malloc(count * sizeof *merged->visited);
    if (merged->visited == NULL)
        return out_of_memory(error);
    for (size_t t = 0; t < count; t++) {
        size_t files = 0;
        for (size_t f = 0; f < merged->files; f++)
            files += dyson_snapshot_of(merged, f, update[t]) != SIZE_MAX;
        if (files == merged->files)
            merged->visited[merged->visits++] = update[t];
    }
    return DYSON_OK;
}

static int open_all(const char *const *paths, size_t files, int64_t snapshot, dyson_merged *merged,
                    dyson_error *error)
{
    merged->reader = calloc(files, sizeof *merged->reader);
    merged->snapshot = calloc(files, sizeof *merged->snapshot);
    merged->status = calloc(files, sizeof *merged->status);
    if (merged->reader == NULL || merged->snapshot == NULL || merged->status == NULL)
        return out_of_memory(error);
    for (size_t f = 0; f < files; f++) {
        if (dyson_reader_open(paths[f], &merged->reader[f], error) != DYSON_OK)
            return error->code;
        merged->files = f + 1;
        if (check_same_model(merged, f, error) != DYSON_OK ||
            find_snapshot(merged, f, snapshot, error) != DYSON_OK ||
            add_file(merged, f, error) != DYSON_OK)
            return error->code;
    }
    find_previous(merged);
    find_common(merged);
    find_earlier(merged);
    return find_visited(merged, error);
}

int dyson_merged_open(const char *const *paths, size_t files, int64_t snapshot,
                      dyson_merged *merged, dyson_error *error)
{
    *merged = (dyson_merged){.update = snapshot};
    if (open_all(paths, files, snapshot, merged, error) != DYSON_OK)
        dyson_merged_close(merged);
    return error->code;
}

/* Each rank judges its share; elsewhere its bytes are zero, so a bitwise OR gathers them. */
static int judge_file(dyson_merged *merged, size_t file, MPI_Comm comm, dyson_error *error)
{
    enum { CHUNK = 1 << 30 };
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    const int64_t all = axis_of(merged, file), share = all / ranks, rest = all % ranks;
    const int64_t from = rank * share + (rank < rest ? rank : rest);
    uint8_t *status = merged->status[file] = calloc((size_t)all, 1);
    if (status == NULL)
        out_of_memory(error);
    else
        dyson_reader_judge(merged->reader[file], from, from + share + (rank < rest), status + from,
                           error);
    if (dyson_agree(error, comm) != DYSON_OK)
        return error->code;
    for (int64_t done = 0; done < all; done += CHUNK)
        MPI_Allreduce(MPI_IN_PLACE, status + done, (int)(all - done < CHUNK ? all - done : CHUNK),
                      MPI_UINT8_T, MPI_BOR, comm);
    return DYSON_OK;
}

int dyson_merged_judge(dyson_merged *merged, MPI_Comm comm, dyson_error *error)
{
    for (size_t f = 0; f < merged->files; f++)
        if (judge_file(merged, f, comm, error) != DYSON_OK)
            return error->code;
    return check_replicas(merged, error);
}

void dyson_merged_close(dyson_merged *merged)
{
    for (size_t f = 0; merged->status != NULL && f < merged->files; f++)
        free(merged->status[f]);
    free(merged->status);
    for (size_t f = 0; f < merged->files; f++)
        dyson_reader_close(merged->reader[f]);
    for (size_t p = 0; p < merged->points; p++)
        free(merged->point[p].source);
    free(merged->reader);
    free(merged->visited);
    free(merged->snapshot);
    free(merged->point);
    *merged = (dyson_merged){0};
}
