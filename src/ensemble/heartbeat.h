/* heartbeat.h: what ranks know of each other while they train, without waiting for each other.
 *
 * Every rank takes part in a sequence of nonblocking sums (MPI_Iallreduce), one at a time, a few
 * per second. All ranks see the same sequence of sums, so all come to the same verdict at the same
 * beat: no message is left unmatched when they leave, and the cost is logarithmic in the number of
 * ranks. */
#ifndef DYSON_ENSEMBLE_HEARTBEAT_H
#define DYSON_ENSEMBLE_HEARTBEAT_H

#include <mpi.h>
#include <stdbool.h>

/* What is summed over ranks. */
enum beat {
    BEAT_SIGNAL,   /* 1: this rank has seen a signal */
    BEAT_TIME,     /* 1: the time is up */
    BEAT_FAILED,   /* 1: this rank cannot go on */
    BEAT_FINISHED, /* 1: this rank's share is complete */
    BEAT_REPLICAS, /* done since the start of this session */
    BEAT_DIVERGED, /* of those */
    BEAT_COST,     /* done, blocks in work counted in part */
    BEAT_RESUMED,  /* cost that checkpoints of earlier sessions have spared this one */
    BEAT_UPDATES,  /* replica-updates done, as the cost */
    BEAT_COUNT
};

typedef struct heartbeat {
    MPI_Comm comm;
    MPI_Request request;
    int ranks;
    bool over;              /* the verdict: some rank stops, or all have finished */
    double began;           /* of the present or last beat, seconds of clock_seconds */
    double own[BEAT_COUNT]; /* this rank's part of the present beat */
    double sum[BEAT_COUNT]; /* being formed */
    double all[BEAT_COUNT]; /* of the last complete beat */
} heartbeat;

/* Collective.  comm must be used by nothing else until the verdict. */
void heartbeat_begin(heartbeat *h, MPI_Comm comm);

/* Local, never waits.  Offers this rank's state and moves the present beat along.  Returns the
 * verdict; once true it stays true, on every rank after the same beat, and nothing is under way any
 * more.  Every rank must go on calling until then. */
bool heartbeat_poll(heartbeat *h, const double state[BEAT_COUNT]);

/* Local.  For how many seconds the present beat has waited for some rank; 0 between beats. */
double heartbeat_silence(const heartbeat *h);

#endif
