/* train.c: one block of replicas, from update 0 through all snapshots.
 *
 * Between snapshots the pack advances in chunks of updates, sized by the clock so that stop() is
 * asked every few milliseconds.  A pack's state after update u is a function of u alone, so the
 * chunks leave no trace in the results.  The ranks of a team agree after every chunk on its time,
 * and so on the next one, and on stopping.
 *
 * A replica has run away at the update the model names, or at the first snapshot whose spectrum is
 * not finite.  What it yields from then on means nothing and is stored as NaN, the same NaN always.
 *
 * Checkpoints are made between two chunks; the ranks of a team agree on that too.
 *
 * Storage: for replica i of the block, snapshot t, level k: eigenvalues[(i*T + t)*N + k]; weights
 * of slot s: weights[(i*K + s)*rows*columns]. */
#include "dyson/train.h"

#include "base/clock.h"
#include "dyson/team.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SECONDS 2e-3 /* aim between two questions to stop() */

/* A block that is abandoned is kept where it has been trained for so long since it was kept last,
 * or for half an interval. */
#define WORTH_SECONDS 10.0

struct dyson_trainer {
    const dyson_regime *regime;
    const dyson_team *team; /* NULL: this rank alone */
    dyson_pack *pack;
    dyson_block block;
    const int64_t *snapshots;
    size_t snapshot_count; /* T */
    size_t levels;         /* N */
    size_t weight_size;    /* rows x columns */
    size_t weight_slots;   /* K: 0, 1 or T */
    bool weights_all;
    int64_t updates;
    int64_t update;                 /* reached by the present block, */
    int64_t resumed;                /* which went on from this one, */
    int64_t saved;                  /* and was last kept at this one, in this session; 0: not yet */
    size_t taken;                   /* snapshots */
    int64_t chunk;                  /* updates per chunk */
    dyson_checkpoints *checkpoints; /* NULL: none; not owned */
    double kept;                    /* when the block was last kept, or started */
    bool has_checkpoints;           /* the block has files */
    int most;                       /* replicas of a block */
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    int64_t diverged[DYSON_KERNEL_LANES_MAX]; /* as the model reports */
    int64_t first_replica;
};

static int allocate_block(dyson_trainer *t, dyson_error *error)
{
    size_t most = (size_t)t->most;
    t->block.eigenvalues = calloc(most * t->snapshot_count * t->levels, sizeof(double));
    t->block.diverged_at = calloc(most, sizeof(int64_t));
    const bool weights = t->weight_slots > 0 && dyson_team_root(t->team);
    if (weights)
        t->block.weights = calloc(most * t->weight_slots * t->weight_size, sizeof(double));
    if (t->block.eigenvalues == NULL || t->block.diverged_at == NULL ||
        (weights && t->block.weights == NULL))
        dyson_fail(error, DYSON_INTERNAL,
                   "no memory for the results of %d replicas (%zu snapshots)", t->most,
                   t->snapshot_count);
    return dyson_team_agree(t->team, error);
}

int dyson_trainer_create(const dyson_spec *spec, const dyson_model *model,
                         const dyson_system *system, dyson_kernel kernel, const dyson_team *team,
                         dyson_trainer **trainer, dyson_error *error)
{
    *trainer = NULL;
    dyson_trainer *t = calloc(1, sizeof *t);
    if (t == NULL)
        dyson_fail(error, DYSON_INTERNAL, "no memory for a trainer");
    if (dyson_team_agree(team, error) != DYSON_OK || t == NULL) {
        free(t);
        return error->code;
    }
    const dyson_shape *shape = model->shape(system);
    t->team = team;
    t->regime = dyson_model_regime(model, system, team);
    t->snapshots = dyson_spec_snapshots(spec, &t->snapshot_count);
    t->levels = (size_t)shape->levels;
    t->weight_size = (size_t)shape->weight_rows * (size_t)shape->weight_columns;
    t->weights_all = strcmp(dyson_spec_text(spec, "ensemble", "weights"), "all") == 0;
    t->weight_slots = dyson_spec_weight_sets(spec);
    t->updates = dyson_spec_integer(spec, "ensemble", "updates");
    t->first_replica = dyson_spec_integer(spec, "ensemble", "first_replica");
    t->chunk = 1;
    t->most = t->regime->replicas(kernel);
    if (allocate_block(t, error) ||
        dyson_model_pack(model, system, kernel, team, &t->pack, error)) {
        dyson_trainer_destroy(t);
        return error->code;
    }
    *trainer = t;
    return DYSON_OK;
}

