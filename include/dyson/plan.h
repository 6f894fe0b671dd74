/* plan.h: which rank trains which replicas.
 *
 * Work is dealt in blocks: up to `block` consecutive pending replicas of one point, one SIMD pack.
 * Blocks are dealt by descending cost of their point, each to the rank with the least load so far,
 * so the loads of any two ranks differ by no more than the cost of one block, and mostly of the
 * cheapest.  Every rank computes the same plan from the same arguments, without a master and
 * without messages, in memory that does not grow with the number of replicas: one entry per extent,
 * 8 bytes per rank and distinct cost.  A rank's blocks lie in long runs, one for each extent where
 * there are enough. Nothing here is collective. */
#ifndef DYSON_PLAN_H
#define DYSON_PLAN_H

#include "dyson/error.h"

#include <stddef.h>
#include <stdint.h>

/* count consecutive replicas of a point, from index `first` of the file's replica axis (index r is
 * replica number first_replica + r). */
typedef struct dyson_extent {
    size_t point;
    int64_t first;
    int64_t count;
} dyson_extent;

typedef struct dyson_plan dyson_plan;

/* cost[points]: cost of one replica of each point, any unit, > 0.  pending[extents]: what is to be
 * done, not overlapping; an empty list is a plan with no blocks.  The arguments are copied. */
int dyson_plan_create(const double *cost, size_t points, const dyson_extent *pending,
                      size_t extents, int block, int ranks, dyson_plan **plan, dyson_error *error);
void dyson_plan_destroy(dyson_plan *plan);

/* Replicas and cost in all, and of one rank.  A block costs what `block` replicas cost, however
 * many it holds: SIMD lanes that idle take their time too. */
int64_t dyson_plan_replicas(const dyson_plan *plan);
double dyson_plan_cost(const dyson_plan *plan);
int64_t dyson_plan_rank_replicas(const dyson_plan *plan, int rank);
double dyson_plan_rank_cost(const dyson_plan *plan, int rank);

/* The number of blocks of a rank, and its i-th block, in the order in which it trains them. */
int64_t dyson_plan_rank_blocks(const dyson_plan *plan, int rank);
void dyson_plan_rank_block(const dyson_plan *plan, int rank, int64_t i, dyson_extent *block);

#endif
