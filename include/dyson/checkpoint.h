/* checkpoint.h: the state of a replica in work, kept beside the ensemble file, so that a run that
 * is killed or stopped goes on inside it.
 *
 * Only large replicas, which are trained one at a time, are kept (model.h: regime->state); packs
 * of small ones are trained anew from update 0.  The files lie in the folder OUTPUT.checkpoints,
 * two for each replica in work: they are written in turn, each first marked void and marked good
 * only when all of it is on stable storage, so that from the second one on a kill at any moment
 * leaves a good state, at most one interval old.  All that is read is checked (CRC-32).  A file
 * names the ensemble file it belongs to (dyson_archive_identity); those of other ones are left
 * alone.
 *
 * Matrices lie in the file block by block, so that every rank of a team writes and reads its own
 * blocks, and a team of another number of ranks, or one rank, can go on with them. */
#ifndef DYSON_CHECKPOINT_H
#define DYSON_CHECKPOINT_H

#include "dyson/error.h"
#include "dyson/model.h"
#include "dyson/team.h"

#include <stdint.h>

typedef struct dyson_checkpoints dyson_checkpoints;

/* What a checkpoint holds of a replica.  T snapshots of N levels have been taken. */
typedef struct dyson_checkpoint {
    int64_t point, replica; /* whose */
    int64_t update;         /* reached */
    int64_t snapshots;      /* T */
    int parts;              /* of the state */
    dyson_state_part part[DYSON_STATE_PARTS];
    double *eigenvalues; /* T x N */
    double *weights;     /* NULL, or T sets of them; of a team's ranks the root's */
    size_t levels;       /* N */
    size_t weight_size;  /* numbers of one set; 0 without weights, the same on all ranks */
} dyson_checkpoint;

/* Local.  Of the ensemble file at path `output`, with that identity; a state is to be kept every so
 * many seconds (0: never, and none is taken up).  Errors: DYSON_INTERNAL. */
int dyson_checkpoints_create(const char *output, uint64_t identity, double seconds,
                             dyson_checkpoints **checkpoints, dyson_error *error);
void dyson_checkpoints_destroy(dyson_checkpoints *checkpoints);
double dyson_checkpoints_seconds(const dyson_checkpoints *checkpoints);

/* Collective over the team (NULL: this rank).  Keeps a state; the one before the last is gone, the
 * last one stays until the next one after this.  Errors, on all ranks of the team: DYSON_IO. */
int dyson_checkpoint_save(dyson_checkpoints *checkpoints, const dyson_checkpoint *state,
                          const dyson_team *team, dyson_error *error);

typedef enum dyson_checkpoint_outcome {
    DYSON_CHECKPOINT_NONE,
    DYSON_CHECKPOINT_GOOD,
    DYSON_CHECKPOINT_DAMAGED /* all that there are; said on stderr */
} dyson_checkpoint_outcome;

/* Collective over the team.  The latest good state of state->point and ->replica into its parts,
 * eigenvalues, weights, update and snapshots.  Where only damaged ones are there the parts' numbers
 * mean nothing afterwards.  Errors, on all ranks of the team: DYSON_IO where a file cannot be
 * read. */
int dyson_checkpoint_load(dyson_checkpoints *checkpoints, dyson_checkpoint *state,
                          const dyson_team *team, dyson_checkpoint_outcome *outcome,
                          dyson_error *error);

/* Local, the team's root.  The replica is complete: its files go. */
void dyson_checkpoint_drop(const dyson_checkpoints *checkpoints, int64_t point, int64_t replica);

/* Local, one rank.  How many replicas have a state, and the least and the largest of their updates,
 * as the files' heads say; and the files of the ensemble file go, or those of all, and the folder
 * unless there is something else in it. */
int64_t dyson_checkpoints_count(const dyson_checkpoints *checkpoints, int64_t *least,
                                int64_t *most);
void dyson_checkpoints_clear(const dyson_checkpoints *checkpoints, bool all);

/* Bytes of the files of one replica with such a state. */
double dyson_checkpoint_bytes(const dyson_checkpoint *state);

#endif
