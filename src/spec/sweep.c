/* sweep.c: the points of a run and their stream keys.
 *
 * Storage: points[p * K + k], K the number of the model's keys; columns of keys that are no point
 * parameters are 0.  In a product the model's first key varies slowest; the order of keys in the
 * section does not matter.
 *
 * Stream key: the digest of the text "dyson-point\nseed=S\nmodel=NAME\n" and, for each point
 * parameter that has no default or differs from it, in alphabetical order, "NAME=BITS\n", BITS the
 * 16 hexadecimal digits of the value as IEEE 754 double. */
#include "spec/spec_internal.h"

#include "dyson/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One section's lists, by the model's keys; count 0 where the key takes its one value from
 * elsewhere. */
typedef struct product {
    const spec_section *section;
    spec_value *lists;
    size_t size;
} product;

static int read_list(dyson_spec *spec, const char *file, const spec_entry *entry, product *q,
                     dyson_error *error)
{
    char why[SPEC_ALLOWED];
    const char *section = q->section->name;
    const dyson_key *key = spec_key_in_section(section, entry->name, spec->model, why, sizeof why);
    if (key == NULL)
        return dyson_fail(error, DYSON_BAD_DATA, "%s:%d: [%s] %.60s: %s", file, entry->line,
                          section, entry->name, why);
    const size_t k = (size_t)(key - spec->model->keys);
    if (spec_value_parse(key, section, entry, true, file, &q->lists[k], error))
        return error->code;
    spec->swept[k] = true;
    return DYSON_OK;
}

/* Every point parameter has a value from somewhere. */
static int check_complete(const dyson_spec *spec, const product *q, const char *file,
                          dyson_error *error)
{
    for (size_t k = 0; k < spec->model->key_count; k++) {
        const dyson_key *key = &spec->model->keys[k];
        if (!key->point || q->lists[k].count > 0 || spec->parameters[k].count > 0)
            continue;
        char allowed[SPEC_ALLOWED];
        spec_value_allowed(key, q->section != NULL, allowed, sizeof allowed);
        if (q->section != NULL)
            return dyson_fail(
                error, DYSON_BAD_DATA, "%s:%d: [%s] %s is missing, here and in [%s]: must be %s",
                file, q->section->line, q->section->name, key->name, spec->model->name, allowed);
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: %s is missing: must be %s in [%s], or a list in [sweep NAME]", file,
                          key->name, allowed, spec->model->name);
    }
    return DYSON_OK;
}

static int measure(const dyson_spec *spec, product *q, const char *file, dyson_error *error)
{
    q->size = 1;
    for (size_t k = 0; k < spec->model->key_count; k++)
        if (q->lists[k].count > 0 && __builtin_mul_overflow(q->size, q->lists[k].count, &q->size))
            q->size = SIZE_MAX;
    if (q->size > SPEC_POINTS - spec->point_count)
        return dyson_fail(error, DYSON_BAD_DATA, "%s:%d: [%s]: must not make more than %d points",
                          file, q->section == NULL ? 0 : q->section->line,
                          q->section == NULL ? spec->model->name : q->section->name, SPEC_POINTS);
    return DYSON_OK;
}

/* The i-th point of a product. */
static void set_point(const dyson_spec *spec, const product *q, size_t i, double *point)
{
    for (size_t k = spec->model->key_count; k-- > 0;) {
        const spec_value *list = &q->lists[k];
        if (list->count > 0) {
            point[k] = list->numbers[i % list->count];
            i /= list->count;
        } else {
            point[k] = spec->model->keys[k].point ? spec->parameters[k].numbers[0] : 0.0;
        }
    }
}

static int add_points(dyson_spec *spec, const product *q, dyson_error *error)
{
    const size_t width = spec->model->key_count;
    double *larger =
        realloc(spec->points, (spec->point_count + q->size) * width * sizeof *spec->points);
    if (larger == NULL)
        return spec_out_of_memory(error);
    spec->points = larger;
    for (size_t i = 0; i < q->size; i++)
        set_point(spec, q, i, spec->points + (spec->point_count++) * width);
    return DYSON_OK;
}

/* section NULL: the one point of a run without sweeps. */
static int add_product(dyson_spec *spec, const char *file, const spec_section *section,
                       dyson_error *error)
{
    const size_t width = spec->model->key_count;
    product q = {.section = section, .lists = calloc(width, sizeof *q.lists)};
    if (q.lists == NULL)
        return spec_out_of_memory(error);
    if (section != NULL && section->count == 0)
        dyson_fail(error, DYSON_BAD_DATA,
                   "%s:%d: [%s] is empty: must have a list of at least one point parameter", file,
                   section->line, section->name);
    for (size_t e = 0; section != NULL && e < section->count && error->code == DYSON_OK; e++)
        read_list(spec, file, &section->entries[e], &q, error);
    if (error->code == DYSON_OK && check_complete(spec, &q, file, error) == DYSON_OK &&
        measure(spec, &q, file, error) == DYSON_OK)
        add_points(spec, &q, error);
    for (size_t k = 0; k < width; k++)
        spec_value_destroy(&q.lists[k]);
    free(q.lists);
    return error->code;
}

