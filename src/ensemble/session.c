/* session.c: one session of training, on all ranks.
 *
 * Each rank trains and writes its own blocks without waiting for another.  While it trains it polls
 * the heartbeat; a signal, the end of the time or a failure on any rank reaches all of them at the
 * same beat, and all leave together.  A block in work is then abandoned: it is at most one pack's
 * worth of training; or it is a large replica, and has been kept in a checkpoint. */
#include "ensemble/session.h"

#include "dyson/collective.h"
#include "ensemble/session_state.h"
#include "ensemble/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSION_SECONDS 10.0 /* between two notes of where the session stands */
#define WAIT_NANOSECONDS 1000000L
#define SILENCE_SECONDS 20.0 /* without news from all ranks until that is said */

/* ---- before training ---- */

static int open_archive(session *n, dyson_error *error)
{
    const setup *s = n->setup;
    if (s->exists && !s->overwrite)
        return dyson_archive_resume(s->output, s->spec, s->kernel, n->comm, &n->archive, error);
    return dyson_archive_create(s->output, s->overwrite, s->spec, s->system, s->kernel, n->comm,
                                &n->archive, error);
}

/* Totals for the progress line; earlier is what the file holds already. */
static void count_work(session *n, const dyson_extent *pending, size_t count)
{
    progress *p = &n->progress;
    double pending_cost = 0;
    for (size_t i = 0; i < count; i++) {
        n->pending += pending[i].count;
        pending_cost += (double)pending[i].count * n->cost[pending[i].point];
    }
    int64_t replicas = setup_replicas(n->setup);
    size_t points = dyson_spec_points(n->setup->spec);
    for (size_t i = 0; i < points; i++)
        p->cost += (double)replicas * n->cost[i];
    p->replicas = replicas * (int64_t)points;
    p->earlier = p->replicas - n->pending;
    p->earlier_cost = p->cost - pending_cost;
}

static int make_checkpoints(session *n, dyson_error *error)
{
    const setup *s = n->setup;
    dyson_checkpoints_create(s->output, dyson_archive_identity(n->archive), s->checkpoint_seconds,
                             &n->checkpoints, error);
    if (n->checkpoints != NULL && n->rank == 0 && s->overwrite)
        dyson_checkpoints_clear(n->checkpoints, true);
    return dyson_agree(error, n->comm);
}

static int make_plan(session *n, dyson_error *error)
{
    const setup *s = n->setup;
    dyson_extent *pending = NULL;
    size_t count = 0;
    int64_t damaged = 0;
    if (dyson_archive_pending(n->archive, &pending, &count, &damaged, error))
        return error->code;
    if (damaged > 0)
        progress_say(&n->progress,
                     "%s: %lld replicas do not hold what their checksums speak of; training them "
                     "again",
                     s->output, (long long)damaged);
    n->cost = setup_costs(s);
    if (n->cost == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    } else {
        count_work(n, pending, count);
        dyson_plan_create(n->cost, dyson_spec_points(s->spec), pending, count, setup_block(s),
                          s->workers, &n->plan, error);
    }
    free(pending);
    if (dyson_agree(error, n->comm) == DYSON_OK && s->worker >= 0)
        dyson_trainer_create(s->spec, s->model, s->system, s->kernel, s->team, &n->trainer, error);
    if (n->trainer != NULL)
        dyson_trainer_keep(n->trainer, n->checkpoints);
    return dyson_agree(error, n->comm);
}

/* ---- while training ---- */

/* Rank 0: a note in the file of where the session stands, for those who look at it from outside. */
static void note_session(session *n)
{
    n->noted = session_elapsed(n);
    if (dyson_archive_session(n->archive, n->noted, n->heart.all[BEAT_COST], &n->error))
        n->state[BEAT_FAILED] = 1;
}

static void show(session *n)
{
    const double *all = n->heart.all;
    progress_show(&n->progress, &(progress_state){
                                    .seconds = session_elapsed(n),
                                    .replicas = all[BEAT_REPLICAS],
                                    .diverged = all[BEAT_DIVERGED],
                                    .cost = all[BEAT_COST],
                                    .resumed = all[BEAT_RESUMED],
                                    .updates = all[BEAT_UPDATES],
                                });
}

/* Rank 0: a rank that is stopped, or on a node that hangs, holds up the end of a run and its
 * numbers. */
