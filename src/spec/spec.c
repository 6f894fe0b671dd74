/* spec.c: a document becomes a checked spec, and answers questions. */
#include "spec/spec_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- checking sections ---- */

static int unknown_section(const spec_document *d, const spec_section *section,
                           const dyson_model *model, dyson_error *error)
{
    if (strcmp(section->name, "sweep") == 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s:%d: [sweep]: must be [sweep NAME] with a name of your choice",
                          d->file, section->line);
    char suggestion[SPEC_ALLOWED] = "", models[SPEC_ALLOWED] = "";
    size_t used = 0;
    for (size_t i = 0; dyson_model_at(i) != NULL && used < sizeof models; i++)
        if (model == NULL || model == dyson_model_at(i))
            used += (size_t)snprintf(models + used, sizeof models - used, "[%s], ",
                                     dyson_model_at(i)->name);
    if (dyson_model_find(section->name) == NULL)
        spec_suggest_section(section->name, suggestion, sizeof suggestion);
    return dyson_fail(error, DYSON_BAD_DATA,
                      "%s:%d: unknown section [%.60s]%s must be [ensemble], %sor [sweep NAME]",
                      d->file, section->line, section->name, suggestion[0] ? suggestion : ":",
                      models);
}

/* model NULL: any model's section is fine as yet. */
static int check_sections(const spec_document *d, const dyson_model *model, dyson_error *error)
{
    for (size_t s = 0; s < d->count; s++) {
        const char *name = d->sections[s].name;
        if (strcmp(name, "ensemble") == 0 || spec_sweep_name(name) != NULL)
            continue;
        const dyson_model *named = dyson_model_find(name);
        if (named == NULL || (model != NULL && named != model))
            return unknown_section(d, &d->sections[s], model, error);
    }
    return DYSON_OK;
}

/* Every key of the table that must be given, is. */
static int check_missing(const spec_document *d, const spec_section *section, const char *name,
                         const spec_value *values, size_t count, dyson_error *error)
{
    for (size_t k = 0; k < count; k++) {
        const dyson_key *key = values[k].key;
        if (key->fallback != NULL || key->point || values[k].given)
            continue;
        char allowed[SPEC_ALLOWED];
        spec_value_allowed(key, false, allowed, sizeof allowed);
        if (section == NULL)
            return dyson_fail(error, DYSON_BAD_DATA,
                              "%s: section [%s] is missing: must have %s, %s", d->file, name,
                              key->name, allowed);
        return dyson_fail(error, DYSON_BAD_DATA, "%s:%d: [%s] %s is missing: must be %s", d->file,
                          section->line, name, key->name, allowed);
    }
    return DYSON_OK;
}

/* The values of one section, in the order of its table. */
static int read_section(const spec_document *d, const char *name, spec_value **values,
                        dyson_error *error)
{
    size_t count;
    const dyson_key *keys = spec_keys(name, &count);
    const spec_section *section = spec_document_section(d, name);
    *values = calloc(count, sizeof **values);
    if (*values == NULL)
        return spec_out_of_memory(error);
    for (size_t k = 0; k < count; k++)
        (*values)[k].key = &keys[k];
    for (size_t e = 0; section != NULL && e < section->count; e++) {
        const spec_entry *entry = &section->entries[e];
        char why[SPEC_ALLOWED];
        const dyson_key *key = spec_key_in_section(name, entry->name, NULL, why, sizeof why);
        if (key == NULL)
            return dyson_fail(error, DYSON_BAD_DATA, "%s:%d: [%s] %.60s: %s", d->file, entry->line,
                              name, entry->name, why);
        if (spec_value_parse(key, name, entry, false, d->file, &(*values)[key - keys], error))
            return error->code;
    }
    for (size_t k = 0; k < count; k++)
        if (!(*values)[k].given && spec_value_default(&keys[k], &(*values)[k], error))
            return error->code;
    return check_missing(d, section, name, *values, count, error);
}

