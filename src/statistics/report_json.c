/* report_json.c: an analysis as one JSON document; names as in the statistics file, without
 * histograms. */
#include "base/json.h"
#include "statistics/analysis.h"

#include <math.h>

static void write_target(json_writer *json, const dyson_analysis *a, size_t level)
{
    json_integer(json, "level", (int64_t)level);
    json_real(json, "kappa", a->shape->kappa != NULL ? a->shape->kappa[level] : NAN);
    json_real(json, "x", a->shape->x[level]);
}

static void write_row(json_writer *json, const dyson_analysis *a, int which, size_t p, size_t row)
{
    const dyson_table *table = &dyson_tables[which];
    const bool last = row + 1 == table->rows(a);
    json_object_begin(json, NULL);
    if (table->level != NULL)
        write_target(json, a, table->level(a, row));
    for (size_t k = 0; k < table->labels; k++)
        json_real(json, table->label[k].name, table->label[k].value(a, row));
    for (size_t c = 0; c < table->columns; c++)
        if (!last || !table->column[c].but_last)
            json_real(json, table->column[c].name, dyson_row(a, which, p, row)[c]);
    if (table->flag != NULL)
        json_bool(json, table->flag->name, table->flag->holds(a, p, row));
    json_object_end(json);
}

static void write_point(json_writer *json, const dyson_analysis *a, size_t p)
{
    json_object_begin(json, NULL);
    for (size_t i = 0; i < a->swept; i++)
        json_real(json, a->key[i]->name, a->value[i * a->points + p]);
    json_real(json, "abscissa_rate", a->rate[p]);
    json_object_begin(json, "replicas");
    for (int c = 0; c < COUNT_COLUMNS; c++)
        json_integer(json, dyson_count_columns[c].name, dyson_count_row(a, p)[c]);
    json_object_end(json);
    for (int i = 0; i < TABLES; i++) {
        json_array_begin(json, dyson_tables[i].name);
        for (size_t row = 0; row < dyson_tables[i].rows(a); row++)
            write_row(json, a, i, p, row);
        json_array_end(json);
    }
    json_object_end(json);
}

static void write_scalings(json_writer *json, const dyson_analysis *a)
{
    json_array_begin(json, "scaling");
    for (size_t i = 0; i < a->scalings; i++) {
        const dyson_scaling *s = &a->scaling[i];
        json_object_begin(json, NULL);
        json_text(json, "name", s->name);
        json_text(json, "text", s->text);
        json_text(json, "by", s->by != NULL ? s->by->name : NULL);
        json_integer(json, "count", (int64_t)s->count);
        json_real(json, "slope", s->line.slope.value);
        json_real(json, "slope_error", s->line.slope.error);
        json_real(json, "chi2", s->line.chi2);
        json_real(json, "dof", s->line.dof);
        json_real(json, "predicted", s->predicted);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_repulsion(json_writer *json, const dyson_analysis *a)
{
    json_array_begin(json, "repulsion");
    for (size_t i = 0; i < a->levels; i++) {
        const dyson_line *line = &a->repulsion[i];
        json_object_begin(json, NULL);
        write_target(json, a, i);
        json_real(json, "intercept", line->intercept.value);
        json_real(json, "intercept_error", line->intercept.error);
        json_real(json, "slope", line->slope.value);
        json_real(json, "slope_error", line->slope.error);
        json_real(json, "chi2", line->chi2);
        json_real(json, "dof", line->dof);
        json_object_end(json);
    }
    json_array_end(json);
    json_array_begin(json, "repulsion_points_used");
    for (size_t p = 0; p < a->points; p++)
        json_bool(json, NULL, a->repulsion_used[p] != 0);
    json_array_end(json);
}

void dyson_analysis_json(const dyson_analysis *analysis, FILE *stream)
{
    const dyson_analysis *a = analysis;
    const dyson_provenance *from = dyson_reader_provenance(a->merged.reader[0]);
    json_writer json = json_writer_on(stream);
    json_object_begin(&json, NULL);
    json_text(&json, "model", from->model);
    json_array_begin(&json, "sources");
    for (size_t f = 0; f < a->merged.files; f++)
        json_text(&json, NULL, dyson_reader_path(a->merged.reader[f]));
    json_array_end(&json);
    json_integer(&json, "snapshot", a->merged.update);
    json_real(&json, "mixing_threshold", DYSON_MIXING_THRESHOLD);
    json_integer(&json, "null_ensembles", DYSON_NULLS);
    json_array_begin(&json, "points");
    for (size_t p = 0; p < a->points; p++)
        write_point(&json, a, p);
    json_array_end(&json);
    write_scalings(&json, a);
    write_repulsion(&json, a);
    json_object_end(&json);
    json_writer_finish(&json);
}
