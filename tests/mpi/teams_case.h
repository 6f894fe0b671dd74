/* teams_case.h: a replica of a model, trained by a team of ranks or by one rank alone. */
#ifndef DYSON_TEST_TEAMS_CASE_H
#define DYSON_TEST_TEAMS_CASE_H

#include "../larger.h"
#include "dyson/model.h"
#include "dyson/team.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const dyson_kernel kernel = DYSON_KERNEL_BASE; /* which any machine has */

/* What is trained: the model, and how one rank trains it at any size. */
typedef struct subject {
    const char *model;
    const dyson_regime *alone;
} subject;

/* What one replica comes to. */
typedef struct outcome {
    size_t levels, elements;
    double *x;       /* levels */
    double *weights; /* elements, row-major; of a team on its root alone */
    int64_t diverged_at;
} outcome;

static void outcome_free(outcome *o)
{
    free(o->x);
    free(o->weights);
}

static dyson_team *world_team(int ranks, int block)
{
    dyson_team *team = NULL;
    dyson_error error = {0};
    if (dyson_team_create(MPI_COMM_WORLD, ranks, block, &team, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return team;
}

/* An assertion that fails on one rank alone would leave the others waiting. */
static bool everywhere(const dyson_team *team, bool holds)
{
    return !dyson_team_any(team, !holds);
}

static int world_size(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

/* A replica under way, trained by a team, or with team NULL by this rank alone. */
typedef struct training {
    const dyson_model *model;
    const dyson_regime *regime;
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
} training;

static void training_open(training *t, const subject *of, const char *keys, const dyson_team *team)
{
    char text[1024];
    dyson_error error = {0};
    *t = (training){.model = dyson_model_find(of->model)};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = %s\nreplicas = 1\nseed = 9\nupdates = 10000\n[%s]\n%s", of->model,
             of->model, keys);
    if (dyson_spec_parse(text, "run", &t->spec, &error) != DYSON_OK ||
        t->model->system_create(t->spec, &t->system, &error) != DYSON_OK)
        fail_msg("%s: %s", keys, error.text);
    t->regime = team != NULL ? &t->model->teams->regime : of->alone;
    if ((team != NULL ? t->model->teams->create(t->system, kernel, team, &t->pack, &error)
                      : of->alone->create(t->system, kernel, &t->pack, &error)) != DYSON_OK)
        fail_msg("%s: %s", keys, error.text);
}

static void training_close(training *t)
{
    t->regime->destroy(t->pack);
    t->model->system_destroy(t->system);
    dyson_spec_destroy(t->spec);
}

/* What the replica has come to now. */
static outcome look_at(training *t, const dyson_team *team)
{
    const dyson_shape *const shape = t->model->shape(t->system);
    dyson_error error = {0};
    outcome o = {.levels = (size_t)shape->levels,
                 .elements = (size_t)shape->weight_rows * (size_t)shape->weight_columns};
    o.x = malloc(o.levels * sizeof *o.x);
    o.weights = dyson_team_root(team) ? malloc(o.elements * sizeof *o.weights) : NULL;
    if (t->regime->spectrum(t->pack, o.x, 0, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    t->regime->weights(t->pack, o.weights, 0);
    t->regime->diverged(t->pack, &o.diverged_at);
    return o;
}

/* Replica 7 after some updates, in two goes. */
static outcome learnt(const subject *of, const char *keys, int64_t updates, const dyson_team *team)
{
    training t;
    training_open(&t, of, keys, team);
    t.regime->start(t.pack, 0, (int64_t[]){7}, 1);
    t.regime->advance(t.pack, 1);
    t.regime->advance(t.pack, updates);
    const outcome o = look_at(&t, team);
    training_close(&t);
    return o;
}

static double largest_difference(const double *a, const double *b, size_t count)
{
    double worst = 0.0;
    for (size_t i = 0; i < count; i++)
        worst = larger(worst, fabs(a[i] - b[i]));
    return worst;
}

/* The team's outcome against that of one rank, to a part of the largest level; takes `together`. */
static void compare(const char *keys, const outcome *alone, outcome *together,
                    const dyson_team *team, double tolerance)
{
    double scale = 0.0, weights = 0.0;
    for (size_t i = 0; i < alone->levels; i++)
        scale = fmax(scale, fabs(alone->x[i]));
    const double levels = largest_difference(together->x, alone->x, alone->levels);
    if (dyson_team_root(team))
        weights = largest_difference(together->weights, alone->weights, alone->elements);
    print_message("%d x %d grid, blocks of %d: levels %.1e, weights %.1e of %.2g: %.60s...\n",
                  team->rows, team->columns, team->block, levels, weights, scale, keys);
    assert_true(everywhere(team, scale > 0.1 && levels <= tolerance * scale));
    assert_true(everywhere(team, weights <= tolerance * scale));
    assert_true(everywhere(team, together->diverged_at == -1 && alone->diverged_at == -1));
    outcome_free(together);
}

/* Every case on teams of all ranks with blocks of 5, 16 and 64, after 12 updates. */
static __attribute__((unused)) void compare_blocks(const subject *of, const char *const *cases,
                                                   size_t count, double tolerance)
{
    static const int block[] = {5, 16, DYSON_TEAM_BLOCK};
    dyson_team *team[3];
    for (int b = 0; b < 3; b++)
        team[b] = world_team(world_size(), block[b]);
    for (size_t i = 0; i < count; i++) {
        outcome alone = learnt(of, cases[i], 12, NULL);
        for (int b = 0; b < 3; b++) {
            outcome together = learnt(of, cases[i], 12, team[b]);
            compare(cases[i], &alone, &together, team[b], tolerance);
        }
        outcome_free(&alone);
    }
    for (int b = 0; b < 3; b++)
        dyson_team_destroy(team[b]);
}

static double allocated(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* What a replica takes of memory is what `auto` and --dry-run count with: on the root, which has no
 * less than others, to the page or two of the allocator and of BLACS. */
static __attribute__((unused)) void compare_memory(const subject *of, const char *const *cases,
                                                   size_t count)
{
    dyson_team *const team = world_team(world_size(), DYSON_TEAM_BLOCK);
    for (size_t i = 0; i < count; i++) {
        training t;
        dyson_error error = {0};
        training_open(&t, of, cases[i], team);
        t.regime->destroy(t.pack);
        const double before = allocated();
        if (t.model->teams->create(t.system, kernel, team, &t.pack, &error) != DYSON_OK)
            fail_msg("%s", error.text);
        const double taken = allocated() - before;
        const double told = t.model->teams->memory(t.system, team->ranks);
        print_message("a replica takes %.0f bytes of %.0f foretold\n", taken, told);
        training_close(&t);
        const bool seen = taken > 0; /* AddressSanitizer has an allocator of its own */
        assert_true(everywhere(team, !seen || taken < told + 32768));
        assert_true(everywhere(team, !seen || !dyson_team_root(team) || taken > 0.6 * told));
    }
    dyson_team_destroy(team);
}

#endif
