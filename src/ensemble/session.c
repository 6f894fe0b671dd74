/* session.c: one session of training, on all ranks.
 *
 * Each rank trains and writes its own blocks without waiting for another.  While it trains it polls
 * the heartbeat; a signal, the end of the time or a failure on any rank reaches all of them at the
 * same beat, and all leave together.  A block in work is then abandoned: it is at most one pack's
 * worth of training; or it is a large replica, and has been kept in a checkpoint. */
#include "ensemble/session.h"

#include "base/clock.h"
#include "dyson/archive.h"
#include "dyson/checkpoint.h"
#include "dyson/collective.h"
#include "dyson/plan.h"
#include "dyson/train.h"
#include "ensemble/heartbeat.h"
#include "ensemble/progress.h"
#include "ensemble/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSION_SECONDS 10.0 /* between two notes of where the session stands */
#define WAIT_NANOSECONDS 1000000L
#define SILENCE_SECONDS 20.0 /* without news from all ranks until that is said */

typedef struct session {
    const setup *setup;
    MPI_Comm comm; /* of this session alone: the heartbeat's */
    int rank, ranks;
    double began, noted;
    bool silence;                      /* that some rank is silent has been said */
    double training, writing, waiting; /* seconds, of this rank */
    double *cost;                      /* of one replica of each point */
    double updates;                    /* of one replica */
    int64_t pending;                   /* replicas, of all ranks */
    dyson_archive *archive;
    dyson_plan *plan;
    dyson_trainer *trainer;
    dyson_checkpoints *checkpoints; /* NULL: none are made */
    heartbeat heart;
    double state[BEAT_COUNT]; /* of complete blocks */
    dyson_extent block;       /* in work; count 0: none */
    progress progress;
    dyson_error error; /* of this rank, while it trains */
} session;

static double elapsed(const session *n)
{
    return clock_seconds() - n->began;
}

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
    if (s->checkpoint_seconds > 0)
        dyson_checkpoints_create(s->output, dyson_archive_identity(n->archive),
                                 s->checkpoint_seconds, &n->checkpoints, error);
    if (n->checkpoints != NULL && n->rank == 0 && s->overwrite)
        dyson_checkpoints_clear(n->checkpoints, false);
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

/* " in 2 teams of 3, 1 rank idle", or nothing. */
static void describe_teams(const session *n, char text[96])
{
    const setup *s = n->setup;
    const int idle = n->ranks - s->workers * s->team_ranks;
    text[0] = '\0';
    if (s->team_ranks > 1)
        snprintf(text, 96, " in %d team%s of %d", s->workers, s->workers == 1 ? "" : "s",
                 s->team_ranks);
    if (idle > 0)
        snprintf(text + strlen(text), 96 - strlen(text), ", %d rank%s idle", idle,
                 idle == 1 ? "" : "s");
}

static const char *update_range(int64_t least, int64_t most, char text[64])
{
    if (least == most)
        snprintf(text, 64, " %lld on", (long long)least);
    else
        snprintf(text, 64, "s %lld to %lld on", (long long)least, (long long)most);
    return text;
}

static void say_start(session *n)
{
    const setup *s = n->setup;
    const progress *p = &n->progress;
    char earlier[64] = "", teams[96], updates[64];
    describe_teams(n, teams);
    if (p->earlier > 0)
        snprintf(earlier, sizeof earlier, " (%lld done before)", (long long)p->earlier);
    progress_say(&n->progress,
                 "%s: %lld replicas%s of %zu point%s, %.0f updates each, on %d rank%s%s (%s)",
                 s->output, (long long)p->replicas, earlier, dyson_spec_points(s->spec),
                 dyson_spec_points(s->spec) == 1 ? "" : "s", n->updates, n->ranks,
                 n->ranks == 1 ? "" : "s", teams, dyson_kernel_name(s->kernel));
    int64_t least, most, kept = 0;
    if (n->checkpoints != NULL && n->rank == 0)
        kept = dyson_checkpoints_count(n->checkpoints, &least, &most);
    if (kept > 0)
        progress_say(&n->progress, "%s.checkpoints: going on inside %lld replica%s, from update%s",
                     s->output, (long long)kept, kept == 1 ? "" : "s",
                     update_range(least, most, updates));
}

/* ---- while training ---- */

/* Rank 0: a note in the file of where the session stands, for those who look at it from outside. */
static void note_session(session *n)
{
    n->noted = elapsed(n);
    if (dyson_archive_session(n->archive, n->noted, n->heart.all[BEAT_COST], &n->error))
        n->state[BEAT_FAILED] = 1;
}

