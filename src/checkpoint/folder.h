/* folder.h: the files of a run's checkpoints (private to the library). */
#ifndef DYSON_CHECKPOINT_FOLDER_H
#define DYSON_CHECKPOINT_FOLDER_H

#include "dyson/checkpoint.h"

#define CHECKPOINT_GENERATIONS 2
#define CHECKPOINT_MAGIC "dysonst\1"

struct dyson_checkpoints {
    char *folder; /* OUTPUT.checkpoints */
    uint64_t identity;
    double seconds;
    int next; /* generation that the replica in work writes next */
};

/* The first bytes of a file. */
typedef struct checkpoint_head {
    char magic[8];
    uint64_t identity; /* of the ensemble file */
    int64_t point, replica, update, snapshots, levels, weight_size;
    int32_t block, parts;
    int32_t rows[DYSON_STATE_PARTS], columns[DYSON_STATE_PARTS], lower[DYSON_STATE_PARTS];
    uint32_t eigenvalues_checksum, weights_checksum;
    uint32_t checksum; /* CRC-32 of all that stands before it */
    uint32_t unused;
} checkpoint_head;

/* "FOLDER/IDENTITY-point-P-replica-R.G.checkpoint", a new string, or NULL. */
char *checkpoint_name(const dyson_checkpoints *checkpoints, int64_t point, int64_t replica,
                      int generation);

uint32_t checkpoint_head_checksum(const checkpoint_head *head);

typedef enum checkpoint_find {
    CHECKPOINT_NONE, /* no file, or a void one, that was being written */
    CHECKPOINT_SOUND,
    CHECKPOINT_DAMAGED,
    CHECKPOINT_UNREADABLE /* see errno */
} checkpoint_find;

/* How a file begins. */
checkpoint_find checkpoint_head_read(const dyson_checkpoints *checkpoints, const char *path,
                                     checkpoint_head *head);

#endif
