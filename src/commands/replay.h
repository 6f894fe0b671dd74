/* replay.h: training chosen replicas of a file again (private to the commands). */
#ifndef DYSON_COMMANDS_REPLAY_H
#define DYSON_COMMANDS_REPLAY_H

#include "dyson/archive.h"

typedef struct replay {
    int64_t wanted;             /* how many; 0: none */
    int64_t trained, differing; /* results */
    double tolerance;           /* with which they were compared; 0: bit for bit */
} replay;

/* Of the largest level or weight.  A step multiplies rounding by no more than 1 where learning is
 * stable, and what 10^4 updates of N = 10^4 add up is below it. */
#define REPLAY_ROUNDING 1e-10

/* Trains replay->wanted of the replicas that are done or diverged again, each alone, spread evenly
 * over the file (all, where there are fewer), with the CPU kernel that made it, and compares bit
 * for bit, or, where teams may have trained them (team.h), up to REPLAY_ROUNDING; report is called
 * with each that differs.  Errors: DYSON_BAD_DATA where this processor cannot run that kernel. */
int replay_run(replay *r, dyson_reader *reader,
               void (*report)(void *context, size_t point, int64_t replica), void *context,
               dyson_error *error);

#endif
