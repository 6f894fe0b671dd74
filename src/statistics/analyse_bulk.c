/* analyse_bulk.c: whole spectra, point by point, by all ranks together.
 *
 * A rank visits the blocks that fall to it and makes their sums; elsewhere they are zero bits, so
 * that a bitwise OR gathers them exactly, and rank 0 makes the rows.  Where a polynomial is needed
 * the same blocks are visited twice before: for the ends of the spectra, and for the staircase. */
#include "dyson/collective.h"
#include "statistics/bulk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STAIRCASE_BINS = 4096 };

typedef struct bulk {
    dyson_analysis *analysis;
    MPI_Comm comm;
    int rank, ranks;
    size_t p, snapshots, levels, replicas, blocks;
    size_t first;              /* place of the first snapshot among those visited */
    dyson_bulk_view *view;     /* snapshots */
    dyson_bulk_sums *sums;     /* snapshots x blocks */
    dyson_bulk_counts *counts; /* snapshots */
    double *low, *high;        /* snapshots: ends of all spectra */
    uint64_t *staircase;       /* snapshots x STAIRCASE_BINS */
    double *room;              /* 2 N + 4 */
    uint32_t *cells;           /* 2 N + 2 */
    size_t block;              /* being visited */
} bulk;

size_t dyson_bulk_snapshots(const dyson_analysis *a)
{
    return a->merged.snapshots > 0 ? a->merged.snapshots : 1;
}

int64_t dyson_bulk_update(const dyson_analysis *a, size_t t)
{
    return a->merged.snapshots > 0 ? a->merged.updates[t] : a->merged.update;
}

dyson_density dyson_bulk_density(const dyson_analysis *a, size_t p, int64_t update)
{
    const dyson_source *source = &a->merged.point[p].source[0];
    const dyson_reader *reader = a->merged.reader[source->file];
    const dyson_model *model = dyson_spec_model(dyson_reader_spec(reader));
    const dyson_system *system = dyson_reader_system(reader);
    dyson_semicircle orthogonal;
    dyson_gaussian_start start;
    if (model->orthogonal != NULL && model->orthogonal(system, source->point, update, &orthogonal))
        return dyson_density_semicircle(a->levels, &orthogonal);
    if (update > 0 || model->start == NULL)
        return (dyson_density){.levels = a->levels};
    model->start(system, &start);
    return dyson_density_start(&start);
}

bool dyson_bulk_has_law(const dyson_analysis *a)
{
    for (size_t p = 0; p < a->points && a->levels >= DYSON_LEAST_LAW; p++)
        for (size_t t = 0; t < dyson_bulk_snapshots(a); t++)
            if (dyson_bulk_density(a, p, dyson_bulk_update(a, t)).kind != DYSON_DENSITY_UNKNOWN)
                return true;
    return false;
}

/* Calls `see` with each spectrum of a chunk that is analysed. */
static void see_each(bulk *b, const dyson_chunk *chunk, void (*see)(bulk *, size_t, const double *))
{
    for (size_t r = 0; r < chunk->count; r++)
        for (size_t t = 0; t < b->snapshots; t++)
            see(b, t, chunk->x + (r * chunk->snapshots + b->first + t) * b->levels);
}

static void see_end(bulk *b, size_t t, const double *x)
{
    b->low[t] = fmin(b->low[t], x[b->levels - 1]);
    b->high[t] = fmax(b->high[t], x[0]);
}

static void see_step(bulk *b, size_t t, const double *x)
{
    const double scale = STAIRCASE_BINS / (b->high[t] - b->low[t]);
    uint64_t *count = b->staircase + t * STAIRCASE_BINS;
    for (size_t i = 0; i < b->levels && isfinite(scale); i++)
        count[(size_t)fmax(fmin((x[i] - b->low[t]) * scale, STAIRCASE_BINS - 1), 0.0)]++;
}

static void see_spectrum(bulk *b, size_t t, const double *x)
{
    dyson_bulk_add(&b->view[t], x, b->room, b->cells, &b->sums[t * b->blocks + b->block],
                   &b->counts[t]);
}

static int see_ends(void *context, const dyson_chunk *chunk, dyson_error *error)
{
    see_each(context, chunk, see_end);
    return error->code;
}

static int see_staircase(void *context, const dyson_chunk *chunk, dyson_error *error)
{
    see_each(context, chunk, see_step);
    return error->code;
}

static int see_all(void *context, const dyson_chunk *chunk, dyson_error *error)
{
    see_each(context, chunk, see_spectrum);
    return error->code;
}

/* This rank's blocks. */
static int visit(bulk *b, dyson_visit *see, dyson_error *error)
{
    const int first = (int)(b->p % (size_t)b->ranks); /* points with few blocks take turns */
    for (size_t k = 0; k < b->blocks && error->code == DYSON_OK; k++) {
        b->block = k;
        if ((int)((k + (size_t)first) % (size_t)b->ranks) == b->rank)
            dyson_merged_visit(&b->analysis->merged, b->p, k * b->replicas / b->blocks,
                               (k + 1) * b->replicas / b->blocks, see, b, error);
    }
    return dyson_agree(error, b->comm);
}

