/* plan.c: dealing blocks of replicas to ranks.
 *
 * The pending extents are sorted by descending cost of their point (then by point, then by first
 * replica). Extents of one cost c form a grade, whose n blocks are numbered 0 .. n-1 in that
 * order. Grades are dealt one after the other, each block in turn to the rank with the least load
 * so far (the greedy rule, longest first): with loads w_r before the grade, rank r gets m_r
 * blocks, where m_r counts the start loads w_r, w_r + c, w_r + 2c, ... that lie below a common
 * level t.  So after any grade the loads of two ranks differ by at most the dearest block, and by
 * at most one block of this grade once it has filled all ranks.
 *
 * Which blocks: of each extent every rank gets as many whole blocks, in one run, as all ranks can
 * get (base; no more in a grade than min m); what is over, from all extents of the grade in order,
 * is cut into one run for each rank, which makes up its m_r.  So the ranks work through the points
 * side by side, and each writes long runs of every dataset: with neighbouring blocks on different
 * ranks, nodes would take every page of /status and /checksum, and its lock on a parallel file
 * system, from each other thousands of times.  What is pending after a kill is a run for each rank
 * and extent.
 *
 * A block costs what `block` replicas cost, however many it holds: idle SIMD lanes take their time
 * too.
 *
 * Storage: one entry per extent, one number per grade and rank. */
#include "dyson/plan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct share {
    dyson_extent extent;
    double cost; /* of one replica */
    int64_t blocks;
    int64_t base;        /* of them, each rank's own run */
    int64_t own_before;  /* sum of base over the shares of its grade ahead of this one */
    int64_t over_before; /* blocks left over from those */
} share;

typedef struct grade {
    double cost; /* of one block */
    share *shares;
    size_t count;
    int64_t blocks;
    int64_t base;   /* sum of its shares' */
    int64_t over;   /* blocks - ranks x base */
    int64_t *start; /* ranks + 1: which of those over is the rank's first */
} grade;

struct dyson_plan {
    share *shares;
    size_t count;
    grade *grades;
    size_t grade_count;
    int64_t *numbers; /* what the grades' start points into */
    int64_t block;    /* replicas per block */
    int ranks;
};

static int compare_shares(const void *a, const void *b)
{
    const share *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    if (x->extent.point != y->extent.point)
        return x->extent.point < y->extent.point ? -1 : 1;
    return (x->extent.first > y->extent.first) - (x->extent.first < y->extent.first);
}

static int check_arguments(const double *cost, size_t points, const dyson_extent *pending,
                           size_t extents, int block, int ranks, dyson_error *error)
{
    if (block < 1 || ranks < 1)
        return dyson_fail(error, DYSON_INTERNAL,
                          "plan: %d replicas per block on %d ranks, both must be at least 1", block,
                          ranks);
    for (size_t p = 0; p < points; p++)
        if (!(cost[p] > 0) || !isfinite(cost[p]))
            return dyson_fail(error, DYSON_INTERNAL, "plan: point %zu costs %g, must be above 0", p,
                              cost[p]);
    for (size_t i = 0; i < extents; i++)
        if (pending[i].point >= points || pending[i].first < 0 || pending[i].count < 0)
            return dyson_fail(error, DYSON_INTERNAL,
                              "plan: extent %zu is not within the %zu points of the run", i,
                              points);
    return DYSON_OK;
}

/* How many of the loads w, w + c, w + 2c, ... lie below level; at most n. */
static int64_t below(double level, double load, double cost, int64_t n)
{
    double count = ceil((level - load) / cost);
    return count <= 0 ? 0 : count >= (double)n ? n : (int64_t)count;
}

typedef struct candidate {
    double load;
    int rank;
} candidate;

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->load != y->load)
        return x->load < y->load ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The level t, from below: no more than the grade's blocks start under it. */
