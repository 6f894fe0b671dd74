/* rbm_machine.h: an RBM made from a run file's text, with a pack to train it in. */
#ifndef DYSON_TEST_RBM_MACHINE_H
#define DYSON_TEST_RBM_MACHINE_H

#include "models/pack.h"
#include "models/rbm/rbm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct machine {
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    int lanes;
} machine;

/* From a run file given as printf is given its text; the widest kernel that runs here. */
static void machine_create(machine *m, const char *run_file, ...)
    __attribute__((format(printf, 2, 3)));
static void machine_create(machine *m, const char *run_file, ...)
{
    char text[1024];
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    va_list list;
    va_start(list, run_file);
    vsnprintf(text, sizeof text, run_file, list);
    va_end(list);
    if (dyson_kernel_choose(&kernel, &error) != DYSON_OK ||
        dyson_spec_parse(text, "run", &m->spec, &error) != DYSON_OK ||
        rbm_system_create(m->spec, &m->system, &error) != DYSON_OK ||
        rbm_pack_create(m->system, kernel, &m->pack, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    m->lanes = dyson_kernel_lanes(kernel);
}

/* The value of gibbs_steps. */
typedef struct steps_text {
    char text[16];
} steps_text;

static inline steps_text steps_of(int steps)
{
    steps_text value = {"infinite"};
    if (steps != RBM_INFINITE)
        snprintf(value.text, sizeof value.text, "%d", steps);
    return value;
}

static void machine_destroy(machine *m)
{
    model_pack_destroy(m->pack);
    rbm_system_destroy(m->system);
    dyson_spec_destroy(m->spec);
}

#endif