/* Equal points next to each other, the first of them first. */
static int by_value(const void *a, const void *b, void *context)
{
    const dyson_spec *spec = context;
    const size_t p = *(const size_t *)a, q = *(const size_t *)b, width = spec->model->key_count;
    const int order =
        memcmp(spec->points + p * width, spec->points + q * width, width * sizeof *spec->points);
    return order != 0 ? order : p < q ? -1 : p > q;
}

/* Keeps the first of equal points. */
static int drop_repeated(dyson_spec *spec, dyson_error *error)
{
    const size_t width = spec->model->key_count, bytes = width * sizeof *spec->points;
    const size_t count = spec->point_count;
    size_t *order = malloc(count * sizeof *order);
    bool *repeated = calloc(count, sizeof *repeated);
    if (order == NULL || repeated == NULL) {
        free(order);
        free(repeated);
        return spec_out_of_memory(error);
    }
    for (size_t p = 0; p < count; p++)
        order[p] = p;
    qsort_r(order, count, sizeof *order, by_value, spec);
    for (size_t i = 1; i < count; i++)
        repeated[order[i]] = memcmp(spec->points + order[i - 1] * width,
                                    spec->points + order[i] * width, bytes) == 0;
    spec->point_count = 0;
    for (size_t p = 0; p < count; p++)
        if (!repeated[p])
            memmove(spec->points + spec->point_count++ * width, spec->points + p * width, bytes);
    free(order);
    free(repeated);
    return DYSON_OK;
}

int spec_points_fill(dyson_spec *spec, const spec_document *document, dyson_error *error)
{
    bool swept = false;
    for (size_t s = 0; s < document->count && error->code == DYSON_OK; s++) {
        if (spec_sweep_name(document->sections[s].name) == NULL)
            continue;
        swept = true;
        add_product(spec, document->file, &document->sections[s], error);
    }
    if (!swept)
        add_product(spec, document->file, NULL, error);
    return error->code == DYSON_OK ? drop_repeated(spec, error) : error->code;
}

/* ---- stream keys ---- */

static int by_name(const void *a, const void *b)
{
    const dyson_key *const *p = a, *const *q = b;
    return strcmp((*p)->name, (*q)->name);
}

static uint64_t stream_of(const dyson_spec *spec, const char *model, const dyson_key *const *sorted,
                          size_t p)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "dyson-point\nseed=%" PRId64 "\nmodel=%s\n",
                                   dyson_spec_integer(spec, "ensemble", "seed"), model);
    for (size_t i = 0; i < spec->model->key_count && used < sizeof text; i++) {
        const dyson_key *key = sorted[i];
        if (!key->point)
            continue;
        double value = dyson_spec_point(spec, p, key->name), usual;
        if (key->fallback != NULL &&
            spec_read_number(key->fallback, strlen(key->fallback), &usual) && value == usual)
            continue;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s=%016" PRIx64 "\n", key->name,
                                 bits);
    }
    return dyson_random_digest(text, used < sizeof text ? used : sizeof text - 1);
}

static int by_stream(const void *a, const void *b)
{
    const uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return p < q ? -1 : p > q;
}

static int check_distinct(const dyson_spec *spec, uint64_t *sorted, dyson_error *error)
{
    memcpy(sorted, spec->streams, spec->point_count * sizeof *sorted);
    qsort(sorted, spec->point_count, sizeof *sorted, by_stream);
    for (size_t i = 1; i < spec->point_count; i++)
        if (sorted[i] == sorted[i - 1])
            return dyson_fail(error, DYSON_BAD_DATA,
                              "%s: two points have the same stream of random numbers: must have "
                              "another seed",
                              spec->file);
    return DYSON_OK;
}

int dyson_spec_streams_as(const dyson_spec *spec, const char *model, uint64_t *streams,
                          dyson_error *error)
{
    const size_t width = spec->model->key_count;
    const dyson_key **sorted = malloc(width * sizeof(const dyson_key *));
    if (sorted == NULL)
        return spec_out_of_memory(error);
    for (size_t k = 0; k < width; k++)
        sorted[k] = &spec->model->keys[k];
    qsort(sorted, width, sizeof(const dyson_key *), by_name);
    for (size_t p = 0; p < spec->point_count; p++)
        streams[p] = stream_of(spec, model, sorted, p);
    free(sorted);
    return DYSON_OK;
}

int spec_streams_fill(dyson_spec *spec, dyson_error *error)
{
    uint64_t *scratch = malloc(spec->point_count * sizeof *scratch);
    spec->streams = malloc(spec->point_count * sizeof *spec->streams);
    if (scratch == NULL || spec->streams == NULL)
        spec_out_of_memory(error);
    else if (dyson_spec_streams_as(spec, spec->model->name, spec->streams, error) == DYSON_OK)
        check_distinct(spec, scratch, error);
    free(scratch);
    return error->code;
}
