/* analyse.c: spreads the points and groups over the ranks and gathers what they find.
 *
 * The tasks of a point are those of its tables, one table after the other, then the spectrum as a
 * whole; the points' tasks are counted through, and each rank does a stretch of them. Tasks of a
 * point go through its replicas together. A task writes rows and histograms of its own, and
 * elsewhere all tables are zero bits, so a bitwise OR over the ranks gathers them exactly;
 * histograms, whose length the data decide, follow as one message per rank.
 */
#include "dyson/collective.h"
#include "statistics/bulk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells of a table. */
static size_t cells_of(const dyson_analysis *a, int table)
{
    return a->points * dyson_tables[table].rows(a) * dyson_tables[table].columns;
}

/* Cells of all tables together: they are one allocation, owned by a->count. */
static size_t cells(const dyson_analysis *a)
{
    size_t all = a->points * COUNT_COLUMNS;
    for (int i = 0; i < TABLES; i++)
        all += cells_of(a, i);
    return all;
}

static size_t histograms(const dyson_analysis *a)
{
    return a->points * dyson_histograms_before(a, HISTOGRAMS);
}

static int allocate_tables(dyson_analysis *a, dyson_error *error)
{
    double *next = calloc(cells(a) + 1, sizeof *next);
    a->histogram = calloc(histograms(a), sizeof *a->histogram);
    a->count = (void *)next;
    if (next == NULL || a->histogram == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", a->points);
    next += a->points * COUNT_COLUMNS;
    for (int i = 0; i < TABLES; next += cells_of(a, i++))
        a->table[i] = next;
    return DYSON_OK;
}

static int find_groups(dyson_analysis *a, dyson_error *error)
{
    a->pair_level = malloc(a->levels * sizeof *a->pair_level);
    a->single_level = malloc(a->levels * sizeof *a->single_level);
    a->split_level = malloc(a->levels * sizeof *a->split_level);
    if (a->pair_level == NULL || a->single_level == NULL || a->split_level == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu levels", a->levels);
    if (dyson_groups(a->shape, &a->first, &a->groups, error) != DYSON_OK)
        return error->code;
    for (size_t g = 0; g < a->groups; g++) {
        int levels = a->first[g + 1] - a->first[g];
        if (!dyson_can_be_learnt(a, (size_t)a->first[g]))
            continue;
        if (levels == 2)
            a->pair_level[a->pairs++] = a->first[g];
        else if (levels == 1)
            a->single_level[a->singles++] = a->first[g];
    }
    for (size_t q = 1; q < a->singles; q++)
        if (a->single_level[q] == a->single_level[q - 1] + 1)
            a->split_level[a->splittings++] = a->single_level[q - 1];
    return DYSON_OK;
}

static double value_at(const dyson_analysis *a, size_t p, const char *name)
{
    const dyson_source *source = &a->merged.point[p].source[0];
    return dyson_spec_point(dyson_reader_spec(a->merged.reader[source->file]), source->point, name);
}

static bool swept_somewhere(const dyson_analysis *a, const dyson_key *key)
{
    for (size_t f = 0; f < a->merged.files; f++) {
        const dyson_spec *spec = dyson_reader_spec(a->merged.reader[f]);
        for (size_t i = 0; i < dyson_spec_swept(spec); i++)
            if (strcmp(dyson_spec_swept_key(spec, i)->name, key->name) == 0)
                return true;
    }
    for (size_t p = 1; p < a->points; p++)
        if (value_at(a, p, key->name) != value_at(a, 0, key->name))
            return true;
    return false;
}

/* The point parameters that vary, and alpha/B where the model has both. */
static int find_parameters(dyson_analysis *a, dyson_error *error)
{
    const dyson_model *model = dyson_spec_model(dyson_reader_spec(a->merged.reader[0]));
    a->key = malloc((model->key_count + 1) * sizeof *a->key);
    a->value = malloc((model->key_count * a->points + 1) * sizeof *a->value);
    a->rate = malloc(a->points * sizeof *a->rate);
    if (a->key == NULL || a->value == NULL || a->rate == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", a->points);
    bool rate = false, batch = false;
    for (size_t i = 0; i < model->key_count; i++) {
        const dyson_key *key = &model->keys[i];
        if (!key->point)
            continue;
        rate = rate || strcmp(key->name, "learning_rate") == 0;
        batch = batch || strcmp(key->name, "batch_size") == 0;
        if (!swept_somewhere(a, key))
            continue;
        for (size_t p = 0; p < a->points; p++)
            a->value[a->swept * a->points + p] = value_at(a, p, key->name);
        a->key[a->swept++] = key;
    }
    for (size_t p = 0; p < a->points; p++)
        a->rate[p] =
            rate && batch ? value_at(a, p, "learning_rate") / value_at(a, p, "batch_size") : NAN;
    return DYSON_OK;
}

static int prepare(dyson_analysis *a, const char *const *paths, size_t files, int64_t snapshot,
                   dyson_error *error)
{
    if (dyson_merged_open(paths, files, snapshot, &a->merged, error) != DYSON_OK)
        return error->code;
    const dyson_reader *reader = a->merged.reader[0];
    a->shape = dyson_spec_model(dyson_reader_spec(reader))->shape(dyson_reader_system(reader));
    a->points = a->merged.points;
    a->levels = (size_t)a->shape->levels;
    a->lawful = dyson_bulk_has_law(a);
    if (find_groups(a, error) != DYSON_OK || find_parameters(a, error) != DYSON_OK)
        return error->code;
    return allocate_tables(a, error);
}

static void take_unfolding(dyson_analysis *a, const dyson_unfolding *unfolding, dyson_error *error)
{
    if (unfolding != NULL)
        a->unfolding = *unfolding;
    else
        dyson_unfolding_parse("auto", &a->unfolding, error);
}

/* Tasks of a point. */
static size_t tasks_of(const dyson_analysis *a)
{
    size_t count = 1; /* the spectrum as a whole */
    for (int i = 0; i < TABLES; i++)
        count += dyson_tables[i].tasks != NULL ? dyson_tables[i].tasks(a) : 0;
    return count;
}

static int begin_task(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                      dyson_task *task, dyson_error *error)
{
    for (int i = 0; i < TABLES; i++) {
        const dyson_table *table = &dyson_tables[i];
        const size_t tasks = table->tasks != NULL ? table->tasks(a) : 0;
        if (index < tasks)
            return table->begin(a, null, p, index, task, error);
        index -= tasks;
    }
    return dyson_begin_spectrum(a, p, task, error);
}

/* Tasks that go through the replicas of a point together. */
typedef struct sweep {
    dyson_task *task;
    size_t tasks;
    int pass;
} sweep;

/* So many that their samples, up to four of a task, take some 64 MB: 8 bytes for each number that
 * is kept, twice as much for cells. */
static size_t side_by_side(size_t replicas)
{
    enum { LEAST = 16, MOST = 4096, ROOM = 1 << 21 /* numbers */ };
    const size_t kept = replicas <= DYSON_SAMPLE_LIMIT ? replicas : 2 * DYSON_SAMPLE_LIMIT;
    const size_t tasks = ROOM / (kept + 1);
    return tasks < LEAST ? LEAST : tasks > MOST ? MOST : tasks;
}

static bool adds(const sweep *s)
{
    bool any = false;
    for (size_t i = 0; i < s->tasks; i++)
        any = any || s->task[i].sums != NULL;
    return any;
}

static int add_chunk(void *context, const dyson_chunk *chunk, dyson_error *error)
{
    sweep *s = context;
    for (size_t i = 0; i < s->tasks; i++)
        if (s->task[i].sums != NULL &&
            s->task[i].add(s->task[i].sums, s->pass, chunk, error) != DYSON_OK)
            return error->code;
    return DYSON_OK;
}

static int make_passes(const dyson_analysis *a, size_t p, sweep *s, dyson_error *error)
{
    for (s->pass = 0; s->pass < DYSON_PASSES && adds(s); s->pass++) {
        if (dyson_merged_visit(&a->merged, p, 0, SIZE_MAX, add_chunk, s, error) != DYSON_OK)
            return error->code;
        for (size_t i = 0; i < s->tasks; i++)
            if (s->task[i].sums != NULL &&
                s->task[i].end(s->task[i].sums, s->pass, error) != DYSON_OK)
                return error->code;
    }
    return DYSON_OK;
}

/* Tasks [from, to) of a point. */
static int do_point(dyson_analysis *a, const dyson_null *null, size_t p, size_t from, size_t to,
                    dyson_error *error)
{
    const size_t most = side_by_side(dyson_merged_done(&a->merged, p));
    dyson_task *task = malloc(most * sizeof *task);
    if (task == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu tasks", most);
    for (; from < to && error->code == DYSON_OK; from += most) {
        sweep s = {task, to - from < most ? to - from : most, 0};
        memset(task, 0, s.tasks * sizeof *task);
        for (size_t i = 0; i < s.tasks && error->code == DYSON_OK; i++)
            begin_task(a, null, p, from + i, &s.task[i], error);
        if (error->code == DYSON_OK)
            make_passes(a, p, &s, error);
        for (size_t i = 0; i < s.tasks; i++)
            if (s.task[i].sums != NULL)
                s.task[i].clear(s.task[i].sums);
    }
    free(task);
    return error->code;
}

/* This rank's share: a stretch of all tasks, so that few points are read by more than one rank. */
static int do_tasks(dyson_analysis *a, const dyson_null *null, int rank, int ranks,
                    dyson_error *error)
{
    const size_t tasks = tasks_of(a), all = a->points * tasks;
    const size_t first = all * (size_t)rank / (size_t)ranks;
    const size_t end = all * (size_t)(rank + 1) / (size_t)ranks;
    for (size_t p = first / tasks; p < a->points && p * tasks < end; p++) {
        const size_t from = first > p * tasks ? first - p * tasks : 0;
        const size_t to = end - p * tasks < tasks ? end - p * tasks : tasks;
        if (do_point(a, null, p, from, to, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

/* A rank's histograms as numbers: for each, its place, bins, total, low, width, counts. */
static int pack_histograms(const dyson_analysis *a, double **packed, int *count, dyson_error *error)
{
    size_t size = 0, all = histograms(a);
    for (size_t i = 0; i < all; i++)
        size += a->histogram[i].count != NULL ? 5 + a->histogram[i].bins : 0;
    *packed = malloc((size + 1) * sizeof **packed);
    if (*packed == NULL || size > INT32_MAX)
        return dyson_fail(error, DYSON_INTERNAL, "no memory for %zu numbers of histograms", size);
    double *out = *packed;
    for (size_t i = 0; i < all; i++) {
        const dyson_histogram *h = &a->histogram[i];
        if (h->count == NULL)
            continue;
        const double head[5] = {(double)i, (double)h->bins, (double)h->total, h->low, h->width};
        memcpy(out, head, sizeof head);
        memcpy(out + 5, h->count, h->bins * sizeof *out);
        out += 5 + h->bins;
    }
    *count = (int)size;
    return DYSON_OK;
}

static int unpack_histograms(dyson_analysis *a, const double *packed, int count, dyson_error *error)
{
    for (const double *in = packed; in < packed + count; in += 5 + (size_t)in[1]) {
        dyson_histogram *h = &a->histogram[(size_t)in[0]];
        *h = (dyson_histogram){(size_t)in[1], (size_t)in[2], in[3], in[4], NULL};
        h->count = malloc(h->bins * sizeof *h->count);
        if (h->count == NULL)
            return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bins", h->bins);
        memcpy(h->count, in + 5, h->bins * sizeof *h->count);
    }
    return DYSON_OK;
}

static int gather_histograms(dyson_analysis *a, int rank, int ranks, MPI_Comm comm,
                             dyson_error *error)
{
    double *packed = NULL, *received = NULL;
    int count = 0, most = 0;
    pack_histograms(a, &packed, &count, error);
    MPI_Reduce(&count, &most, 1, MPI_INT, MPI_MAX, 0, comm);
    if (rank == 0 && (received = malloc(((size_t)most + 1) * sizeof *received)) == NULL)
        dyson_fail(error, DYSON_INTERNAL, "no memory for %d numbers of histograms", most);
    if (dyson_agree(error, comm) == DYSON_OK) { /* now no rank sends what has no place to go */
        if (rank != 0)
            MPI_Send(packed, count, MPI_DOUBLE, 0, 0, comm);
        for (int source = 1; rank == 0 && source < ranks; source++) {
            MPI_Status status;
            MPI_Recv(received, most, MPI_DOUBLE, source, 0, comm, &status);
            MPI_Get_count(&status, MPI_DOUBLE, &count);
            unpack_histograms(a, received, count, error);
        }
        dyson_share(error, comm);
    }
    free(packed);
    free(received);
    return error->code;
}

static void gather_tables(dyson_analysis *a, int rank, MPI_Comm comm)
{
    enum { CHUNK = 1 << 24 };
    uint64_t *bits = (void *)a->count;
    for (size_t done = 0, all = cells(a); done < all; done += CHUNK) {
        int count = (int)(all - done < CHUNK ? all - done : CHUNK);
        MPI_Reduce(rank == 0 ? MPI_IN_PLACE : bits + done, bits + done, count, MPI_UINT64_T,
                   MPI_BOR, 0, comm);
    }
}

int dyson_analysis_create(const char *const *paths, size_t files, int64_t snapshot,
                          const dyson_unfolding *unfolding, MPI_Comm comm,
                          dyson_analysis **analysis, dyson_error *error)
{
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    dyson_null *null = NULL;
    dyson_analysis *a = calloc(1, sizeof *a);
    *analysis = NULL;
    if (a == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    else if (prepare(a, paths, files, snapshot, error) == DYSON_OK)
        take_unfolding(a, unfolding, error);
    if (dyson_agree(error, comm) == DYSON_OK &&
        dyson_merged_judge(&a->merged, comm, error) == DYSON_OK &&
        dyson_null_create(comm, &null, error) == DYSON_OK) {
        do_tasks(a, null, rank, ranks, error);
        if (dyson_agree(error, comm) == DYSON_OK &&
            dyson_analyse_bulk(a, comm, error) == DYSON_OK &&
            gather_histograms(a, rank, ranks, comm, error) == DYSON_OK) {
            gather_tables(a, rank, comm);
            if (rank == 0)
                dyson_analyse_scaling(a, error);
            dyson_share(error, comm);
        }
    }
    free(null);
    if (rank == 0 && error->code == DYSON_OK)
        *analysis = a;
    else
        dyson_analysis_destroy(a);
    return error->code;
}

void dyson_analysis_destroy(dyson_analysis *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; a->histogram != NULL && i < histograms(a); i++)
        dyson_histogram_clear(&a->histogram[i]);
    for (size_t i = 0; i < a->scalings; i++) {
        free(a->scaling[i].x);
        free(a->scaling[i].point);
    }
    void *owned[] = {a->histogram,    a->count,       a->first,     a->pair_level,
                     a->single_level, a->split_level, a->key,       a->value,
                     a->rate,         a->scaling,     a->repulsion, a->repulsion_used};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    dyson_knotted_clear(&a->spacing_law);
    dyson_knotted_clear(&a->edge_law);
    dyson_merged_close(&a->merged);
    free(a);
}
