/* stats_file.c: the statistics file, from the tables of an analysis.  Layout:
 * docs/statistics-file.md.
 *
 * A table is a group, with one dataset per column: column c of M rows becomes a P x M dataset; of a
 * table whose rows are a matrix, one of P x rows x columns; of a single row, one of P. */
#include "base/store.h"
#include "base/version.h"
#include "statistics/analysis.h"
#include "statistics/unfold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FORMAT_VERSION = 1 };

static const char none[] = "dimensionless";

static void write_root(store *writer, const dyson_analysis *a)
{
    const dyson_provenance *from = dyson_reader_provenance(a->merged.reader[0]);
    const char **sources = malloc(a->merged.files * sizeof *sources);
    if (sources == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for %zu files", a->merged.files);
        return;
    }
    for (size_t f = 0; f < a->merged.files; f++)
        sources[f] = dyson_reader_path(a->merged.reader[f]);
    store_text(writer, "/", "format", "dyson-statistics");
    store_integer(writer, "/", "format_version", FORMAT_VERSION);
    store_text(writer, "/", "program_version", dyson_version());
    store_text(writer, "/", "git_commit", dyson_git_commit());
    store_text(writer, "/", "model", from->model);
    store_text(writer, "/", "run_file", from->run_file);
    store_texts(writer, "/", "sources", a->merged.files, sources);
    store_integer(writer, "/", "snapshot", a->merged.update);
    store_integer(writer, "/", "previous_snapshot", a->merged.previous);
    store_integer(writer, "/", "drift_snapshot", a->merged.earlier);
    store_real(writer, "/", "mixing_threshold", DYSON_MIXING_THRESHOLD);
    store_integer(writer, "/", "null_ensembles", DYSON_NULLS);
    char unfolding[64];
    dyson_unfolding_text(&a->unfolding, sizeof unfolding, unfolding);
    store_text(writer, "/", "unfolding", unfolding);
    free(sources);
}

static void write_points(store *writer, const dyson_analysis *a)
{
    store_group(writer, "points");
    for (size_t i = 0; i < a->swept; i++)
        store_dataset(writer, "points", a->key[i]->name, H5T_NATIVE_DOUBLE, a->points, 0,
                      a->value + i * a->points, a->key[i]->text, a->key[i]->unit);
    store_dataset(writer, "points", "abscissa_rate", H5T_NATIVE_DOUBLE, a->points, 0, a->rate,
                  "alpha/B: learning rate over mini-batch size", none);
    store_group(writer, "replicas");
    int64_t *column = malloc(a->points * sizeof *column);
    if (column == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for %zu points", a->points);
        return;
    }
    for (int c = 0; c < COUNT_COLUMNS; c++) {
        for (size_t p = 0; p < a->points; p++)
            column[p] = dyson_count_row(a, p)[c];
        store_dataset(writer, "replicas", dyson_count_columns[c].name, H5T_NATIVE_INT64, a->points,
                      0, column, dyson_count_columns[c].text, "replicas");
    }
    free(column);
}

/* The targets and ranks of the levels that a table's rows speak of. */
static void write_level_labels(store *writer, const dyson_analysis *a, const dyson_table *table,
                               double *work, int64_t *index)
{
    const size_t rows = table->rows(a), span = table->span;
    const double *kappa = a->shape->kappa;
    for (size_t i = 0; i < rows; i++)
        work[i] = kappa != NULL ? kappa[table->level(a, i)] : NAN;
    store_dataset(writer, table->name, "kappa", H5T_NATIVE_DOUBLE, rows, 0, work,
                  "target eigenvalue kappa", none);
    for (size_t i = 0; i < rows; i++)
        work[i] = a->shape->x[table->level(a, i)];
    store_dataset(writer, table->name, "x", H5T_NATIVE_DOUBLE, rows, 0, work,
                  "target of x: where the level is at zero noise", none);
    if (table->levels_text == NULL)
        return;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < span; j++)
            index[i * span + j] = (int64_t)(table->level(a, i) + j);
    store_dataset(writer, table->name, "levels", H5T_NATIVE_INT64, rows, span > 1 ? span : 0, index,
                  table->levels_text, "rank");
}