/* What some models do not have. */
static int check_model_can(const dyson_spec *spec, dyson_error *error)
{
    const char *const weights = dyson_spec_text(spec, "ensemble", "weights");
    const char *const precision = dyson_spec_text(spec, "ensemble", "precision");
    if (spec->model->weightless && strcmp(weights, "none") != 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: [ensemble] weights = %s: must be none: model %s has no weights",
                          spec->file, weights, spec->model->name);
    if (!spec->model->single && strcmp(precision, "double") != 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: [ensemble] precision = %s: must be double: model %s has no other",
                          spec->file, precision, spec->model->name);
    return DYSON_OK;
}

static int check_document(dyson_spec *spec, const spec_document *d, dyson_error *error)
{
    if (check_sections(d, NULL, error) || read_section(d, "ensemble", &spec->ensemble, error))
        return error->code;
    spec->model = dyson_model_find(dyson_spec_text(spec, "ensemble", "model"));
    if (check_sections(d, spec->model, error) ||
        read_section(d, spec->model->name, &spec->parameters, error) ||
        check_model_can(spec, error))
        return error->code;
    spec->swept = calloc(spec->model->key_count, sizeof *spec->swept);
    if (spec->swept == NULL)
        return spec_out_of_memory(error);
    if (spec_snapshots_fill(spec, error) || spec_points_fill(spec, d, error))
        return error->code;
    return spec_streams_fill(spec, error);
}

int dyson_spec_parse(const char *text, const char *name, dyson_spec **spec, dyson_error *error)
{
    spec_document document = {0};
    *spec = calloc(1, sizeof **spec);
    if (*spec == NULL)
        return spec_out_of_memory(error);
    (*spec)->text = strdup(text);
    (*spec)->file = strdup(name);
    if ((*spec)->text == NULL || (*spec)->file == NULL)
        spec_out_of_memory(error);
    else if (spec_document_read(text, name, &document, error) == DYSON_OK)
        check_document(*spec, &document, error);
    spec_document_destroy(&document);
    if (error->code != DYSON_OK) {
        dyson_spec_destroy(*spec);
        *spec = NULL;
    }
    return error->code;
}

void dyson_spec_destroy(dyson_spec *spec)
{
    if (spec == NULL)
        return;
    for (size_t k = 0; spec->ensemble != NULL && k < spec_ensemble_key_count; k++)
        spec_value_destroy(&spec->ensemble[k]);
    for (size_t k = 0; spec->parameters != NULL && k < spec->model->key_count; k++)
        spec_value_destroy(&spec->parameters[k]);
    free(spec->ensemble);
    free(spec->parameters);
    free(spec->swept);
    free(spec->snapshots);
    free(spec->points);
    free(spec->streams);
    free(spec->text);
    free(spec->file);
    free(spec);
}

/* ---- answers ---- */

static _Noreturn void defect(const char *what, const char *section, const char *name)
{
    fprintf(stderr, "dyson: internal error: the program asked for [%s] %s, %s\n", section, name,
            what);
    abort();
}

const spec_value *spec_value_of(const dyson_spec *spec, const char *section, const char *name)
{
    size_t count;
    const dyson_key *keys = spec_keys(section, &count);
    const dyson_key *key = spec_key_find(keys, count, name);
    const bool ensemble = strcmp(section, "ensemble") == 0;
    if (key == NULL || (!ensemble && strcmp(section, spec->model->name) != 0))
        defect("which is no key of this run", section, name);
    return &(ensemble ? spec->ensemble : spec->parameters)[key - keys];
}

/* A value that there is, of one of two types. */
static const spec_value *typed(const dyson_spec *spec, const char *section, const char *name,
                               dyson_key_type type, dyson_key_type other)
{
    const spec_value *value = spec_value_of(spec, section, name);
    if (value->key->point)
        defect("which may differ from point to point", section, name);
    if (value->key->type != type && value->key->type != other)
        defect("which has another type", section, name);
    if (value->text == NULL)
        defect("which was not given", section, name);
    return value;
}

