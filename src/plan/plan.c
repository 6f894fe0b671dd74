/* plan.c: dealing blocks of replicas to ranks.
 *
 * The pending extents are sorted by descending cost of their point (then by point, then by first
 * replica). Extents of one cost c form a grade, whose n blocks are numbered 0 .. n-1 in that order.
 * Grades are dealt one after the other, each block in turn to the rank with the least load so far
 * (the greedy rule, longest first): with loads w_r before the grade, rank r gets m_r blocks, where
 * m_r counts the start loads w_r, w_r + c, w_r + 2c, ... that lie below a common level t.  So after
 * any grade the loads of two ranks differ by at most the dearest block, and by at most one block of
 * this grade once it has filled all ranks.
 *
 * Which blocks: the first E = sum of (m_r - min m) ones, contiguous per rank, make up for what
 * ranks lack; the others are dealt in rows, block E + jR + r to rank r, so that the ranks work
 * through the points side by side and what is pending after a kill stays a short list.
 *
 * A block costs what `block` replicas cost, however many it holds: idle SIMD lanes take their time
 * too.
 *
 * Storage: one entry per extent, two numbers per grade and rank. */
#include "dyson/plan.h"

#include <math.h>
#include <stdlib.h>

typedef struct share {
    dyson_extent extent;
    double cost;    /* of one replica */
    int64_t before; /* blocks of its grade ahead of this one */
    int64_t blocks;
} share;

typedef struct grade {
    double cost; /* of one block */
    share *shares;
    size_t count;
    int64_t blocks;
    int64_t extras; /* E */
    int64_t *extra; /* ranks: m_r - min m */
    int64_t *start; /* ranks: number of its first extra block */
} grade;

struct dyson_plan {
    share *shares;
    size_t count;
    grade *grades;
    size_t grade_count;
    int64_t *numbers; /* what the grades' extra and start point into */
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

/* Deals one grade: fills extra, start and extras, and adds to the loads. */
static void deal(grade *g, double *load, candidate *order, int ranks)
{
    double level = find_level(g, load, ranks);
    int64_t left = g->blocks;
    for (int r = 0; r < ranks; r++) {
        int64_t count = below(level, load[r], g->cost, g->blocks);
        g->extra[r] = count;
        left -= count;
        order[r] = (candidate){load[r] + (double)count * g->cost, r};
    }
    qsort(order, (size_t)ranks, sizeof *order, compare_candidates);
    for (int64_t i = 0; i < left; i++)
        g->extra[order[i % ranks].rank]++;
    int64_t least = g->extra[0];
    for (int r = 0; r < ranks; r++) {
        load[r] += (double)g->extra[r] * g->cost;
        least = g->extra[r] < least ? g->extra[r] : least;
    }
    for (int r = 0; r < ranks; r++) {
        g->extra[r] -= least;
        g->start[r] = g->extras;
        g->extras += g->extra[r];
    }
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
        s->before = g->blocks;
        g->blocks += s->blocks;
        g->count++;
    }
}

static int deal_grades(dyson_plan *plan, dyson_error *error)
{
    size_t ranks = (size_t)plan->ranks;
    plan->numbers = calloc(2 * ranks * plan->grade_count + 1, sizeof *plan->numbers);
    double *load = calloc(ranks, sizeof *load);
    candidate *order = calloc(ranks, sizeof *order);
    if (plan->numbers != NULL && load != NULL && order != NULL) {
        for (size_t i = 0; i < plan->grade_count; i++) {
            plan->grades[i].extra = plan->numbers + 2 * ranks * i;
            plan->grades[i].start = plan->numbers + 2 * ranks * i + ranks;
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
static int64_t grade_blocks(const dyson_plan *plan, const grade *g, int rank)
{
    return g->extra[rank] + (g->blocks - g->extras) / plan->ranks;
}

/* Number of the rank's i-th block of a grade. */
static int64_t block_number(const dyson_plan *plan, const grade *g, int rank, int64_t i)
{
    if (i < g->extra[rank])
        return g->start[rank] + i;
    return g->extras + (i - g->extra[rank]) * plan->ranks + rank;
}

/* Whether block b of a grade is the rank's. */
static int owns(const dyson_plan *plan, const grade *g, int rank, int64_t b)
{
    if (b < g->extras)
        return b >= g->start[rank] && b < g->start[rank] + g->extra[rank];
    return (b - g->extras) % plan->ranks == rank;
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
            if (owns(plan, g, rank, s->before + s->blocks - 1))
                replicas -= s->blocks * plan->block - s->extent.count;
    }
    return replicas;
}

double dyson_plan_rank_cost(const dyson_plan *plan, int rank)
{
    double cost = 0;
    for (size_t i = 0; i < plan->grade_count; i++)
        cost += (double)grade_blocks(plan, &plan->grades[i], rank) * plan->grades[i].cost;
    return cost;
}

int64_t dyson_plan_rank_blocks(const dyson_plan *plan, int rank)
{
    int64_t blocks = 0;
    for (size_t i = 0; i < plan->grade_count; i++)
        blocks += grade_blocks(plan, &plan->grades[i], rank);
    return blocks;
}

void dyson_plan_rank_block(const dyson_plan *plan, int rank, int64_t i, dyson_extent *block)
{
    const grade *g = plan->grades;
    for (int64_t mine; i >= (mine = grade_blocks(plan, g, rank)); g++)
        i -= mine;
    int64_t number = block_number(plan, g, rank, i);
    size_t low = 0, high = g->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (g->shares[middle].before <= number)
            low = middle;
        else
            high = middle;
    }
    const share *s = &g->shares[low];
    int64_t offset = (number - s->before) * plan->block;
    int64_t left = s->extent.count - offset;
    *block = (dyson_extent){
        .point = s->extent.point,
        .first = s->extent.first + offset,
        .count = left < plan->block ? left : plan->block,
    };
}