static void tell_silence(session *n)
{
    if (n->silence == (heartbeat_silence(&n->heart) > SILENCE_SECONDS))
        return;
    n->silence = !n->silence;
    progress_say(&n->progress,
                 n->silence
                     ? "no news from some rank for %.0f s: it is stopped or lost, or one update, "
                       "spectrum or checkpoint takes that long; what is complete is kept"
                     : "news from every rank again (silence is told after %.0f s)",
                 SILENCE_SECONDS);
}

/* Adds the block in work, or one that is done, as far as this session has trained it: to this
 * update. */
static void count_updates(const session *n, const dyson_extent *block, int64_t update,
                          double state[BEAT_COUNT])
{
    const double count = (double)block->count, cost = count * n->cost[block->point];
    const double resumed = (double)dyson_trainer_resumed(n->trainer);
    const double updates = (double)update - resumed;
    state[BEAT_UPDATES] += count * updates;
    state[BEAT_COST] += cost * updates / n->updates;
    state[BEAT_RESUMED] += cost * resumed / n->updates;
}

/* Polls the heartbeat with this rank's state, the block in work counted as far as it is. */
static bool beat(session *n)
{
    n->state[BEAT_SIGNAL] = stop_signal() != 0;
    n->state[BEAT_TIME] = n->setup->max_seconds > 0 && session_elapsed(n) >= n->setup->max_seconds;
    double state[BEAT_COUNT];
    memcpy(state, n->state, sizeof state);
    if (n->block.count > 0 && dyson_team_root(n->setup->team))
        count_updates(n, &n->block, dyson_trainer_update(n->trainer), state);
    bool over = heartbeat_poll(&n->heart, state);
    if (n->rank == 0) {
        show(n);
        tell_silence(n);
        if (session_elapsed(n) - n->noted > SESSION_SECONDS && !over && !n->state[BEAT_FAILED])
            note_session(n);
    }
    return over;
}

/* Asked by the trainer every few milliseconds. */
static bool stop(void *context)
{
    session *n = context;
    return beat(n) || n->state[BEAT_SIGNAL] > 0 || n->state[BEAT_TIME] > 0 ||
           n->state[BEAT_FAILED] > 0;
}

static void count_block(session *n, const dyson_block *block)
{
    count_updates(n, &block->extent, dyson_trainer_update(n->trainer), n->state);
    n->resumed_replicas += dyson_trainer_resumed(n->trainer) > 0;
    n->resumed_updates += dyson_trainer_resumed(n->trainer);
    n->state[BEAT_REPLICAS] += (double)block->extent.count;
    for (int64_t i = 0; i < block->extent.count; i++)
        n->state[BEAT_DIVERGED] += block->diverged_at[i] >= 0;
}

/* A block that was abandoned is done as far as a checkpoint has it. */
static void count_kept(session *n)
{
    const int64_t saved = dyson_trainer_saved(n->trainer);
    if (saved > 0)
        count_updates(n, &n->block, saved, n->state);
    n->saved_replicas = saved > 0 || dyson_trainer_resumed(n->trainer) > 0;
}

/* Whether this rank's share of the point of its i-th block is complete with that block. */
static bool completes_point(const session *n, int64_t i, int64_t blocks)
{
    dyson_extent next;
    if (i + 1 == blocks)
        return true;
    dyson_plan_rank_block(n->plan, n->setup->worker, i + 1, &next);
    return next.point != n->block.point;
}

/* A block that this rank, or its team, has trained; the i-th of so many.  Its checkpoints go once
 * it is on stable storage. */
static void write_block(session *n, const dyson_block *block, int64_t i, int64_t blocks)
{
    const bool kept = dyson_trainer_kept(n->trainer);
    dyson_archive_write(n->archive, block, &n->error);
    if (n->error.code == DYSON_OK && (kept || completes_point(n, i, blocks)))
        dyson_archive_sync(n->archive, &n->error);
    if (n->error.code == DYSON_OK && kept)
        dyson_trainer_forget(n->trainer);
    if (n->error.code == DYSON_OK)
        count_block(n, block);
}