static void write_labels(store *writer, const dyson_analysis *a, const dyson_table *table,
                         double *work)
{
    for (size_t k = 0; k < table->labels; k++) {
        const dyson_label *label = &table->label[k];
        const size_t rows = table->inner != NULL ? table->inner(a) : table->rows(a);
        for (size_t i = 0; i < rows; i++)
            work[i] = label->value(a, i);
        store_dataset(writer, table->name, label->name, H5T_NATIVE_DOUBLE, rows, 0, work,
                      label->text, label->units);
    }
}

/* One number for each point and for `kept` rows of a table. */
static void write_rows(store *writer, const dyson_analysis *a, const dyson_table *table,
                       const char *name, hid_t type, size_t kept, const void *data,
                       const char *text)
{
    hsize_t dims[3] = {a->points, kept, 0};
    int rank = table->lone ? 1 : 2;
    if (table->inner != NULL) {
        dims[2] = table->inner(a);
        dims[1] = kept / dims[2];
        rank = 3;
    }
    if (kept > 0)
        store_box(writer, table->name, name, type, rank, dims, data, text, none);
}

/* The columns as datasets of P x rows. */
static void write_columns(store *writer, const dyson_analysis *a, int which, double *work)
{
    const dyson_table *table = &dyson_tables[which];
    const size_t rows = table->rows(a);
    for (size_t c = 0; c < table->columns; c++) {
        const dyson_column *column = &table->column[c];
        size_t kept = column->but_last && rows > 0 ? rows - 1 : rows;
        for (size_t p = 0; p < a->points; p++)
            for (size_t i = 0; i < kept; i++)
                work[p * kept + i] = dyson_row(a, which, p, i)[c];
        write_rows(writer, a, table, column->name, H5T_NATIVE_DOUBLE, kept, work, column->text);
    }
}

static void write_flag(store *writer, const dyson_analysis *a, const dyson_table *table,
                       uint8_t *work)
{
    const size_t rows = table->rows(a);
    for (size_t i = 0; i < a->points * rows; i++)
        work[i] = table->flag->holds(a, i / rows, i % rows);
    write_rows(writer, a, table, table->flag->name, H5T_NATIVE_UINT8, rows, work,
               table->flag->text);
}

static void write_table(store *writer, const dyson_analysis *a, int which)
{
    const dyson_table *table = &dyson_tables[which];
    if (table->optional && table->rows(a) == 0)
        return;
    const size_t most = (a->points + table->span) * (table->rows(a) + 1);
    double *work = malloc(most * sizeof *work);
    if (work == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for table %s", table->name);
        return;
    }
    store_group(writer, table->name);
    if (table->level != NULL)
        write_level_labels(writer, a, table, work, (void *)work);
    write_labels(writer, a, table, work);
    write_columns(writer, a, which, work);
    if (table->flag != NULL)
        write_flag(writer, a, table, (void *)work);
    free(work);
}

static void write_histogram(store *writer, const char *kind, const char *which,
                            const dyson_histogram *h)
{
    if (h->count == NULL || h->total == 0)
        return;
    char group[64];
    snprintf(group, sizeof group, "histograms/%s/%s", kind, which);
    double *work = malloc((3 * h->bins + 1) * sizeof *work);
    if (work == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for %zu bins", h->bins);
        return;
    }
    double *edges = work, *density = work + h->bins + 1, *error = work + 2 * h->bins + 1;
    double scale = 1.0 / ((double)h->total * h->width);
    for (size_t b = 0; b < h->bins; b++) {
        edges[b] = h->low + h->width * (double)b;
        density[b] = h->count[b] * scale;
        error[b] = sqrt(h->count[b]) * scale;
    }
    edges[h->bins] = h->low + h->width * (double)h->bins;
    store_group(writer, group);
    store_dataset(writer, group, "edges", H5T_NATIVE_DOUBLE, h->bins + 1, 0, edges, "bin edges",
                  none);
    store_dataset(writer, group, "density", H5T_NATIVE_DOUBLE, h->bins, 0, density,
                  "probability density, with integral 1", none);
    store_dataset(writer, group, "density_error", H5T_NATIVE_DOUBLE, h->bins, 0, error,
                  "standard error of density: square root of the number in the bin", none);
    free(work);
}

