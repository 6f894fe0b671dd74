/* statistics_spectra.h: whole spectra whose law is known, and an analysis that has room for the
 * rows of one point and snapshot. */
#ifndef STATISTICS_SPECTRA_H
#define STATISTICS_SPECTRA_H

#include "statistics/bulk.h"
#include "statistics/sorting.h"
#include "statistics_sample.h"

#include <string.h>

void dsterf_(const int *n, double *diagonal, double *beside, int *info);

/* One spectrum of the GOE, descending, elements of variance 1 off the diagonal: the tridiagonal
 * matrix of Dumitriu and Edelman, normal(0, 2) on the diagonal and chi of 1 ... N - 1 degrees
 * beside it. */
static inline void sample_orthogonal(uint64_t stream, int64_t replica, int n, double *x)
{
    const size_t count = (size_t)n, all = count + count * (count - 1) / 2;
    double *z = sample_room(all, sizeof *z), *beside = sample_room(count, sizeof *beside);
    const double *next = z + count;
    int info;
    dyson_random_normals(stream, DYSON_PURPOSE_DATA, replica, n, 0, all, z);
    for (size_t i = 0; i < count; i++) {
        x[i] = M_SQRT2 * z[i];
        for (size_t j = 0; j < i; j++, next++)
            beside[i - 1] += *next * *next;
    }
    for (size_t i = 0; i + 1 < count; i++)
        beside[i] = sqrt(beside[i]);
    dsterf_(&n, x, beside, &info);
    for (size_t i = 0; i < count / 2; i++) {
        const double swapped = x[i];
        x[i] = x[count - 1 - i];
        x[count - 1 - i] = swapped;
    }
    free(z);
    free(beside);
}

/* N levels on [0, N] that do not see each other, descending. */
static inline void sample_poisson(uint64_t stream, int64_t replica, int n, double *x)
{
    const size_t count = (size_t)n;
    double *gap = sample_room(count + 1, sizeof *gap), sum = 0.0, below = 0.0;
    sample_exponential(stream, replica, count + 1, gap);
    for (size_t i = 0; i <= count; i++)
        sum += gap[i];
    for (size_t i = 0; i < count; i++) {
        below += gap[i];
        x[count - 1 - i] = below * (double)n / sum;
    }
    free(gap);
}

typedef struct spectra_case {
    dyson_analysis analysis;
    dyson_bulk_view view;
    size_t replicas, blocks;
    dyson_bulk_sums *sums;
    dyson_bulk_counts *counts;
    double *room, *rows;
    uint32_t *cells;
} spectra_case;

static inline void spectra_clear(spectra_case *c)
{
    free(c->sums);
    free(c->counts);
    free(c->room);
    free(c->rows);
    free(c->cells);
}

/* The laws, which are made once. */
static inline void spectra_laws(dyson_analysis *a)
{
    static dyson_knotted spacing, edge;
    dyson_error error = {0};
    if (spacing.knots == 0 && (dyson_spacing_law_create(&spacing, &error) != DYSON_OK ||
                               dyson_edge_law_create(&edge, &error) != DYSON_OK))
        abort();
    a->spacing_law = spacing;
    a->edge_law = edge;
}

/* Of `replicas` spectra of n levels; view.density and view.map are the caller's to set. */
static inline void spectra_create(spectra_case *c, size_t n, size_t replicas)
{
    static const int tables[] = {TABLE_RATIOS, TABLE_UNFOLDED, TABLE_SPACINGS, TABLE_NUMBER,
                                 TABLE_FORM,   TABLE_LAW,      TABLE_DENSITY,  TABLE_LARGEST};
    size_t size = 0;
    *c = (spectra_case){.replicas = replicas};
    c->analysis.points = 1;
    c->analysis.levels = c->view.levels = n;
    c->analysis.lawful = true;
    c->blocks = replicas < DYSON_BLOCKS ? replicas : DYSON_BLOCKS;
    c->sums = sample_room(c->blocks, sizeof *c->sums);
    c->counts = sample_room(1, sizeof *c->counts);
    c->room = sample_room(2 * n + 4, sizeof *c->room);
    c->cells = sample_room(2 * n + 2, sizeof *c->cells);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            c->rows = sample_room(size, sizeof *c->rows);
        size = 0;
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
            const dyson_table *table = &dyson_tables[tables[i]];
            c->analysis.table[tables[i]] = c->rows + size;
            size += table->rows(&c->analysis) * table->columns;
        }
    }
    spectra_laws(&c->analysis);
}

/* The spectrum of replica r. */
static inline void spectra_add(spectra_case *c, size_t r, const double *x)
{
    dyson_bulk_add(&c->view, x, c->room, c->cells, &c->sums[r * c->blocks / c->replicas],
                   c->counts);
}

static inline void spectra_results(spectra_case *c)
{
    dyson_bulk_results(&c->analysis, 0, 0, &c->view, c->blocks, c->sums, c->counts);
}

static inline const double *spectra_row(const spectra_case *c, int table, size_t row)
{
    return dyson_row(&c->analysis, table, 0, row);
}

#endif