void dyson_trainer_destroy(dyson_trainer *trainer)
{
    if (trainer == NULL)
        return;
    if (trainer->pack != NULL)
        trainer->regime->destroy(trainer->pack);
    free(trainer->block.eigenvalues);
    free(trainer->block.weights);
    free(trainer->block.diverged_at);
    free(trainer);
}

int64_t dyson_trainer_update(const dyson_trainer *trainer)
{
    return trainer->update;
}

int64_t dyson_trainer_resumed(const dyson_trainer *trainer)
{
    return trainer->resumed;
}

void dyson_trainer_keep(dyson_trainer *trainer, dyson_checkpoints *checkpoints)
{
    const bool kept = trainer->regime->state != NULL && dyson_checkpoints_seconds(checkpoints) > 0;
    trainer->checkpoints = kept ? checkpoints : NULL;
}

static void start(dyson_trainer *t, const dyson_extent *extent)
{
    t->block.extent = *extent;
    t->update = t->resumed = t->saved = 0;
    t->taken = 0;
    for (int64_t i = 0; i < extent->count; i++) {
        t->replica[i] = t->first_replica + extent->first + i;
        t->block.diverged_at[i] = -1;
    }
    t->regime->start(t->pack, extent->point, t->replica, (int)extent->count);
}

/* Takes over what the model says of replicas that ran away; whether any is still well. */
static bool any_left(dyson_trainer *t)
{
    bool left = false;
    t->regime->diverged(t->pack, t->diverged);
    for (int64_t i = 0; i < t->block.extent.count; i++) {
        int64_t *at = &t->block.diverged_at[i];
        if (*at < 0 && t->diverged[i] >= 0)
            *at = t->diverged[i];
        left = left || *at < 0;
    }
    return left;
}

static dyson_checkpoint checkpoint_of(dyson_trainer *t)
{
    dyson_checkpoint state = {
        .point = (int64_t)t->block.extent.point,
        .replica = t->replica[0],
        .update = t->update,
        .snapshots = (int64_t)t->taken,
        .eigenvalues = t->block.eigenvalues,
        .weights = t->block.weights,
        .levels = t->levels,
        .weight_size = t->weights_all ? t->weight_size : 0,
    };
    state.parts = t->regime->state(t->pack, state.part);
    return state;
}

/* Starts the block, where it was left if that is known. */
static int begin(dyson_trainer *t, const dyson_extent *extent, dyson_error *error)
{
    dyson_checkpoint_outcome outcome = DYSON_CHECKPOINT_NONE;
    start(t, extent);
    if (t->checkpoints != NULL) {
        dyson_checkpoint state = checkpoint_of(t);
        if (dyson_checkpoint_load(t->checkpoints, &state, t->team, &outcome, error) != DYSON_OK)
            return error->code;
        if (outcome == DYSON_CHECKPOINT_GOOD) {
            t->regime->resume(t->pack, state.update);
            t->update = t->resumed = state.update;
            t->taken = (size_t)state.snapshots;
        } else if (outcome == DYSON_CHECKPOINT_DAMAGED) {
            start(t, extent);
            if (dyson_team_root(t->team))
                fprintf(stderr, "dyson: replica %lld of point %zu starts anew\n",
                        (long long)t->replica[0], extent->point);
        }
    }
    t->has_checkpoints = outcome != DYSON_CHECKPOINT_NONE;
    t->kept = clock_seconds();
    return DYSON_OK;
}

bool dyson_trainer_kept(const dyson_trainer *trainer)
{
    return trainer->has_checkpoints;
}

void dyson_trainer_forget(dyson_trainer *trainer)
{
    if (trainer->has_checkpoints)
        dyson_checkpoint_drop(trainer->checkpoints, (int64_t)trainer->block.extent.point,
                              trainer->replica[0]);
    trainer->has_checkpoints = false;
}

/* Keeps the block as it is now.  Where that fails the training goes on, or stops, as it would
 * have: the state before is still there. */
static void keep(dyson_trainer *t)
{
    const dyson_checkpoint state = checkpoint_of(t);
    dyson_error error = {0};
    t->has_checkpoints = true;
    if (dyson_checkpoint_save(t->checkpoints, &state, t->team, &error) == DYSON_OK)
        t->saved = t->update;
    else if (dyson_team_root(t->team))
        fprintf(stderr, "dyson: %s (what the ensemble file holds is not concerned)\n", error.text);
    t->kept = clock_seconds();
}