static double find_level(const grade *g, const double *load, int ranks)
{
    double low = load[0], high = load[0];
    for (int r = 1; r < ranks; r++) {
        low = fmin(low, load[r]);
        high = fmax(high, load[r]);
    }
    high += g->cost * (double)(g->blocks + 1);
    for (int step = 0; step < 128; step++) {
        double middle = low + (high - low) / 2;
        int64_t count = 0;
        for (int r = 0; r < ranks && count <= g->blocks; r++)
            count += below(middle, load[r], g->cost, g->blocks + 1);
        if (count <= g->blocks)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Every rank's own runs: most blocks in all, at most. */
static void give_runs(grade *g, int64_t most, int ranks)
{
    for (share *s = g->shares; s < g->shares + g->count; s++) {
        int64_t even = s->blocks / ranks;
        s->base = even < most - g->base ? even : most - g->base;
        s->own_before = g->base;
        s->over_before = g->over;
        g->base += s->base;
        g->over += s->blocks - s->base * ranks;
    }
}

/* Deals one grade, and adds to the loads. */
static void deal(grade *g, double *load, candidate *order, int ranks)
{
    double level = find_level(g, load, ranks);
    int64_t left = g->blocks, *count = g->start;
    for (int r = 0; r < ranks; r++) {
        count[r] = below(level, load[r], g->cost, g->blocks);
        left -= count[r];
        order[r] = (candidate){load[r] + (double)count[r] * g->cost, r};
    }
    qsort(order, (size_t)ranks, sizeof *order, compare_candidates);
    for (int64_t i = 0; i < left; i++)
        count[order[i % ranks].rank]++;
    int64_t least = count[0], first = 0;
    for (int r = 0; r < ranks; r++) {
        load[r] += (double)count[r] * g->cost;
        least = count[r] < least ? count[r] : least;
    }
    give_runs(g, least, ranks);
    for (int r = 0; r < ranks; r++) {
        int64_t own = count[r] - g->base;
        g->start[r] = first;
        first += own;
    }
    g->start[ranks] = first;
}

/* Groups the sorted shares by cost and numbers their blocks. */
static void make_grades(dyson_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        share *s = &plan->shares[i];
        if (i == 0 || s->cost != s[-1].cost)
            plan->grades[plan->grade_count++] =
                (grade){.cost = s->cost * (double)plan->block, .shares = s};
        grade *g = &plan->grades[plan->grade_count - 1];
        g->blocks += s->blocks;
        g->count++;
    }
}

static int deal_grades(dyson_plan *plan, dyson_error *error)
{
    size_t ranks = (size_t)plan->ranks;
    plan->numbers = calloc((ranks + 1) * plan->grade_count + 1, sizeof *plan->numbers);
    double *load = calloc(ranks, sizeof *load);
    candidate *order = calloc(ranks, sizeof *order);
    if (plan->numbers != NULL && load != NULL && order != NULL) {
        for (size_t i = 0; i < plan->grade_count; i++) {
            plan->grades[i].start = plan->numbers + (ranks + 1) * i;
            deal(&plan->grades[i], load, order, plan->ranks);
        }
    } else {
        dyson_fail(error, DYSON_INTERNAL, "plan: no memory for %zu costs on %zu ranks",
                   plan->grade_count, ranks);
    }
    free(load);
    free(order);
    return error->code;
}

int dyson_plan_create(const double *cost, size_t points, const dyson_extent *pending,
                      size_t extents, int block, int ranks, dyson_plan **plan, dyson_error *error)
{
    *plan = NULL;
    if (check_arguments(cost, points, pending, extents, block, ranks, error))
        return error->code;
    dyson_plan *made = calloc(1, sizeof *made);
    share *shares = calloc(extents + 1, sizeof *shares);
    grade *grades = calloc(extents + 1, sizeof *grades);
    if (made == NULL || shares == NULL || grades == NULL) {
        free(made);
        free(shares);
        free(grades);
        return dyson_fail(error, DYSON_INTERNAL, "plan: no memory for %zu extents", extents);
    }
    *made = (dyson_plan){.shares = shares, .grades = grades, .block = block, .ranks = ranks};
    for (size_t i = 0; i < extents; i++)
        if (pending[i].count > 0)
            shares[made->count++] = (share){
                .extent = pending[i],
                .cost = cost[pending[i].point],
                .blocks = 1 + (pending[i].count - 1) / block,
            };
    qsort(shares, made->count, sizeof *shares, compare_shares);
    make_grades(made);
    if (deal_grades(made, error)) {
        dyson_plan_destroy(made);
        return error->code;
    }
    *plan = made;
    return DYSON_OK;
}

void dyson_plan_destroy(dyson_plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->numbers);
    free(plan->grades);
    free(plan->shares);
    free(plan);
}

