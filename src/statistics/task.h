/* task.h: a task of an analysis, which adds up what it wants of the replicas of one point. */
#ifndef DYSON_STATISTICS_TASK_H
#define DYSON_STATISTICS_TASK_H

#include "dyson/statistics.h"
#include "statistics/merge.h"

#include <stdlib.h>

/* Made by the `begin` of a table.  In each of DYSON_PASSES passes all replicas of the point that
 * are done are added, chunk by chunk, then the pass ends; with the last, rows are complete.  Local.
 */
typedef struct dyson_task {
    void *sums; /* what the functions below are given; NULL: there is nothing to add */
    int (*add)(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error);
    int (*end)(void *sums, int pass, dyson_error *error);
    void (*clear)(void *sums);
} dyson_task;

/* Makes *task of these functions, with sums of so many bytes, all zero, which `clear` frees; NULL
 * when out of memory.  Errors: DYSON_INTERNAL. */
static inline void *dyson_task_create(dyson_task *task, size_t bytes, dyson_task functions,
                                      dyson_error *error)
{
    *task = functions;
    task->sums = calloc(1, bytes);
    if (task->sums == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the sums of a task");
    return task->sums;
}

/* One level of a chunk's replicas at one snapshot: y[count]. */
static inline void dyson_chunk_level(const dyson_chunk *chunk, size_t snapshot, size_t level,
                                     double *y)
{
    const double *x = chunk->x + snapshot * chunk->levels + level;
    const size_t step = chunk->snapshots * chunk->levels;
    for (size_t r = 0; r < chunk->count; r++)
        y[r] = x[r * step];
}

/* Room for numbers of a chunk's replicas, which grows as needed. */
typedef struct dyson_room {
    double *y;
    size_t size;
} dyson_room;

static inline int dyson_room_for(dyson_room *room, size_t size, dyson_error *error)
{
    if (size <= room->size)
        return DYSON_OK;
    free(room->y);
    room->size = size;
    room->y = malloc(size * sizeof *room->y);
    if (room->y == NULL) {
        room->size = 0;
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu numbers of replicas", size);
    }
    return DYSON_OK;
}

#endif
