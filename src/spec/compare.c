/* compare.c: what two run files differ in, as far as it changes numbers or the file's layout. */
#include "spec/spec_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct report {
    const dyson_spec *a, *b;
    const char *name_a, *name_b;
    char *out;
    size_t size, used;
    int count;
} report;

static void tell(report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(report *r, const char *format, ...)
{
    r->count++;
    va_list arguments;
    va_start(arguments, format);
    if (r->used < r->size)
        r->used += (size_t)vsnprintf(r->out + r->used, r->size - r->used, format, arguments);
    va_end(arguments);
}

static bool same_matrix(const spec_value *a, const spec_value *b)
{
    return a->n == b->n &&
           memcmp(a->matrix, b->matrix, (size_t)a->n * (size_t)a->n * sizeof *a->matrix) == 0;
}

static bool same_value(const spec_value *a, const spec_value *b)
{
    if (a->text == NULL || b->text == NULL)
        return a->text == b->text;
    switch (a->key->type) {
    case DYSON_INTEGER:
    case DYSON_REAL:
    case DYSON_REALS:
        return a->count == b->count &&
               memcmp(a->numbers, b->numbers, a->count * sizeof *a->numbers) == 0;
    case DYSON_MATRIX: /* a file of another name may hold the same matrix, and the other way round
                        */
        if (a->matrix != NULL && b->matrix != NULL)
            return same_matrix(a, b);
        return strcmp(a->text, b->text) == 0;
    case DYSON_CHOICE:
    case DYSON_TEXT:
        return strcmp(a->text, b->text) == 0;
    }
    return false;
}

/* Teams of any size round as they please, so they are all alike; one rank alone makes the same bits
 * every time. */
static bool same_teams(const report *r, const spec_value *a, const spec_value *b)
{
    return r->a->model->teams == NULL || (strcmp(a->text, "1") == 0) == (strcmp(b->text, "1") == 0);
}

static void compare_table(report *r, const spec_value *a, const spec_value *b, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        const dyson_key *key = a[k].key;
        /* Points are compared as such; snapshots by the updates they mean. */
        if (key->point || strcmp(key->name, "snapshots") == 0 || same_value(&a[k], &b[k]) ||
            (strcmp(key->name, "ranks_per_replica") == 0 && same_teams(r, &a[k], &b[k])))
            continue;
        const char *text_a = a[k].text == NULL ? "not given" : a[k].text;
        const char *text_b = b[k].text == NULL ? "not given" : b[k].text;
        const bool content = strcmp(text_a, text_b) == 0;
        tell(r, "%s.%s: %.80s in %s, %.80s%s in %s\n", key->section, key->name, text_a, r->name_a,
             text_b, content ? " with another content" : "", r->name_b);
    }
}

static void compare_snapshots(report *r)
{
    const dyson_spec *a = r->a, *b = r->b;
    if (a->snapshot_count == b->snapshot_count &&
        memcmp(a->snapshots, b->snapshots, a->snapshot_count * sizeof *a->snapshots) == 0)
        return;
    /* The same text means other snapshots where the updates differ, which is said already. */
    const char *text_a = spec_value_of(a, "ensemble", "snapshots")->text;
    const char *text_b = spec_value_of(b, "ensemble", "snapshots")->text;
    if (strcmp(text_a, text_b) != 0)
        tell(r, "ensemble.snapshots: %.80s in %s, %.80s in %s\n", text_a, r->name_a, text_b,
             r->name_b);
}

/* The first point at which the lists part. */
static void compare_points(report *r)
{
    const dyson_spec *a = r->a, *b = r->b;
    const size_t width = a->model->key_count;
    const size_t both = a->point_count < b->point_count ? a->point_count : b->point_count;
    size_t p = 0;
    while (p < both &&
           memcmp(a->points + p * width, b->points + p * width, width * sizeof *a->points) == 0)
        p++;
    if (p == a->point_count && p == b->point_count)
        return;
    char label_a[200] = "none", label_b[200] = "none";
    if (p < a->point_count)
        dyson_spec_label(a, p, label_a, sizeof label_a);
    if (p < b->point_count)
        dyson_spec_label(b, p, label_b, sizeof label_b);
    tell(r, "sweep.points: %zu in %s, %zu in %s; point %zu is %s in %s, %s in %s\n", a->point_count,
         r->name_a, b->point_count, r->name_b, p + 1, label_a, r->name_a, label_b, r->name_b);
}

/* A swept parameter has a dataset of its own in the output file. */
static void compare_swept(report *r)
{
    for (size_t k = 0; k < r->a->model->key_count; k++)
        if (r->a->swept[k] != r->b->swept[k])
            tell(r, "sweep.%s: %s in %s, %s in %s\n", r->a->model->keys[k].name,
                 r->a->swept[k] ? "swept" : "not swept", r->name_a,
                 r->b->swept[k] ? "swept" : "not swept", r->name_b);
}

int dyson_spec_compare(const dyson_spec *a, const char *name_a, const dyson_spec *b,
                       const char *name_b, char *out, size_t size)
{
    report r = {.a = a, .b = b, .name_a = name_a, .name_b = name_b, .out = out, .size = size};
    if (size > 0)
        out[0] = '\0';
    compare_table(&r, a->ensemble, b->ensemble, spec_ensemble_key_count);
    compare_snapshots(&r);
    if (a->model == b->model) {
        compare_table(&r, a->parameters, b->parameters, a->model->key_count);
        compare_swept(&r);
        compare_points(&r);
    }
    return r.count;
}