/* Blocks of a grade that are the rank's. */
static int64_t grade_blocks(const grade *g, int rank)
{
    return g->base + g->start[rank + 1] - g->start[rank];
}

/* Whether the last block of a share is the rank's. */
static int owns_last(const dyson_plan *plan, const grade *g, const share *s, int rank)
{
    int64_t over = s->blocks - s->base * plan->ranks, last = s->over_before + over - 1;
    if (over == 0)
        return rank == plan->ranks - 1;
    return last >= g->start[rank] && last < g->start[rank + 1];
}

int64_t dyson_plan_replicas(const dyson_plan *plan)
{
    int64_t replicas = 0;
    for (size_t i = 0; i < plan->count; i++)
        replicas += plan->shares[i].extent.count;
    return replicas;
}

double dyson_plan_cost(const dyson_plan *plan)
{
    double cost = 0;
    for (size_t i = 0; i < plan->grade_count; i++)
        cost += (double)plan->grades[i].blocks * plan->grades[i].cost;
    return cost;
}

int64_t dyson_plan_rank_replicas(const dyson_plan *plan, int rank)
{
    int64_t replicas = dyson_plan_rank_blocks(plan, rank) * plan->block;
    for (size_t i = 0; i < plan->grade_count; i++) {
        const grade *g = &plan->grades[i];
        for (const share *s = g->shares; s < g->shares + g->count; s++)
            if (owns_last(plan, g, s, rank))
                replicas -= s->blocks * plan->block - s->extent.count;
    }
    return replicas;
}

double dyson_plan_rank_cost(const dyson_plan *plan, int rank)
{
    double cost = 0;
    for (size_t i = 0; i < plan->grade_count; i++)
        cost += (double)grade_blocks(&plan->grades[i], rank) * plan->grades[i].cost;
    return cost;
}

int64_t dyson_plan_rank_blocks(const dyson_plan *plan, int rank)
{
    int64_t blocks = 0;
    for (size_t i = 0; i < plan->grade_count; i++)
        blocks += grade_blocks(&plan->grades[i], rank);
    return blocks;
}

/* The last share of a grade that has no more than i own, or no more than i over, before it. */
static const share *find_share(const grade *g, int64_t i, bool own)
{
    size_t low = 0, high = g->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        const share *s = &g->shares[middle];
        if ((own ? s->own_before : s->over_before) <= i)
            low = middle;
        else
            high = middle;
    }
    return &g->shares[low];
}

void dyson_plan_rank_block(const dyson_plan *plan, int rank, int64_t i, dyson_extent *block)
{
    const grade *g = plan->grades;
    for (int64_t mine; i >= (mine = grade_blocks(g, rank)); g++)
        i -= mine;
    const bool own = i < g->base;
    if (!own)
        i += g->start[rank] - g->base;
    const share *s = find_share(g, i, own);
    int64_t number =
        own ? s->base * rank + i - s->own_before : s->base * plan->ranks + i - s->over_before;
    int64_t offset = number * plan->block, left = s->extent.count - offset;
    *block = (dyson_extent){
        .point = s->extent.point,
        .first = s->extent.first + offset,
        .count = left < plan->block ? left : plan->block,
    };
}