static void train_own(session *n)
{
    const dyson_team *const team = n->setup->team;
    const int worker = n->setup->worker;
    const int64_t blocks = worker >= 0 ? dyson_plan_rank_blocks(n->plan, worker) : 0;
    for (int64_t i = 0; i < blocks; i++) {
        const dyson_block *block;
        double began = clock_seconds();
        dyson_plan_rank_block(n->plan, worker, i, &n->block);
        bool trained = dyson_train(n->trainer, &n->block, stop, n, &block, &n->error);
        double written = clock_seconds();
        n->training += written - began;
        if (!trained) {
            if (dyson_team_root(team))
                count_kept(n);
            break;
        }
        if (dyson_team_root(team))
            write_block(n, block, i, blocks);
        const bool failed = dyson_team_any(team, n->error.code != DYSON_OK);
        n->writing += clock_seconds() - written;
        if (failed)
            break;
        n->block.count = 0;
        if (i + 1 == blocks)
            n->state[BEAT_FINISHED] = 1;
    }
    n->block.count = 0;
    n->state[BEAT_FINISHED] = n->state[BEAT_FINISHED] > 0 || blocks == 0;
    n->state[BEAT_FAILED] = n->error.code != DYSON_OK;
}

/* Waits, polling, until all ranks know that the session is over. */
static void wait_for_others(session *n)
{
    double began = clock_seconds();
    while (!beat(n))
        nanosleep(&(struct timespec){.tv_nsec = WAIT_NANOSECONDS}, NULL);
    n->waiting = clock_seconds() - began;
}

/* ---- after training ---- */

/* Collective: sums up the session; the last beat may have missed a block.  0 or DYSON_STOPPED. */
static int conclude(session *n)
{
    double sum[END_COUNT] = {
        [END_TRAINING] = n->training,
        [END_WRITING] = n->writing,
        [END_WAITING] = n->waiting,
        [END_ELAPSED] = session_elapsed(n),
        [END_REPLICAS] = n->state[BEAT_REPLICAS],
        [END_DIVERGED] = n->state[BEAT_DIVERGED],
        [END_UPDATES] = n->state[BEAT_UPDATES],
        [END_RESUMED_REPLICAS] = (double)n->resumed_replicas,
        [END_RESUMED_UPDATES] = (double)n->resumed_updates,
        [END_SAVED_REPLICAS] = (double)n->saved_replicas,
    };
    int number = stop_signal();
    MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, n->comm);
    MPI_Allreduce(MPI_IN_PLACE, sum, END_COUNT, MPI_DOUBLE, MPI_SUM, n->comm);
    bool complete = sum[END_REPLICAS] >= (double)n->pending;
    session_say_end(n, sum, number, complete);
    if (complete && n->rank == 0)
        dyson_checkpoints_clear(n->checkpoints, false);
    return complete ? DYSON_OK : DYSON_STOPPED;
}

/* Collective: trains, and closes the archive whatever happened. */
static int train_and_close(session *n, dyson_error *error)
{
    heartbeat_begin(&n->heart, n->comm);
    train_own(n);
    wait_for_others(n);
    if (n->rank == 0 && n->error.code == DYSON_OK)
        note_session(n);
    *error = n->error;
    dyson_agree(error, n->comm);
    double began = clock_seconds();
    dyson_error closing = {0};
    dyson_archive_close(n->archive, &closing);
    n->archive = NULL;
    dyson_agree(&closing, n->comm);
    n->writing += clock_seconds() - began;
    if (error->code == DYSON_OK)
        *error = closing;
    return error->code ? error->code : conclude(n);
}

int session_run(const setup *s, MPI_Comm comm, dyson_error *error)
{
    session n = {.setup = s, .began = clock_seconds()};
    int code = DYSON_OK;
    MPI_Comm_dup(comm, &n.comm);
    MPI_Comm_rank(comm, &n.rank);
    MPI_Comm_size(comm, &n.ranks);
    n.updates = (double)dyson_spec_integer(s->spec, "ensemble", "updates");
    progress_begin(&n.progress, s->quiet || n.rank != 0);
    if (open_archive(&n, error) == DYSON_OK && make_checkpoints(&n, error) == DYSON_OK &&
        make_plan(&n, error) == DYSON_OK) {
        n.writing = session_elapsed(&n);
        if (n.pending > 0) {
            session_say_start(&n);
            code = train_and_close(&n, error);
        } else {
            progress_say(&n.progress, "%s: all %lld replicas are done already; nothing to do",
                         s->output, (long long)n.progress.replicas);
            if (n.rank == 0)
                dyson_checkpoints_clear(n.checkpoints, false);
        }
    }
    if (n.archive != NULL)
        dyson_archive_close(n.archive, error);
    dyson_trainer_destroy(n.trainer);
    dyson_checkpoints_destroy(n.checkpoints);
    dyson_plan_destroy(n.plan);
    free(n.cost);
    MPI_Comm_free(&n.comm);
    return error->code ? error->code : code;
}
