/* session_state.h: one session of training, as session.c and its words see it (private to them). */
#ifndef DYSON_ENSEMBLE_SESSION_STATE_H
#define DYSON_ENSEMBLE_SESSION_STATE_H

#include "base/clock.h"
#include "dyson/archive.h"
#include "dyson/checkpoint.h"
#include "dyson/plan.h"
#include "dyson/train.h"
#include "ensemble/heartbeat.h"
#include "ensemble/progress.h"
#include "ensemble/setup.h"

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
    dyson_checkpoints *checkpoints;
    int64_t resumed_replicas, resumed_updates; /* of this rank, gone on with from checkpoints */
    int64_t saved_replicas;                    /* left in checkpoints, of this rank */
    heartbeat heart;
    double state[BEAT_COUNT]; /* of complete blocks */
    dyson_extent block;       /* in work; count 0: none */
    progress progress;
    dyson_error error; /* of this rank, while it trains */
} session;

static inline double session_elapsed(const session *n)
{
    return clock_seconds() - n->began;
}

/* Rank 0 is heard: what is to be done, and where it stands at the end.  session_say_end: sums over
 * all ranks. */
enum {
    END_TRAINING, /* seconds */
    END_WRITING,
    END_WAITING,
    END_ELAPSED,
    END_REPLICAS,
    END_DIVERGED,
    END_UPDATES,
    END_RESUMED_REPLICAS,
    END_RESUMED_UPDATES,
    END_SAVED_REPLICAS,
    END_COUNT
};
void session_say_start(session *n);
void session_say_end(session *n, const double sum[END_COUNT], int number, bool complete);

#endif
