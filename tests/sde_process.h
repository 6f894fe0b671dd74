/* sde_process.h: any model made from a run file's text, with a pack to train it in. */
#ifndef DYSON_TEST_SDE_PROCESS_H
#define DYSON_TEST_SDE_PROCESS_H

#include "dyson/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Address sanitizing makes arithmetic many times slower; a part of the sample finds memory errors.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { REPLICAS = 200, FULL = 0 };
#else
enum { REPLICAS = 20000, FULL = 1 };
#endif
#define PI 3.141592653589793
#define HEAD "[ensemble]\nmodel = %s\nreplicas = 1\nseed = 5\nupdates = 100000\n"

/* A model, by its run file. */
typedef struct process {
    dyson_spec *spec;
    const dyson_model *model;
    const dyson_regime *regime;
    dyson_system *system;
    dyson_pack *pack;
    int lanes, levels;
} process;

static int process_try(process *s, const char *model, const char *keys, dyson_error *error)
{
    char text[1024];
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    *s = (process){.model = dyson_model_find(model)};
    snprintf(text, sizeof text, HEAD "%s", model, keys);
    if (dyson_kernel_choose(&kernel, error) == DYSON_OK &&
        dyson_spec_parse(text, "run", &s->spec, error) == DYSON_OK &&
        s->model->system_create(s->spec, &s->system, error) == DYSON_OK) {
        s->regime = s->model->regime(s->system);
        s->regime->create(s->system, kernel, &s->pack, error);
    }
    s->lanes = dyson_kernel_lanes(kernel);
    s->levels = s->system != NULL ? s->model->shape(s->system)->levels : 0;
    return error->code;
}

static void process_close(process *s)
{
    if (s->regime != NULL)
        s->regime->destroy(s->pack);
    s->model->system_destroy(s->system);
    dyson_spec_destroy(s->spec);
}

static void process_open(process *s, const char *model, const char *keys)
{
    dyson_error error = {0};
    if (process_try(s, model, keys, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

static void start(process *s, int64_t first)
{
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    for (int l = 0; l < s->lanes; l++)
        replica[l] = first + l;
    s->regime->start(s->pack, 0, replica, s->lanes);
}

/* Levels of replicas [first, first + count) after so many updates: x[r * levels + i]. */
static double *train(const char *model, const char *keys, int64_t first, int count, int64_t updates)
{
    process s;
    process_open(&s, model, keys);
    const size_t levels = (size_t)s.levels;
    double *const x = malloc((size_t)(count + s.lanes) * levels * sizeof *x);
    for (int r = 0; r < count; r += s.lanes) {
        start(&s, first + r);
        s.regime->advance(s.pack, updates);
        s.regime->spectrum(s.pack, x + (size_t)r * levels, levels, NULL);
    }
    process_close(&s);
    return x;
}

#define SDE "eigenvalue-sde"

/* Pairs and more of equal values, sigma^2 = 0.02/(1 - 0.25/substeps). */
#define LINEAR(values, more)                                                         \
    "[eigenvalue-sde]\nprocess = linear\nvalues = " values "\nlearning_rate = 0.5\n" \
    "noise = 0.4\nbatch_size = 4\n" more

#endif