static void show(session *n)
{
    const double *all = n->heart.all;
    progress_show(&n->progress, &(progress_state){
                                    .seconds = elapsed(n),
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
                     ? "no news from some rank for %.0f s: it is stopped or lost, or one update "
                       "takes that long; what is complete is kept"
                     : "news from every rank again (silence is told after %.0f s)",
                 SILENCE_SECONDS);
}

/* Adds the block in work, or one that is done, as far as this session has trained it. */
static void count_updates(const session *n, const dyson_extent *block, double state[BEAT_COUNT])
{
    const double count = (double)block->count, cost = count * n->cost[block->point];
    const double resumed = (double)dyson_trainer_resumed(n->trainer);
    const double updates = (double)dyson_trainer_update(n->trainer) - resumed;
    state[BEAT_UPDATES] += count * updates;
    state[BEAT_COST] += cost * updates / n->updates;
    state[BEAT_RESUMED] += cost * resumed / n->updates;
}

/* Polls the heartbeat with this rank's state, the block in work counted as far as it is. */
static bool beat(session *n)
{
    n->state[BEAT_SIGNAL] = stop_signal() != 0;
    n->state[BEAT_TIME] = n->setup->max_seconds > 0 && elapsed(n) >= n->setup->max_seconds;
    double state[BEAT_COUNT];
    memcpy(state, n->state, sizeof state);
    if (n->block.count > 0 && dyson_team_root(n->setup->team))
        count_updates(n, &n->block, state);
    bool over = heartbeat_poll(&n->heart, state);
    if (n->rank == 0) {
        show(n);
        tell_silence(n);
        if (elapsed(n) - n->noted > SESSION_SECONDS && !over && !n->state[BEAT_FAILED])
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
    count_updates(n, &block->extent, n->state);
    n->state[BEAT_REPLICAS] += (double)block->extent.count;
    for (int64_t i = 0; i < block->extent.count; i++)
        n->state[BEAT_DIVERGED] += block->diverged_at[i] >= 0;
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
        if (!trained)
            break;
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

enum {
    END_TRAINING,
    END_WRITING,
    END_WAITING,
    END_ELAPSED,
    END_REPLICAS,
    END_DIVERGED,
    END_UPDATES
};

static void say_end(session *n, const double sum[], int number, bool complete)
{
    char clock[32], why[64] = "", diverged[96] = "";
    double share = 100 / sum[END_ELAPSED];
    if (!complete && number != 0)
        snprintf(why, sizeof why, "stopped by signal %s, ", stop_signal_name(number));
    else if (!complete)
        snprintf(why, sizeof why, "stopped by --max-time, ");
    if (sum[END_DIVERGED] > 0)
        snprintf(diverged, sizeof diverged, " (%.0f of these %.0f diverged)", sum[END_DIVERGED],
                 sum[END_REPLICAS]);
    progress_say(&n->progress,
                 "%s: %s%.0f of %lld replicas done%s; %s at %.2e replica-updates/s; training "
                 "%.1f %%, files %.1f %%, waiting %.1f %%",
                 n->setup->output, why, (double)n->progress.earlier + sum[END_REPLICAS],
                 (long long)n->progress.replicas, diverged, progress_clock(elapsed(n), clock),
                 sum[END_UPDATES] / elapsed(n), share * sum[END_TRAINING], share * sum[END_WRITING],
                 share * sum[END_WAITING]);
    if (!complete)
        progress_say(&n->progress, "run the same command to go on");
}

/* Collective: sums up the session; the last beat may have missed a block.  0 or DYSON_STOPPED. */
static int conclude(session *n)
{
    double sum[] = {
        [END_TRAINING] = n->training,
        [END_WRITING] = n->writing,
        [END_WAITING] = n->waiting,
        [END_ELAPSED] = elapsed(n),
        [END_REPLICAS] = n->state[BEAT_REPLICAS],
        [END_DIVERGED] = n->state[BEAT_DIVERGED],
        [END_UPDATES] = n->state[BEAT_UPDATES],
    };
    int number = stop_signal();
    MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, n->comm);
    MPI_Allreduce(MPI_IN_PLACE, sum, sizeof sum / sizeof sum[0], MPI_DOUBLE, MPI_SUM, n->comm);
    bool complete = sum[END_REPLICAS] >= (double)n->pending;
    say_end(n, sum, number, complete);
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
        n.writing = elapsed(&n);
        if (n.pending > 0) {
            say_start(&n);
            code = train_and_close(&n, error);
        } else {
            progress_say(&n.progress, "%s: all %lld replicas are done already; nothing to do",
                         s->output, (long long)n.progress.replicas);
        }
    }
    if (n.archive != NULL)
        dyson_archive_close(n.archive, error);
    if (n.checkpoints != NULL && n.rank == 0)
        dyson_checkpoints_clear(n.checkpoints, true);
    dyson_trainer_destroy(n.trainer);
    dyson_checkpoints_destroy(n.checkpoints);
    dyson_plan_destroy(n.plan);
    free(n.cost);
    MPI_Comm_free(&n.comm);
    return error->code ? error->code : code;
}