const char *dyson_spec_run_file(const dyson_spec *spec)
{
    return spec->text;
}

const dyson_model *dyson_spec_model(const dyson_spec *spec)
{
    return spec->model;
}

bool dyson_spec_given(const dyson_spec *spec, const char *section, const char *name)
{
    return spec_value_of(spec, section, name)->given;
}

int64_t dyson_spec_integer(const dyson_spec *spec, const char *section, const char *name)
{
    return (int64_t)typed(spec, section, name, DYSON_INTEGER, DYSON_INTEGER)->numbers[0];
}

double dyson_spec_real(const dyson_spec *spec, const char *section, const char *name)
{
    return typed(spec, section, name, DYSON_REAL, DYSON_REAL)->numbers[0];
}

const char *dyson_spec_text(const dyson_spec *spec, const char *section, const char *name)
{
    const spec_value *value = spec_value_of(spec, section, name);
    return typed(spec, section, name, DYSON_TEXT,
                 value->key->type == DYSON_MATRIX ? DYSON_MATRIX : DYSON_CHOICE)
        ->text;
}

const double *dyson_spec_reals(const dyson_spec *spec, const char *section, const char *name,
                               size_t *count)
{
    const spec_value *value = typed(spec, section, name, DYSON_REALS, DYSON_REALS);
    *count = value->count;
    return value->numbers;
}

size_t dyson_spec_weight_sets(const dyson_spec *spec)
{
    const char *weights = dyson_spec_text(spec, "ensemble", "weights");
    size_t snapshots;
    dyson_spec_snapshots(spec, &snapshots);
    return strcmp(weights, "all") == 0 ? snapshots : strcmp(weights, "last") == 0;
}

const int64_t *dyson_spec_snapshots(const dyson_spec *spec, size_t *count)
{
    *count = spec->snapshot_count;
    return spec->snapshots;
}

size_t dyson_spec_points(const dyson_spec *spec)
{
    return spec->point_count;
}

double dyson_spec_point(const dyson_spec *spec, size_t p, const char *name)
{
    const dyson_model *model = spec->model;
    const dyson_key *key = spec_key_find(model->keys, model->key_count, name);
    if (key == NULL || !key->point || p >= spec->point_count)
        defect("which is no parameter of that point", model->name, name);
    return spec->points[p * model->key_count + (size_t)(key - model->keys)];
}

size_t dyson_spec_swept(const dyson_spec *spec)
{
    size_t count = 0;
    for (size_t k = 0; k < spec->model->key_count; k++)
        count += spec->swept[k];
    return count;
}

const dyson_key *dyson_spec_swept_key(const dyson_spec *spec, size_t i)
{
    for (size_t k = 0; k < spec->model->key_count; k++)
        if (spec->swept[k] && i-- == 0)
            return &spec->model->keys[k];
    return NULL;
}

uint64_t dyson_spec_stream(const dyson_spec *spec, size_t p)
{
    return spec->streams[p];
}

/* What tells points apart: swept parameters, those without a default, and those that differ from
 * it. */
static bool worth_naming(const dyson_spec *spec, size_t p, size_t k)
{
    const dyson_key *key = &spec->model->keys[k];
    double usual;
    if (!key->point || spec->swept[k] || key->fallback == NULL)
        return key->point;
    return !spec_read_number(key->fallback, strlen(key->fallback), &usual) ||
           usual != spec->points[p * spec->model->key_count + k];
}

void dyson_spec_label(const dyson_spec *spec, size_t p, char *label, size_t size)
{
    size_t used = 0;
    if (size > 0)
        label[0] = '\0';
    for (size_t k = 0; k < spec->model->key_count && used < size; k++) {
        if (!worth_naming(spec, p, k))
            continue;
        char number[40];
        spec_format_number(spec->points[p * spec->model->key_count + k], number, sizeof number);
        used += (size_t)snprintf(label + used, size - used, "%s%s=%s", used == 0 ? "" : " ",
                                 spec->model->keys[k].name, number);
    }
}
