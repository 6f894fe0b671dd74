/* tiles.h: the matrices of a state, cut into the blocks in which they lie in a checkpoint. */
#ifndef DYSON_CHECKPOINT_TILES_H
#define DYSON_CHECKPOINT_TILES_H

#include "dyson/model.h"

#include <stdbool.h>
#include <stdint.h>

#define TILE_PAGE 4096 /* records begin at multiples of it: no two ranks write one page */

/* Where the records of a state lie in a file. */
typedef struct tile_records {
    int descriptor;
    int64_t offset; /* of the first record */
    int64_t update; /* which each of them names */
    int block;
    int parts;
    const dyson_state_part *part;
} tile_records;

/* Bytes of all records. */
int64_t tile_records_bytes(const tile_records *records);

/* Writes or reads this rank's blocks.  Return 0, or errno; reading a record whose checksum or
 * update is another gives EILSEQ. */
int tile_records_write(const tile_records *records);
int tile_records_read(const tile_records *records);

#endif
