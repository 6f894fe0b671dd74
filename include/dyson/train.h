/* train.h: trains one block of replicas through all its snapshots, on one rank or, collective over
 * them, on those of a team. */
#ifndef DYSON_TRAIN_H
#define DYSON_TRAIN_H

#include "dyson/checkpoint.h"
#include "dyson/model.h"
#include "dyson/plan.h"

#include <stdbool.h>

/* What training one block yields; the archive's unit of writing.  T snapshots, N levels. */
typedef struct dyson_block {
    dyson_extent extent; /* which replicas */
    double *eigenvalues; /* count x T x N, descending; NaN from the snapshot at or after which the
                               replica had run away */
    double *weights;     /* NULL, or count x K x weight_rows x weight_columns: K = 1 (after the last
                        update) for weights = last, T for weights = all; NaN as the eigenvalues.
                        Of a team's ranks the root has them. */
    int64_t *diverged_at; /* count; -1 where the replica did not run away */
} dyson_block;

typedef struct dyson_trainer dyson_trainer;

/* A trainer owns one pack and one block's buffers, reused from block to block.  team: NULL, or the
 * ranks that train together; then this fails on all of them or none. */
int dyson_trainer_create(const dyson_spec *spec, const dyson_model *model,
                         const dyson_system *system, dyson_kernel kernel, const dyson_team *team,
                         dyson_trainer **trainer, dyson_error *error);
void dyson_trainer_destroy(dyson_trainer *trainer);

/* From now on the replicas of regimes that have a state are kept in checkpoints (not owned): at
 * their interval, and where a block is abandoned that has been trained for some time; and training
 * goes on from what is found there. */
void dyson_trainer_keep(dyson_trainer *trainer, dyson_checkpoints *checkpoints);

/* Trains the replicas of extent (count <= the regime's replicas) up to the run's last update, or
 * until all of them have run away.  stop(context) is asked every few milliseconds, or after every
 * update where that takes longer; when it says true, on any rank of a team, the block is
 * abandoned and false returned.  False with *error set: DYSON_INTERNAL, DYSON_IO (of
 * checkpoints).  On true, *block (owned by the trainer, valid until the next call) holds the
 * results, which depend neither on when stop was asked nor on which replicas share the block. */
bool dyson_train(dyson_trainer *trainer, const dyson_extent *extent, bool (*stop)(void *context),
                 void *context, const dyson_block **block, dyson_error *error);

/* The update that the present block has reached, and the one of the checkpoint from which it went
 * on (0: from none); may be asked from within stop. */
int64_t dyson_trainer_update(const dyson_trainer *trainer);
int64_t dyson_trainer_resumed(const dyson_trainer *trainer);

/* The update at which the present block was last kept in a checkpoint; 0: not yet. */
int64_t dyson_trainer_saved(const dyson_trainer *trainer);

/* Whether the present block has checkpoints; and, the team's root: it is on stable storage, and
 * they go. */
bool dyson_trainer_kept(const dyson_trainer *trainer);
void dyson_trainer_forget(dyson_trainer *trainer);

#endif