/* The ensemble's staircases, and the polynomials through them, on all ranks. */
static int fit_polynomials(bulk *b, dyson_error *error)
{
    const int degree = b->analysis->unfolding.parameter;
    const int snapshots = (int)b->snapshots;
    for (size_t t = 0; t < b->snapshots; t++) {
        b->low[t] = INFINITY;
        b->high[t] = -INFINITY;
    }
    if (visit(b, see_ends, error) != DYSON_OK)
        return error->code;
    MPI_Allreduce(MPI_IN_PLACE, b->low, snapshots, MPI_DOUBLE, MPI_MIN, b->comm);
    MPI_Allreduce(MPI_IN_PLACE, b->high, snapshots, MPI_DOUBLE, MPI_MAX, b->comm);
    if (visit(b, see_staircase, error) != DYSON_OK)
        return error->code;
    for (size_t t = 0; t < b->snapshots; t++) {
        uint64_t *count = b->staircase + t * STAIRCASE_BINS;
        MPI_Allreduce(MPI_IN_PLACE, count, STAIRCASE_BINS, MPI_UINT64_T, MPI_SUM, b->comm);
        if (b->view[t].map.kind == DYSON_UNFOLD_POLYNOMIAL && error->code == DYSON_OK)
            dyson_unfolding_fit(&b->view[t].map, degree, b->replicas, b->low[t], b->high[t],
                                STAIRCASE_BINS, count, error);
    }
    return dyson_agree(error, b->comm);
}

static void gather(bulk *b, void *data, size_t count, MPI_Datatype type, MPI_Op operation)
{
    MPI_Reduce(b->rank == 0 ? MPI_IN_PLACE : data, data, (int)count, type, operation, 0, b->comm);
}

static bool choose(bulk *b)
{
    bool polynomial = false;
    for (size_t t = 0; t < b->snapshots; t++) {
        dyson_bulk_view *view = &b->view[t];
        view->levels = b->levels;
        view->density = dyson_bulk_density(b->analysis, b->p, dyson_bulk_update(b->analysis, t));
        view->map = dyson_unfolding_choose(&b->analysis->unfolding, &view->density, b->levels);
        if (b->levels < DYSON_LEAST_UNFOLDED)
            view->map.kind = DYSON_UNFOLD_AUTO;
        polynomial = polynomial || view->map.kind == DYSON_UNFOLD_POLYNOMIAL;
    }
    return polynomial;
}

static int analyse_point(bulk *b, size_t p, dyson_error *error)
{
    b->p = p;
    b->replicas = dyson_merged_done(&b->analysis->merged, p);
    b->blocks = b->replicas < DYSON_BLOCKS ? b->replicas : DYSON_BLOCKS;
    memset(b->sums, 0, b->snapshots * DYSON_BLOCKS * sizeof *b->sums);
    memset(b->counts, 0, b->snapshots * sizeof *b->counts);
    memset(b->staircase, 0, b->snapshots * STAIRCASE_BINS * sizeof *b->staircase);
    if ((choose(b) && fit_polynomials(b, error) != DYSON_OK) ||
        visit(b, see_all, error) != DYSON_OK)
        return error->code;
    for (size_t t = 0; t < b->snapshots; t++) {
        dyson_bulk_sums *sums = b->sums + t * b->blocks;
        gather(b, sums, b->blocks * DYSON_BULK_SUMS, MPI_UINT64_T, MPI_BOR);
        gather(b, &b->counts[t], DYSON_BULK_COUNTS, MPI_UINT64_T, MPI_SUM);
        if (b->rank == 0)
            dyson_bulk_results(b->analysis, p, t, &b->view[t], b->blocks, sums, &b->counts[t]);
    }
    return DYSON_OK;
}

static int allocate(bulk *b, dyson_error *error)
{
    const size_t t = b->snapshots, n = b->levels;
    b->view = calloc(t, sizeof *b->view);
    b->sums = malloc(t * DYSON_BLOCKS * sizeof *b->sums);
    b->counts = malloc(t * sizeof *b->counts);
    b->low = malloc(2 * t * sizeof *b->low);
    b->staircase = malloc(t * STAIRCASE_BINS * sizeof *b->staircase);
    b->room = malloc((2 * n + 4) * sizeof *b->room);
    b->cells = malloc((2 * n + 2) * sizeof *b->cells);
    if (b->view == NULL || b->sums == NULL || b->counts == NULL || b->low == NULL ||
        b->staircase == NULL || b->room == NULL || b->cells == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu snapshots of whole spectra",
                          t);
    b->high = b->low + t;
    return DYSON_OK;
}

static int create_laws(dyson_analysis *a, int rank, dyson_error *error)
{
    if (rank == 0 && a->levels >= DYSON_LEAST_UNFOLDED)
        dyson_spacing_law_create(&a->spacing_law, error);
    if (rank == 0 && error->code == DYSON_OK && a->lawful)
        dyson_edge_law_create(&a->edge_law, error);
    return error->code;
}

int dyson_analyse_bulk(dyson_analysis *a, MPI_Comm comm, dyson_error *error)
{
    bulk b = {
        .analysis = a, .comm = comm, .snapshots = dyson_bulk_snapshots(a), .levels = a->levels};
    MPI_Comm_rank(comm, &b.rank);
    MPI_Comm_size(comm, &b.ranks);
    b.first = dyson_merged_place(&a->merged, dyson_bulk_update(a, 0));
    if (a->levels >= DYSON_LEAST_RATIOS || a->lawful) {
        if (allocate(&b, error) == DYSON_OK)
            create_laws(a, b.rank, error);
        if (dyson_agree(error, comm) == DYSON_OK)
            for (size_t p = 0; p < a->points && error->code == DYSON_OK; p++)
                analyse_point(&b, p, error);
    }
    void *owned[] = {b.view, b.sums, b.counts, b.low, b.staircase, b.room, b.cells};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    return error->code;
}