static void write_histograms(store *writer, const dyson_analysis *a)
{
    char which[48];
    for (int i = 0; i < HISTOGRAMS; i++) {
        const dyson_histogram_kind *kind = &dyson_histogram_kinds[i];
        for (size_t p = 0; p < a->points; p++)
            for (size_t row = 0; row < kind->rows(a); row++) {
                if (kind->letter == 0)
                    snprintf(which, sizeof which, "p%zu", p);
                else
                    snprintf(which, sizeof which, "p%zu_%c%zu", p, kind->letter, row);
                write_histogram(writer, kind->name, which, dyson_histogram_at(a, p, i, row));
            }
    }
}

static void write_scaling(store *writer, const dyson_scaling *s)
{
    char group[128];
    if (s->by == NULL)
        snprintf(group, sizeof group, "scaling/%s", s->name);
    else
        snprintf(group, sizeof group, "scaling/%s/by/%s", s->name, s->by->name);
    store_group(writer, group);
    store_text(writer, group, "text", s->text);
    store_real(writer, group, "slope", s->line.slope.value);
    store_real(writer, group, "slope_error", s->line.slope.error);
    store_real(writer, group, "chi2", s->line.chi2);
    store_real(writer, group, "dof", s->line.dof);
    store_real(writer, group, "predicted", s->predicted);
    const struct {
        const char *name, *text;
        const double *data;
    } column[] = {{"x", "abscissa", s->x},
                  {"x_error", "standard error of x", s->x_error},
                  {"y", "ordinate", s->y},
                  {"y_error", "standard error of y", s->y_error}};
    for (size_t i = 0; i < sizeof column / sizeof *column; i++)
        store_dataset(writer, group, column[i].name, H5T_NATIVE_DOUBLE, s->count, 0, column[i].data,
                      column[i].text, none);
    store_dataset(writer, group, "point", H5T_NATIVE_INT64, s->count, 0, s->point, "point, from 0",
                  "index");
    store_dataset(writer, group, "pair", H5T_NATIVE_INT64, s->count, 0, s->pair, "pair, from 0",
                  "index");
}

static void write_repulsion(store *writer, const dyson_analysis *a)
{
    enum { COLUMNS = 7 };
    static const struct {
        const char *name, *text;
    } column[COLUMNS] = {
        {"intercept", "<lambda>/kappa extrapolated to alpha/B = 0"},
        {"intercept_error", "standard error of intercept"},
        {"slope", "slope of <lambda>/kappa in alpha/B"},
        {"slope_error", "standard error of slope"},
        {"chi2", "chi^2 of the straight line"},
        {"dof", "degrees of freedom of the line"},
        {"predicted", "what the intercept should be: 1, or (mu^2 - x)/kappa where kappa >= mu^2"}};
    double *work = malloc(a->levels * sizeof *work);
    if (work == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for %zu levels", a->levels);
        return;
    }
    store_group(writer, "repulsion");
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < a->levels; i++) {
            const dyson_line *line = &a->repulsion[i];
            const double numbers[COLUMNS] = {line->intercept.value,
                                             line->intercept.error,
                                             line->slope.value,
                                             line->slope.error,
                                             line->chi2,
                                             line->dof,
                                             dyson_ratio_at_zero(a, i)};
            work[i] = numbers[c];
        }
        store_dataset(writer, "repulsion", column[c].name, H5T_NATIVE_DOUBLE, a->levels, 0, work,
                      column[c].text, none);
    }
    store_dataset(writer, "repulsion", "points_used", H5T_NATIVE_UINT8, a->points, 0,
                  a->repulsion_used, "1 where the point counts in the lines", none);
    free(work);
}

static void write_all(store *writer, const dyson_analysis *a)
{
    write_root(writer, a);
    write_points(writer, a);
    for (int i = 0; i < TABLES; i++)
        write_table(writer, a, i);
    write_histograms(writer, a);
    for (size_t i = 0; i < a->scalings; i++)
        write_scaling(writer, &a->scaling[i]);
    write_repulsion(writer, a);
}

int dyson_analysis_write(const dyson_analysis *analysis, const char *path, dyson_error *error)
{
    store writer;
    if (store_create(&writer, path, "statistics", "null_ensembles", error) != DYSON_OK)
        return error->code;
    write_all(&writer, analysis);
    return store_publish(&writer);
}