int64_t dyson_trainer_saved(const dyson_trainer *trainer)
{
    return trainer->saved;
}

/* What the ranks of a team agree on after a chunk. */
enum { AGREED_SECONDS, AGREED_STOP, AGREED_KEEP, AGREED_COUNT };

/* Whether the block is to be kept now. */
static bool is_due(const dyson_trainer *t, bool stopped)
{
    if (t->checkpoints == NULL)
        return false;
    const double since = clock_seconds() - t->kept;
    const double interval = dyson_checkpoints_seconds(t->checkpoints);
    return since >= (stopped ? fmin(WORTH_SECONDS, interval / 2) : interval);
}

/* Advances to `target`, chunk by chunk, unless all replicas have run away before; false: stopped.
 */
static bool advance(dyson_trainer *t, int64_t target, bool (*stop)(void *context), void *context)
{
    while (t->update < target && any_left(t)) {
        int64_t left = target - t->update;
        int64_t chunk = t->chunk < left ? t->chunk : left;
        double began = clock_seconds();
        t->regime->advance(t->pack, t->update + chunk);
        t->update += chunk;
        double agreed[AGREED_COUNT] = {clock_seconds() - began, stop(context)};
        agreed[AGREED_KEEP] = is_due(t, agreed[AGREED_STOP] > 0);
        dyson_team_most(t->team, agreed, AGREED_COUNT);
        const double seconds = agreed[AGREED_SECONDS];
        if (seconds > 2 * CHUNK_SECONDS && t->chunk > 1)
            t->chunk = 1 + (int64_t)((double)chunk * CHUNK_SECONDS / seconds);
        else if (seconds < CHUNK_SECONDS && chunk == t->chunk)
            t->chunk = chunk * 2;
        if (agreed[AGREED_KEEP] > 0 && any_left(t))
            keep(t);
        if (agreed[AGREED_STOP] > 0)
            return false;
    }
    t->update = target;
    return true;
}

static void fill_nan(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
}

static bool all_finite(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Whether replica i had run away at update u. */
static bool gone(const dyson_trainer *t, int64_t i, int64_t u)
{
    return t->block.diverged_at[i] >= 0 && t->block.diverged_at[i] <= u;
}

/* Weights as of now, at update u, into a slot. */
static void take_weights(dyson_trainer *t, size_t slot, int64_t u)
{
    size_t stride = t->weight_slots * t->weight_size;
    double *weights = t->block.weights != NULL ? t->block.weights + slot * t->weight_size : NULL;
    t->regime->weights(t->pack, weights, stride);
    for (int64_t i = 0; weights != NULL && i < t->block.extent.count; i++)
        if (gone(t, i, u))
            fill_nan(weights + (size_t)i * stride, t->weight_size);
}

static int take_snapshot(dyson_trainer *t, size_t s, dyson_error *error)
{
    size_t stride = t->snapshot_count * t->levels;
    double *eigenvalues = t->block.eigenvalues + s * t->levels;
    int64_t u = t->snapshots[s];
    if (any_left(t) && t->regime->spectrum(t->pack, eigenvalues, stride, error) != DYSON_OK)
        return error->code;
    for (int64_t i = 0; i < t->block.extent.count; i++) {
        double *x = eigenvalues + (size_t)i * stride;
        if (t->block.diverged_at[i] < 0 && !all_finite(x, t->levels))
            t->block.diverged_at[i] = u;
        if (gone(t, i, u))
            fill_nan(x, t->levels);
    }
    if (t->weights_all)
        take_weights(t, s, u);
    return DYSON_OK;
}

bool dyson_train(dyson_trainer *trainer, const dyson_extent *extent, bool (*stop)(void *context),
                 void *context, const dyson_block **block, dyson_error *error)
{
    dyson_trainer *t = trainer;
    if (begin(t, extent, error) != DYSON_OK)
        return false;
    for (; t->taken < t->snapshot_count; t->taken++)
        if (!advance(t, t->snapshots[t->taken], stop, context) ||
            take_snapshot(t, t->taken, error) != DYSON_OK)
            return false;
    if (!advance(t, t->updates, stop, context))
        return false;
    any_left(t);
    if (t->weight_slots > 0 && !t->weights_all)
        take_weights(t, 0, t->updates);
    *block = &t->block;
    return true;
}
