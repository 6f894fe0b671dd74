/* rbm_dense_machine.h: an RBM made from a run file's keys, in either regime. */
#ifndef DYSON_TEST_RBM_DENSE_MACHINE_H
#define DYSON_TEST_RBM_DENSE_MACHINE_H

#include "models/rbm/dense.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct machine {
    const dyson_regime *regime;
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    int replicas;
} machine;

/* regime NULL: the one that the size chooses. */
static void machine_open(machine *m, const dyson_regime *regime, const char *keys)
{
    char text[1024];
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    *m = (machine){0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 9\nupdates = 10000\n"
             "[rbm]\nmass2 = 9\ntarget_mass2 = 4\n%s",
             keys);
    if (dyson_kernel_choose(&kernel, &error) != DYSON_OK ||
        dyson_spec_parse(text, "run", &m->spec, &error) != DYSON_OK ||
        rbm_system_create(m->spec, &m->system, &error) != DYSON_OK)
        fail_msg("%s: %s", keys, error.text);
    m->regime = regime != NULL ? regime : rbm_regime(&m->system->parameters);
    m->replicas = m->regime->replicas(kernel);
    if (m->regime->create(m->system, kernel, &m->pack, &error) != DYSON_OK)
        fail_msg("%s: %s", keys, error.text);
}

static void machine_close(machine *m)
{
    m->regime->destroy(m->pack);
    rbm_system_destroy(m->system);
    dyson_spec_destroy(m->spec);
}

#endif
