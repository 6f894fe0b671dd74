/* replay.h: training chosen replicas of a file again (private to the commands). */
#ifndef DYSON_COMMANDS_REPLAY_H
#define DYSON_COMMANDS_REPLAY_H

#include "dyson/archive.h"

typedef struct replay {
    int64_t wanted;             /* how many; 0: none */
    int64_t trained, differing; /* results */
} replay;

/* Trains replay->wanted of the replicas that are done or diverged again, each alone, spread evenly
 * over the file (all, where there are fewer), with the CPU kernel that made it, and compares bit
 * for bit; report is called with each that differs.  Errors: DYSON_BAD_DATA where this processor
 * cannot run that kernel. */
int replay_run(replay *r, dyson_reader *reader,
               void (*report)(void *context, size_t point, int64_t replica), void *context,
               dyson_error *error);

#endif
